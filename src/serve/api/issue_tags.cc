#include "serve/api/issue_tags.h"

#include <algorithm>
#include <functional>

#include "serve/api/bounds.h"
#include "serve/api/issue_search.h"

namespace tripod::serve {

using base::Result;

namespace {

constexpr size_t kMostTags = 50;
constexpr uint64_t kMostEvents = 50'000;   // more are not counted: each tag would take longer than a page may
constexpr int64_t kSteps = 500;

Result<std::vector<query::search::FieldName>> tag_fields(const Api& api, const store::Issue& issue) {
  auto fields = api.events.fields(store::Dataset::kErrors, {issue.first_seen, issue.last_seen + 1});
  if (!fields) return base::fail(std::move(fields.error()));
  std::ranges::stable_sort(*fields, std::greater(), &store::FieldInfo::rows);
  std::vector<query::search::FieldName> out;
  for (const char* name : {"level", "transaction", "service.version", "deployment.environment.name", "host.name"}) out.push_back({.name = name, .literal = true});
  for (const store::FieldInfo& field : *fields) {
    if (field.name.starts_with("tags.") && out.size() < kMostTags) out.push_back({.name = field.name, .literal = true});
  }
  return out;
}

// From when on the newest events of the issue are about kMostEvents: the whole range is looked at in steps, then the step where it lies. Not
// exact where more than that fall on one instant.
Result<base::UnixNanos> start_of_newest(const Api& api, const store::Predicate& filter, store::TimeRange range, const store::QueryBounds& bounds) {
  uint64_t newer = 0;
  while (true) {
    const int64_t step = (range.end - range.start) / kSteps + 1;
    const store::AggregatePlan plan{.dataset = store::Dataset::kErrors, .range = range, .filter = filter, .step = step, .by = {}, .bounds = bounds};
    auto counted = api.events.aggregate(plan);
    if (!counted) return base::fail(std::move(counted.error()));
    std::ranges::sort(counted->groups, std::greater(), &store::AggregateGroup::bucket);
    auto group = counted->groups.begin();
    for (; group != counted->groups.end() && newer + group->count < kMostEvents; ++group) newer += group->count;
    if (group == counted->groups.end()) return range.start;
    const store::TimeRange within{std::max(range.start, group->bucket), std::min(range.end, group->bucket + step)};
    if (step == 1 || group->count < kMostEvents) return within.start;
    range = within;
  }
}

}  // namespace

std::string tag_name(std::string_view field) {
  if (field.starts_with("tags.")) return std::string(field.substr(5));
  if (field == "service.version") return "release";
  if (field == "deployment.environment.name") return "environment";
  if (field == "host.name") return "server_name";
  return std::string(field);
}

Result<query::search::Facets> tags_of_issue(const Api& api, const HttpRequest& request, int64_t id, size_t values) {
  const auto issue = api.meta.issue(id);
  if (!issue) return base::fail(issue.error());
  auto filter = events_of_issue(api, id);
  if (!filter) return base::fail(std::move(filter.error()));
  auto fields = tag_fields(api, *issue);
  if (!fields) return base::fail(std::move(fields.error()));
  const query::search::Question::Part part{.dataset = store::Dataset::kErrors, .filter = std::move(*filter)};
  query::search::FacetPlan plan{.fields = std::move(*fields), .is_hidden = {}, .range = {issue->first_seen, issue->last_seen + 1}, .limit = values};
  plan.bounds = query_bounds(api.clock, request);
  if (issue->count <= kMostEvents) return query::search::find_facets(api.events, {&part, 1}, plan);
  const auto start = start_of_newest(api, part.filter, plan.range, plan.bounds);
  if (!start) return base::fail(start.error());
  plan.range.start = *start;
  auto facets = query::search::find_facets(api.events, {&part, 1}, plan);
  if (facets && facets->total < issue->count) {
    facets->stats.warnings.push_back("the issue has " + std::to_string(issue->count) + " events: tags are counted of its newest " + std::to_string(facets->total));
  }
  return facets;
}

}  // namespace tripod::serve
