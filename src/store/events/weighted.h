// Records that stand for others: an aggregate with weights out of one without.
#pragma once

#include <functional>

#include "store/events/event_store.h"

namespace tripod::store {

// `aggregate` answers a plan without weight; it is asked to group by the weight too, which has few values. Where a weight was above 1 the
// warnings say that numbers are estimated.
base::Result<AggregateResult> aggregate_weighted(const AggregatePlan& plan,
                                                 const std::function<base::Result<AggregateResult>(const AggregatePlan&)>& aggregate);

}  // namespace tripod::store
