// Runs an aggregation over a snapshot.
#pragma once

#include "base/result.h"
#include "store/events/event_store.h"
#include "store/events/plan.h"
#include "store/events/query_context.h"
#include "store/events/snapshot.h"

namespace tripod::store {

// kInvalidArgument for a filter that does not compile, a negative step or a quantile outside 0..1; kResourceExhausted past
// max_groups. NaN counts as a record, not as a value.
base::Result<AggregateResult> run_aggregate(const Snapshot& snapshot, const AggregatePlan& plan,
                                            const QueryContext& context);

}  // namespace tripod::store
