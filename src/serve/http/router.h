// Which handler answers which path, and who may call it. The table is complete before the server starts and constant after.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/auth/principal.h"
#include "serve/http/error_shape.h"
#include "serve/http/message.h"

namespace tripod::serve {

using Handler = std::function<void(HttpRequest&&, Responder)>;

// Which pool runs the handler, so that none starves another.
enum class Pool : uint8_t { kIngest, kQuery };

struct Route {
  Method method = Method::kGet;
  // "/api/{project}/envelope/": {name} matches one segment, {+name} one that may hold an encoded '/' too (RFC 6570 has the sign for that; the
  // router takes it out of the pattern); a trailing "/*" any rest (path parameter "*").
  std::string pattern;
  std::string slashed = {};                    // set by the router: the parameter that was {+name}
  Access access = Access::kNobody;
  Handler handler;
  Pool pool = Pool::kQuery;
  ErrorShape errors = ErrorShape::kApp;
  size_t max_body_bytes = 1u << 20;            // as received
  size_t max_decoded_bytes = 8u << 20;         // after Content-Encoding
  bool decode_content = true;                  // false: the handler takes the body as received
  bool cors = false;                           // browsers of any origin may send here (ingest only)
  std::string protocol;                        // ingest: "sentry", "otlp", "loki" ... for the rejected list
  // What the answer may become; the handler then sets HttpResponse::stream, or answers an error like any other.
  StreamKind stream = StreamKind::kNone;
};

class Router {
 public:
  void add(Route route);
  // Unknown paths below `prefix` are told so in that API's shape; the longest prefix wins.
  void shape_prefix(std::string prefix, ErrorShape shape);

  struct Match {
    const Route* route = nullptr;      // null: no such path, or not with this method
    bool path_known = false;           // some other method serves it: 405
    std::vector<std::pair<std::string, std::string>> parameters;
    ErrorShape errors = ErrorShape::kPlain;
  };
  // HEAD is served by GET routes. `path` is as it was sent, percent-encoded: an encoded '/' parts no segments.
  Match match(Method method, std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
  std::vector<std::pair<std::string, ErrorShape>> shapes_;
};

}  // namespace tripod::serve
