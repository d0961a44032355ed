// Counts series by metric, label and value.
#pragma once

#include <span>

#include "base/result.h"
#include "store/metrics/block.h"
#include "store/metrics/head.h"
#include "store/metrics/matcher.h"
#include "store/metrics/metric_store.h"

namespace tripod::store::metrics {

// Of those with samples or seen since the cut before the last. Requires the store's lock.
base::Result<Cardinality> cardinality_of(Head& head, std::span<const CompiledMatcher> matchers, size_t most);
// What was deleted of the block since it was written is counted until it is written anew. kDataLoss when damaged.
base::Result<Cardinality> cardinality_of(const Block& block, std::span<const CompiledMatcher> matchers, size_t most);

}  // namespace tripod::store::metrics
