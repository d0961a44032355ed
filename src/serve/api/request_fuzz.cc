// Any text as the target and the headers of a request ("target\nname: value\n…\n\nbody"), as its
// small JSON body, and as an address.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "serve/api/json_body.h"
#include "serve/api/request_range.h"
#include "serve/api/sentry/release_body.h"
#include "serve/auth/authenticator.h"
#include "serve/grpc/address.h"
#include "serve/http/message.h"
#include "serve/http/router.h"

namespace {

using namespace tripod;

constexpr base::UnixNanos kNow = 1'795'366'200'000'000'000;

std::string_view take_line(std::string_view& rest) {
  const size_t end = rest.find('\n');
  const std::string_view line = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  return line;
}

serve::HttpRequest read_request(std::string_view text) {
  serve::HttpRequest out;
  out.target = take_line(text);
  const size_t question = out.target.find('?');
  out.path = serve::percent_decode(std::string_view(out.target).substr(0, question), false);
  if (question != std::string::npos)
    out.query = serve::parse_query(out.target.substr(question + 1));
  for (std::string_view line = take_line(text); !line.empty(); line = take_line(text)) {
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) break;
    out.headers.push_back(
        {std::string(line.substr(0, colon)), std::string(line.substr(colon + 2))});
  }
  out.body = text;
  return out;
}

const serve::Router& router() {
  static const serve::Router made = [] {
    serve::Router out;
    for (const char* pattern : {"/*", "/api/{project}/envelope/", "/api/v1/label/{name}/values", "/api/app/releases/{+version}"}) {
      out.add({.pattern = pattern, .handler = [](serve::HttpRequest&&, serve::Responder) {}});
    }
    out.shape_prefix("/api/", serve::ErrorShape::kSentryApi);
    return out;
  }();
  return made;
}

std::string encode(std::string_view text) {
  static constexpr char kDigits[] = "0123456789aBcDeF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

void check_request(serve::HttpRequest request) {
  const auto match = router().match(serve::Method::kGet, std::string_view(request.target).substr(0, request.target.find('?')));
  for (const auto& [name, value] : match.parameters) {
    TRIPOD_CHECK(name == "*" || (!value.empty() && value.find('/') == std::string::npos));
  }
  const serve::Credentials credentials = serve::credentials_of(request);
  TRIPOD_CHECK(credentials.session.find(';') == std::string::npos);
  if (const auto range = serve::time_range_of(request, kNow)) {
    TRIPOD_CHECK(range->start <= range->end);
  }
  if (const auto limit = serve::int_parameter(request, "limit", 5, 1, 10)) {
    TRIPOD_CHECK(1 <= *limit && *limit <= 10);
  }
  const size_t before = request.query.size();
  request.merge_form_body();
  TRIPOD_CHECK(request.query.size() >= before);
  (void)serve::JsonBody::parse(request.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  TRIPOD_CHECK(serve::percent_decode(encode(text), true) == text);
  TRIPOD_CHECK(serve::percent_decode(text, true).size() <= text.size());
  check_request(read_request(text));
  (void)serve::JsonBody::parse(text);
  (void)serve::sentry::parse_release_body(text);
  (void)serve::sentry::parse_deploy_body(text);
  (void)serve::sentry::parse_repository_body(text);
  if (const auto address = serve::parse_listen_address(text)) {
    const auto again = serve::parse_listen_address(address->text());
    TRIPOD_CHECK(again && again->host == address->host && again->port == address->port);
  }
  const serve::Peer peer = serve::parse_grpc_peer(text, false);
  TRIPOD_CHECK(!peer.is_loopback || peer.is_private);
  return 0;
}
