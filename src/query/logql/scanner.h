// Reads the records of a plan page by page. Private to query/logql.
#pragma once

#include <functional>

#include "base/result.h"
#include "query/logql/evaluator.h"
#include "store/events/event_store.h"

namespace tripod::query::logql {

// Calls `row` for every record of the plan, in its order, until it answers false or an error, or there are no more.
// Memory is bounded by the plan's bounds; a bound that is reached is an error (QueryState::take), unless `partial` is given,
// which then receives the warnings, and the call ends with what it had. `plan.limit` is the size of the first page; later ones are larger.
base::Result<> scan_records(QueryState& state, store::ScanPlan plan,
                            const std::function<base::Result<bool>(const store::EventRow&)>& row,
                            std::vector<std::string>* partial = nullptr);

}  // namespace tripod::query::logql
