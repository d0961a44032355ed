#include <openssl/evp.h>

#include <algorithm>

#include "serve/auth/authenticator.h"

namespace tripod::serve {

namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool take_scheme(std::string_view& value, std::string_view scheme) {
  if (value.size() <= scheme.size()) return false;
  for (size_t i = 0; i < scheme.size(); ++i) {
    if ((value[i] | 0x20) != (scheme[i] | 0x20)) return false;
  }
  if (value[scheme.size()] != ' ') return false;
  value = trim(value.substr(scheme.size()));
  return true;
}

std::string decode_base64(std::string_view text) {
  std::string out(text.size(), '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (length < 0) return {};
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  out.resize(static_cast<size_t>(length) - padding);
  return out;
}

// "Sentry sentry_key=…, sentry_version=7, …"
std::string sentry_key_of(std::string_view value) {
  if (!take_scheme(value, "Sentry")) return {};
  while (!value.empty()) {
    const size_t comma = value.find(',');
    std::string_view pair = trim(value.substr(0, comma));
    value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
    if (pair.starts_with("sentry_key=")) return std::string(pair.substr(11));
  }
  return {};
}

std::string cookie_of(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const size_t end = header.find(';');
    std::string_view pair = trim(header.substr(0, end));
    header = end == std::string_view::npos ? std::string_view() : header.substr(end + 1);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') {
      return std::string(pair.substr(name.size() + 1));
    }
  }
  return {};
}

// "ApiKey VALUE": base64 of "id:key", as Elasticsearch's clients make it of a pair, or the key itself.
std::string api_key_of(std::string_view value) {
  const std::string pair = decode_base64(value);
  const size_t colon = pair.find(':');
  // A key by itself may be read as base64 too, of bytes that are no text.
  const bool is_text = std::ranges::all_of(pair, [](char c) { return c >= ' ' && c <= '~'; });
  if (colon == std::string::npos || !is_text) return std::string(value);
  return colon + 1 < pair.size() ? pair.substr(colon + 1) : pair.substr(0, colon);
}

// "AWS4-HMAC-SHA256 Credential=KEY/20261122/eu-central-1/logs/aws4_request, …": the access key id is our key. The signature is made
// with a secret that only the client has, and is not looked at.
std::string aws_access_key_of(std::string_view value) {
  constexpr std::string_view kName = "Credential=";
  const size_t at = value.find(kName);
  if (at == std::string_view::npos) return {};
  value.remove_prefix(at + kName.size());
  return std::string(value.substr(0, value.find_first_of("/, ")));
}

}  // namespace

Credentials credentials_of(const HttpRequest& request) {
  Credentials out;
  std::string_view authorization = request.header("authorization");
  if (std::string_view value = authorization; take_scheme(value, "Bearer")) {
    out.bearer = std::string(value);
  } else if (value = authorization; take_scheme(value, "Basic")) {
    const std::string pair = decode_base64(value);
    const size_t colon = pair.find(':');
    // The key may stand in either half; shippers differ.
    std::string password = colon == std::string::npos ? "" : pair.substr(colon + 1);
    out.bearer = password.empty() ? pair.substr(0, colon) : std::move(password);
  } else if (value = authorization; take_scheme(value, "ApiKey")) {
    out.bearer = api_key_of(value);
  } else if (value = authorization; take_scheme(value, "AWS4-HMAC-SHA256")) {
    out.bearer = aws_access_key_of(value);
  } else if (value = authorization; take_scheme(value, "Sentry")) {
    out.sentry_key = sentry_key_of(authorization);
  }
  for (std::string_view name : {"x-tripod-key", "x-honeycomb-team", "x-api-key"}) {
    if (out.bearer.empty()) out.bearer = std::string(request.header(name));
  }
  if (out.sentry_key.empty()) out.sentry_key = sentry_key_of(request.header("x-sentry-auth"));
  if (out.sentry_key.empty()) out.sentry_key = std::string(request.parameter("sentry_key"));
  out.session = cookie_of(request.header("cookie"), "tripod_session");
  return out;
}

}  // namespace tripod::serve
