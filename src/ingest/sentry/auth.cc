#include "ingest/sentry/auth.h"

#include <charconv>

namespace tripod::ingest::sentry {
namespace {

using base::Code;
using base::fail;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// The part of `rest` before `separator`; both are taken off.
std::string_view take_until(std::string_view& rest, char separator) {
  const size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

void assign(SentryAuth& auth, std::string_view name, std::string value) {
  if (name == "sentry_key") auth.key = std::move(value);
  if (name == "sentry_client") auth.client = std::move(value);
  if (name == "sentry_version") auth.version = std::move(value);
}

std::optional<SentryAuth> unless_keyless(SentryAuth auth) {
  if (auth.key.empty()) return std::nullopt;
  return auth;
}

}  // namespace

base::Result<Dsn> parse_dsn(std::string_view text) {
  std::string_view rest = trim(text);
  const size_t scheme = rest.find("://");
  if (scheme == std::string_view::npos || scheme == 0) {
    return fail(Code::kInvalidArgument, "DSN has no scheme");
  }
  rest.remove_prefix(scheme + 3);
  rest = rest.substr(0, rest.find_first_of("?#"));
  const size_t at = rest.find('@');
  if (at == std::string_view::npos) return fail(Code::kInvalidArgument, "DSN has no key");
  Dsn dsn;
  const std::string_view user = rest.substr(0, at);
  dsn.key = percent_decode(user.substr(0, user.find(':')));
  rest.remove_prefix(at + 1);
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return fail(Code::kInvalidArgument, "DSN has no project");
  dsn.host = std::string(rest.substr(0, slash));
  std::string_view path = rest.substr(slash);
  while (path.ends_with('/')) path.remove_suffix(1);
  const size_t last = path.rfind('/');
  if (last == std::string_view::npos) return fail(Code::kInvalidArgument, "DSN has no project");
  dsn.path_prefix = std::string(path.substr(0, last));
  const std::string_view project = path.substr(last + 1);
  const auto [end, error] =
      std::from_chars(project.data(), project.data() + project.size(), dsn.project);
  if (error != std::errc() || end != project.data() + project.size()) {
    return fail(Code::kInvalidArgument, "project of the DSN is not a number");
  }
  if (dsn.key.empty()) return fail(Code::kInvalidArgument, "DSN has no key");
  if (dsn.host.empty()) return fail(Code::kInvalidArgument, "DSN has no host");
  return dsn;
}

std::optional<SentryAuth> parse_auth_header(std::string_view header) {
  std::string_view rest = trim(header);
  constexpr std::string_view kScheme = "sentry";
  if (rest.size() > kScheme.size() &&
      (rest[kScheme.size()] == ' ' || rest[kScheme.size()] == '\t')) {
    bool same = true;
    for (size_t i = 0; i < kScheme.size(); ++i) same = same && (rest[i] | 0x20) == kScheme[i];
    if (same) rest.remove_prefix(kScheme.size());
  }
  SentryAuth auth;
  while (!rest.empty()) {
    const std::string_view pair = take_until(rest, ',');
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    std::string_view value = trim(pair.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
      value = value.substr(1, value.size() - 2);
    }
    assign(auth, trim(pair.substr(0, equals)), std::string(value));
  }
  return unless_keyless(std::move(auth));
}

std::optional<SentryAuth> parse_auth_query(std::string_view query) {
  if (query.starts_with('?')) query.remove_prefix(1);
  SentryAuth auth;
  while (!query.empty()) {
    const std::string_view pair = take_until(query, '&');
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    assign(auth, pair.substr(0, equals), percent_decode(pair.substr(equals + 1)));
  }
  return unless_keyless(std::move(auth));
}

}  // namespace tripod::ingest::sentry
