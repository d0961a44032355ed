#include "serve/ui/routes.h"

#include <charconv>

#include "base/compress.h"
#include "serve/ui/assets.h"

namespace tripod::serve {

namespace {

constexpr size_t kMostAssetBytes = size_t{64} << 20;

struct FixedHeader {
  const char* name;
  const char* value;
};
constexpr FixedHeader kSecurity[] = {
    {"Content-Security-Policy",
     "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
     "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Frame-Options", "DENY"},
};

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string_view take_until(std::string_view& rest, char separator) {
  const size_t end = rest.find(separator);
  const std::string_view part = trim(rest.substr(0, end));
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return part;
}

// Accept-Encoding (RFC 9110, 12.5.3): "gzip" or "*" with a weight above 0; the name itself beats the star.
bool takes_gzip(std::string_view accept) {
  bool star = false;
  while (!accept.empty()) {
    std::string_view parameters = take_until(accept, ',');
    const std::string_view coding = take_until(parameters, ';');
    double weight = 1;
    while (!parameters.empty()) {
      const std::string_view parameter = take_until(parameters, ';');
      if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) continue;
      std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), weight);
    }
    if (coding == "gzip" || coding == "x-gzip") return weight > 0;
    if (coding == "*") star = weight > 0;
  }
  return star;
}

// If-None-Match (RFC 9110, 13.1.2), compared weakly.
bool is_known(std::string_view if_none_match, std::string_view etag) {
  const auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
  while (!if_none_match.empty()) {
    const std::string_view tag = take_until(if_none_match, ',');
    if (tag == "*" || opaque(tag) == opaque(etag)) return true;
  }
  return false;
}

HttpResponse secured(HttpResponse response) {
  for (const auto& [name, value] : kSecurity) response.headers.push_back({name, value});
  return response;
}

HttpResponse serve_asset(const Asset& asset, const HttpRequest& request) {
  HttpResponse response;
  response.headers = {{"Cache-Control", asset.immutable ? "public, max-age=31536000, immutable" : "no-cache"},
                      {"ETag", std::string(asset.etag)},
                      {"Vary", "Accept-Encoding"}};
  if (is_known(request.header("if-none-match"), asset.etag)) {
    response.status = 304;
    return secured(std::move(response));
  }
  response.headers.push_back({"Content-Type", std::string(asset.content_type)});
  if (!asset.gzipped) {
    response.static_body = asset.bytes;
  } else if (takes_gzip(request.header("accept-encoding"))) {
    response.headers.push_back({"Content-Encoding", "gzip"});
    response.static_body = asset.bytes;
  } else {
    auto plain = base::decode_content("gzip", asset.bytes, kMostAssetBytes);
    TRIPOD_CHECK(plain);  // compressed by our own build
    response.body = std::move(*plain);
  }
  return secured(std::move(response));
}

// Browsers name HTML; shippers and command-line tools name JSON, anything, or nothing.
bool wants_page(const HttpRequest& request) {
  const std::string_view accept = request.header("accept");
  return accept.find("text/html") != accept.npos || accept.find("application/xhtml+xml") != accept.npos;
}

// Below /assets/, and with a dot at the top, there are files. A deeper name may have one too (a release, an e-mail): whoever wants a page gets it.
bool is_page(const HttpRequest& request) {
  const std::string_view path = request.path;
  if (path.starts_with("/assets/")) return false;
  const size_t last = path.rfind('/') + 1;
  return path.find('.', last) == std::string_view::npos || (last > 1 && wants_page(request));
}

HttpResponse serve_path(const HttpRequest& request) {
  if (const Asset* asset = find_asset(request.path)) return serve_asset(*asset, request);
  if (is_page(request)) {
    // The page's own script reads the path and shows what belongs there.
    if (const Asset* index = find_asset("/index.html")) return serve_asset(*index, request);
  }
  return secured(HttpResponse::text("no such path: " + request.path + "\n", 404));
}

}  // namespace

void add_ui_routes(Router& router, ProgramAnswer for_programs) {
  for (const char* pattern : {"/", "/*"}) {
    const bool is_root = std::string_view(pattern) == "/";
    router.add({.method = Method::kGet,
                .pattern = pattern,
                .access = Access::kPublic,
                .handler =
                    [answer = is_root ? for_programs : nullptr](HttpRequest&& request, Responder responder) {
                      responder(answer && !wants_page(request) ? answer(request) : serve_path(request));
                    },
                .pool = Pool::kQuery,
                .errors = ErrorShape::kPlain});
  }
}

}  // namespace tripod::serve
