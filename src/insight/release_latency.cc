#include "insight/release_latency.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace tripod::insight {

using base::Result;
using store::Predicate;

namespace {

std::string text_of(const store::FieldValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? *text : std::string();
}

store::AggregatePlan spans_of(const LatencyPlan& plan) {
  const auto text_is = [](const char* field, const std::string& text) { return Predicate::equal(field, text); };
  std::vector<Predicate> all;
  all.push_back(Predicate::any_of({text_is("service.version", plan.base), text_is("service.version", plan.release)}));
  all.push_back(Predicate::any_of({text_is("kind", "server"), text_is("kind", "consumer")}));
  if (!plan.environment.empty()) all.push_back(text_is("deployment.environment.name", plan.environment));
  store::AggregatePlan out{.dataset = store::Dataset::kSpans,
                           .range = plan.range,
                           .filter = Predicate::all_of(std::move(all)),
                           .by = {"service.version", "service.name", "http.request.method", "http.route"}};
  out.value = "duration_ns";
  out.quantiles = {0.5, 0.95};
  out.fallbacks["http.route"] = {"name"};
  out.weight = store::kAdjustedCountField;
  out.bounds = plan.bounds;
  return out;
}

bool is_slower(const RouteLatency& route, const LatencyPlan& plan) {
  const auto grew = [&](double before, double after) {
    return after - before >= static_cast<double>(plan.least_growth_ns) && after >= before * (1 + plan.least_change);
  };
  return grew(route.base.p50_ns, route.release.p50_ns) || grew(route.base.p95_ns, route.release.p95_ns);
}

}  // namespace

Result<LatencyResult> compare_latencies(store::EventStore& events, const LatencyPlan& plan) {
  const auto result = events.aggregate(spans_of(plan));
  if (!result) return base::fail(result.error());
  std::map<std::tuple<std::string, std::string, std::string>, RouteLatency> routes;
  for (const store::AggregateGroup& g : result->groups) {
    if (g.quantiles.size() < 2) continue;
    RouteLatency& route = routes[{text_of(g.by[1]), text_of(g.by[2]), text_of(g.by[3])}];
    Latency& latency = text_of(g.by[0]) == plan.base ? route.base : route.release;
    latency = {.count = g.value_count, .p50_ns = g.quantiles[0], .p95_ns = g.quantiles[1]};
  }
  LatencyResult out;
  for (auto& [key, route] : routes) {
    if (std::min(route.base.count, route.release.count) < plan.least_spans) continue;
    ++out.compared;
    if (!is_slower(route, plan)) continue;
    std::tie(route.service, route.method, route.route) = key;
    out.slower.push_back(std::move(route));
  }
  std::ranges::stable_sort(out.slower, std::greater(), &RouteLatency::p95_change);
  out.warnings = result->stats.warnings;
  return out;
}

}  // namespace tripod::insight
