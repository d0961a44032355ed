// Counts series by metric, label and value.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "store/metrics/block.h"
#include "store/metrics/head.h"
#include "store/metrics/matcher.h"
#include "store/metrics/metric_store.h"

namespace tripod::store::metrics {

// What there is to count of a head, taken under the store's lock so that the texts need not be.
struct HeadPairs {
  struct Pair {
    Symbol name = 0;
    Symbol value = 0;
    uint64_t series = 0;
  };
  std::shared_ptr<const HeadIndex> index;       // keeps labels and texts alive
  std::shared_ptr<const SymbolTable> symbols;
  std::vector<Pair> pairs;                      // without matchers: of all series
  std::vector<std::span<const LabelRef>> labels;  // with matchers: of each series that matches
  uint64_t series = 0;
  TimeRangeMs range;
};

// Of those with samples or seen since the cut before the last. Requires the store's lock.
base::Result<HeadPairs> pairs_of(Head& head, std::span<const CompiledMatcher> matchers);
// Requires no lock.
Cardinality cardinality_of(const HeadPairs& head, size_t most);
// Series of which everything was deleted are not counted. kDataLoss when damaged.
base::Result<Cardinality> cardinality_of(const Block& block, std::span<const CompiledMatcher> matchers, size_t most);

}  // namespace tripod::store::metrics
