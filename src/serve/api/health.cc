// Our own health: readiness, liveness, metrics.
#include <array>
#include <string>
#include <string_view>
#include <vector>

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

using store::Dataset;

using store::kDatasets;

// A store's log that could not be written.
struct StoppedLog {
  std::string_view store;
  std::string why;
};

// `failure`: those that take nothing in until the next start. Otherwise those that wait for room.
std::vector<StoppedLog> stopped_logs(const Api& api, bool failure) {
  std::vector<StoppedLog> out;
  const auto add = [&](std::string_view store, const auto& stats) {
    const std::string& why = failure ? stats.failure : stats.trouble;
    if (!why.empty()) out.push_back({store, why});
  };
  for (const Dataset dataset : kDatasets) add(store::dataset_name(dataset), api.events.stats(dataset));
  add("metrics", api.metrics.stats());
  return out;
}

HttpResponse not_ready(std::string text, const std::vector<StoppedLog>& logs) {
  for (const StoppedLog& log : logs) text += std::string(log.store) + ": " + log.why + "\n";
  return HttpResponse::text(std::move(text), 503);
}

void add_log_gauges(const Api& api) {
  const auto add = [&](std::string_view store, auto stats) {
    api.registry.gauge("tripod_store_stopped", "1 after a failed sync: nothing is taken in until the next start.", {{"store", std::string(store)}},
                       [stats] { return stats().failure.empty() ? 0.0 : 1.0; });
    api.registry.gauge("tripod_store_refusing", "1 while nothing is taken in for want of room on the disk.", {{"store", std::string(store)}},
                       [stats] { return stats().trouble.empty() ? 0.0 : 1.0; });
  };
  for (const Dataset dataset : kDatasets) {
    api.registry.gauge("tripod_store_rare_fields", "Fields of a part, of the one that has most, that too few records have for a column of their own.",
                       {{"store", std::string(store::dataset_name(dataset))}},
                       [&events = api.events, dataset] { return static_cast<double>(events.stats(dataset).rare_fields); });
  }
  for (const Dataset dataset : kDatasets) add(store::dataset_name(dataset), [&events = api.events, dataset] { return events.stats(dataset); });
  add("metrics", [&metrics = api.metrics] { return metrics.stats(); });
}

void add_series_gauges(const Api& api) {
  const auto stats = [&metrics = api.metrics] { return metrics.stats(); };
  api.registry.gauge("tripod_metrics_series", "Active series.", {}, [stats] { return static_cast<double>(stats().series); });
  const auto add = [&](const char* of, uint64_t store::SeriesLimits::*limit) {
    api.registry.gauge("tripod_metrics_series_limit", "Active series there may be, in all, of a job and of a metric; 0: no limit.", {{"of", of}},
                       [stats, limit] { return static_cast<double>(stats().series_limits.*limit); });
  };
  add("all", &store::SeriesLimits::in_all);
  add("job", &store::SeriesLimits::per_job);
  add("metric", &store::SeriesLimits::per_metric);
}

// Ready, but for a disk that has no room for more: whoever sends is told so, and a balancer should go elsewhere.
HttpResponse room(const Api& api) {
  if (const auto refusal = api.disk.refusal()) return HttpResponse::text(refusal->message + "; nothing new is taken\n", 503);
  if (api.disk.state().is_low) return HttpResponse::text("ready\nwarning: the disk is low, the oldest data is being dropped\n");
  return HttpResponse::text("ready\n");
}

}  // namespace

void add_health_routes(Router& router, const Api& api) {
  add_log_gauges(api);
  add_series_gauges(api);
  // Routes exist only once every store is open.
  for (const char* path : {"/-/ready", "/ready"}) {
    add_text(router, path, Access::kPublic, [api] {
      const auto stopped = stopped_logs(api, true);
      if (!stopped.empty()) return not_ready("a write failed; these take nothing in until the next start:\n", stopped);
      const auto refusing = stopped_logs(api, false);
      if (!refusing.empty()) return not_ready("nothing is taken in until these can be written again:\n", refusing);
      return room(api);
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
