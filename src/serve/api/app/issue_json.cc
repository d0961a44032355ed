#include "serve/api/app/issue_json.h"

#include "serve/api/bounds.h"

namespace tripod::serve::app {

using base::JsonWriter;
using base::Result;

Result<std::map<int64_t, Trend>> trends_of(const Api& api, const HttpRequest& request, std::span<const store::Issue> issues) {
  std::map<int64_t, Trend> out;
  if (issues.empty()) return out;
  const base::UnixNanos now = api.clock.now();
  const base::UnixNanos start = now - now % base::kNanosPerHour - 23 * base::kNanosPerHour;
  std::vector<store::Predicate> any;
  for (const store::Issue& issue : issues) any.push_back(store::Predicate::equal("issue.id", issue.id));
  store::AggregatePlan plan{.dataset = store::Dataset::kErrors,
                            .range = {start, start + base::kNanosPerDay},
                            .filter = store::Predicate::any_of(std::move(any)),
                            .step = base::kNanosPerHour,
                            .by = {"issue.id"}};
  plan.bounds = query_bounds(api.clock, request);
  auto result = api.events.aggregate(plan);
  if (!result) return base::fail(std::move(result.error()));
  for (const store::Issue& issue : issues) out[issue.id].start = start;
  for (const store::AggregateGroup& g : result->groups) {
    const auto* id = std::get_if<int64_t>(&g.by[0]);
    const auto hour = static_cast<size_t>((g.bucket - start) / base::kNanosPerHour);
    if (id != nullptr && hour < 24 && out.contains(*id)) out[*id].counts[hour] = g.count;
  }
  return out;
}

std::string short_id(const store::Issue& issue) { return "DEFAULT-" + std::to_string(issue.id); }

void write_issue(JsonWriter& w, const Api& api, const store::Issue& issue, const Trend& trend) {
  w.begin_object().field("id", issue.id).field("short_id", short_id(issue)).field("title", issue.title).field("type", issue.type);
  w.field("value", issue.value).field("culprit", issue.culprit).field("level", issue.level).field("platform", issue.platform);
  w.field("status", store::issue_status_name(issue.status)).key("first_seen_ns").int64_string(issue.first_seen);
  w.key("last_seen_ns").int64_string(issue.last_seen).field("count", issue.count).field("users", issue.users);
  w.field("project", "default").field("first_release", issue.first_release).field("last_release", issue.last_release);
  w.key("releases").begin_array();
  if (const auto releases = api.meta.issue_releases(issue.id)) {
    for (const auto& [release, count] : *releases) w.begin_object().field("release", release).field("count", count).end_object();
  }
  w.end_array().key("trend").begin_object().key("start_ns").int64_string(trend.start).key("step_ns").int64_string(trend.step);
  w.key("counts").begin_array();
  for (uint64_t n : trend.counts) w.uint64(n);
  w.end_array().end_object().end_object();
}

Result<> write_issues(JsonWriter& w, const Api& api, const HttpRequest& request, std::span<const store::Issue> issues) {
  auto trends = trends_of(api, request, issues);
  if (!trends) return base::fail(std::move(trends.error()));
  w.begin_array();
  for (const store::Issue& issue : issues) write_issue(w, api, issue, (*trends)[issue.id]);
  w.end_array();
  return {};
}

}  // namespace tripod::serve::app
