// The service map: what calls what, with rate, errors and latency of both.
#include "insight/service_map.h"

#include <cmath>

#include "base/json_writer.h"
#include "serve/api/app/routes.h"
#include "serve/api/bounds.h"
#include "serve/api/request_range.h"

namespace tripod::serve::app {

using base::JsonWriter;
using base::Result;

namespace {

constexpr double kMillis = 1000;

std::string_view kind_name(insight::NodeKind kind) {
  static constexpr std::string_view kNames[] = {"service", "database", "messaging", "external", "user"};
  return kNames[static_cast<size_t>(kind)];
}

void write_counts(JsonWriter& w, const insight::RequestCounts& counts, double seconds) {
  w.field("requests", static_cast<uint64_t>(std::llround(counts.requests))).field("errors", static_cast<uint64_t>(std::llround(counts.errors)));
  w.field("rate", seconds > 0 ? counts.requests / seconds : 0.0).field("error_ratio", counts.requests > 0 ? counts.errors / counts.requests : 0.0);
  w.field("p50_ms", counts.latency.quantile(0.5) * kMillis).field("p95_ms", counts.latency.quantile(0.95) * kMillis);
}

Result<HttpResponse> service_map(const Api& api, const HttpRequest& request) {
  const auto range = time_range_of(request, api.clock.now());
  if (!range) return base::fail(range.error());
  const auto map = insight::load_service_map(api.metrics, *range, query_poll(api.clock, request));
  if (!map) return base::fail(map.error());
  const double seconds = static_cast<double>(range->end - range->start) / static_cast<double>(base::kNanosPerSecond);
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("start_ns").int64_string(range->start).key("end_ns").int64_string(range->end).key("nodes").begin_array();
  for (const insight::MapNode& node : map->nodes) {
    w.begin_object().field("name", node.name).field("kind", kind_name(node.kind));
    write_counts(w, node.counts, seconds);
    w.end_object();
  }
  w.end_array().key("edges").begin_array();
  for (const insight::MapEdge& edge : map->edges) {
    w.begin_object().field("client", edge.client).field("server", edge.server).field("connection_type", edge.type);
    write_counts(w, edge.counts, seconds);
    w.end_object();
  }
  w.end_array().key("warnings").begin_array();
  if (map->is_cut) w.string("there were more services or connections than are counted one by one: the rest is shown as __overflow__");
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace

void add_service_map_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/service_map", Access::kRead, [api](const HttpRequest& r) { return service_map(api, r); });
}

}  // namespace tripod::serve::app
