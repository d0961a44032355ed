// Our own health: readiness, liveness, metrics.
#include "serve/api/context.h"

namespace tripod::serve {

namespace {

void add_text(Router& router, std::string pattern, Access access, std::function<HttpResponse()> answer) {
  router.add({.method = Method::kGet,
              .pattern = std::move(pattern),
              .access = access,
              .handler = [answer = std::move(answer)](HttpRequest&&, Responder responder) { responder(answer()); },
              .errors = ErrorShape::kPlain});
}

// Names of what takes nothing in until the next start, since its log could not be written; empty when all is well.
std::string standing_still(const Api& api) {
  using store::Dataset;
  std::string out;
  for (const Dataset dataset : {Dataset::kLogs, Dataset::kSpans, Dataset::kErrors, Dataset::kLinks}) {
    if (!api.events.stats(dataset).failure.empty()) out += std::string(store::dataset_name(dataset)) + "\n";
  }
  if (!api.metrics.stats().failure.empty()) out += "metrics\n";
  return out;
}

// Ready, but for a disk that has no room for more: whoever sends is told so, and a balancer should go elsewhere.
HttpResponse room(const Api& api) {
  if (const auto refusal = api.disk.refusal()) return HttpResponse::text(refusal->message + "; nothing new is taken\n", 503);
  if (api.disk.state().is_low) return HttpResponse::text("ready\nwarning: the disk is low, the oldest data is being dropped\n");
  return HttpResponse::text("ready\n");
}

}  // namespace

void add_health_routes(Router& router, const Api& api) {
  // Routes exist only once every store is open.
  for (const char* path : {"/-/ready", "/ready"}) {
    add_text(router, path, Access::kPublic, [api] {
      const std::string still = standing_still(api);
      if (still.empty()) return room(api);
      return HttpResponse::text("a write failed; these take nothing in until the next start:\n" + still, 503);
    });
  }
  add_text(router, "/-/healthy", Access::kPublic, [] { return HttpResponse::text("healthy\n"); });
  router.add({.method = Method::kPost,
              .pattern = "/-/reload",
              .access = Access::kAdmin,
              .handler =
                  [reload = api.reload](HttpRequest&& request, Responder responder) {
                    const auto result = reload();
                    responder(result ? HttpResponse::text("reloaded\n") : error_response(ErrorShape::kPlain, result.error(), request));
                  },
              .errors = ErrorShape::kPlain});
  add_text(router, "/metrics", Access::kLocalNetwork, [&registry = api.registry] {
    HttpResponse response{.body = registry.expose()};
    return std::move(response).with("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  });
}

}  // namespace tripod::serve
