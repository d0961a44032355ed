#include "serve/api/thinned.h"

#include "pipeline/to_events.h"
#include "serve/api/bounds.h"
#include "serve/api/issue_search.h"

namespace tripod::serve {

using base::Result;
using store::Predicate;

bool is_thinned(const store::EventRow& row) { return row.find(pipeline::kThinnedField) != nullptr; }

Predicate whole_events(Predicate events) {
  return Predicate::all_of({std::move(events), Predicate::negate(Predicate::exists(std::string(pipeline::kThinnedField)))});
}

Result<StoredEvents> stored_events_of(const Api& api, const HttpRequest& request, int64_t issue) {
  auto filter = events_of_issue(api, issue);
  if (!filter) return base::fail(std::move(filter.error()));
  store::AggregatePlan plan{.dataset = store::Dataset::kErrors, .filter = std::move(*filter), .by = {std::string(pipeline::kThinnedField)}};
  plan.bounds = query_bounds(api.clock, request);
  const auto result = api.events.aggregate(plan);
  if (!result) return base::fail(result.error());
  StoredEvents out;
  for (const store::AggregateGroup& group : result->groups) {
    out.events += group.count;
    if (!std::holds_alternative<bool>(group.by[0])) out.whole += group.count;
  }
  return out;
}

Result<store::ScanResult> scan_for_one(const Api& api, const store::ScanPlan& plan) {
  store::ScanPlan whole = plan;
  whole.filter = whole_events(plan.filter);
  auto result = api.events.scan(whole);
  if (!result || !result->rows.empty()) return result;
  return api.events.scan(plan);
}

}  // namespace tripod::serve
