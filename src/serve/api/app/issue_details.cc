// What stands beside an issue: counts and users over time, its tags. All of it counted by the store, exactly; no event is read.
#include "base/json_writer.h"
#include "serve/api/app/routes.h"
#include "serve/api/bounds.h"
#include "serve/api/issue_actions.h"
#include "serve/api/issue_search.h"
#include "serve/api/issue_tags.h"
#include "serve/api/json_rows.h"
#include "serve/api/request_range.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;

namespace {

constexpr size_t kTagValues = 10;
constexpr int64_t kMostSteps = 24 * 92;

Result<int64_t> issue_id_of(const HttpRequest& request) {
  const auto id = issue_number(request.path_parameter("id"));
  if (!id) return base::fail(Code::kNotFound, "no such issue");
  return *id;
}

// Whole hours or days that hold the range asked for, or the last day or month.
Result<store::TimeRange> steps_of(const Api& api, const HttpRequest& request, int64_t step) {
  const base::UnixNanos now = api.clock.now();
  store::TimeRange range{now - (step == base::kNanosPerHour ? 1 : 30) * base::kNanosPerDay + step, now};
  if (!request.parameter("start").empty() || !request.parameter("end").empty()) {
    const auto asked = time_range_of(request, now);
    if (!asked) return base::fail(asked.error());
    range = {asked->start, asked->end};
  }
  range.start -= ((range.start % step) + step) % step;
  range.end += (step - range.end % step) % step;
  if ((range.end - range.start) / step > kMostSteps) return base::fail(Code::kInvalidArgument, "more than " + std::to_string(kMostSteps) + " steps: ask for a shorter time, or by day");
  return range;
}

Result<HttpResponse> over_time(const Api& api, const HttpRequest& request) {
  const auto id = issue_id_of(request);
  if (!id) return base::fail(id.error());
  const std::string_view by = request.parameter("step");
  if (!by.empty() && by != "hour" && by != "day") return base::fail(Code::kInvalidArgument, "step must be hour or day");
  const int64_t step = by == "day" ? base::kNanosPerDay : base::kNanosPerHour;
  const auto range = steps_of(api, request, step);
  if (!range) return base::fail(range.error());
  auto filter = events_of_issue(api, *id);
  if (!filter) return base::fail(std::move(filter.error()));
  store::AggregatePlan plan{.dataset = store::Dataset::kErrors, .range = *range, .filter = std::move(*filter), .step = step};
  plan.values.push_back({.field = "user.id", .quantiles = {}, .distinct = true});
  plan.bounds = query_bounds(api.clock, request);
  const auto result = api.events.aggregate(plan);
  if (!result) return base::fail(result.error());
  const auto steps = static_cast<size_t>((range->end - range->start) / step);
  std::vector<uint64_t> counts(steps), users(steps);
  bool estimated = false;
  for (const store::AggregateGroup& group : result->groups) {
    const auto at = static_cast<size_t>((group.bucket - range->start) / step);
    if (at >= steps) continue;
    counts[at] = group.count;
    users[at] = group.values[0].distinct;
    estimated = estimated || !group.values[0].distinct_is_exact;
  }
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("start_ns").int64_string(range->start).key("step_ns").int64_string(step).key("counts").begin_array();
  for (const uint64_t n : counts) w.uint64(n);
  w.end_array().key("users").begin_array();
  for (const uint64_t n : users) w.uint64(n);
  w.end_array().field("users_estimated", estimated).key("warnings");
  write_warnings(w, result->stats);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> tags(const Api& api, const HttpRequest& request) {
  const auto id = issue_id_of(request);
  if (!id) return base::fail(id.error());
  const auto facets = tags_of_issue(api, request, *id, kTagValues);
  if (!facets) return base::fail(facets.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("tags").begin_array();
  for (const query::search::Facet& facet : facets->facets) {
    if (facet.values.values.empty()) continue;
    w.begin_object().field("key", tag_name(facet.field)).field("events", facet.values.rows).field("other", facet.values.other).key("values").begin_array();
    for (const query::search::ValueCount& value : facet.values.values) w.begin_object().field("value", value.text).field("count", value.count).end_object();
    w.end_array().end_object();
  }
  w.end_array().field("total", facets->total).key("warnings");
  write_warnings(w, facets->stats);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace

void add_issue_detail_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/issues/{id}/over_time", Access::kRead, [api](const HttpRequest& r) { return over_time(api, r); });
  add(router, Method::kGet, "/issues/{id}/tags", Access::kRead, [api](const HttpRequest& r) { return tags(api, r); });
}

}  // namespace tripod::serve::app
