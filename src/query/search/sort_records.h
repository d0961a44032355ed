// `| sort field`: the first records by their values. Private to query/search.
#pragma once

#include "query/search/record_source.h"

namespace tripod::query::search {

// The first `wanted` records by `keys`, equal ones in the plan's order, those without the first field last. The store's sketches say
// which numbers can be among them, so that few records are looked at; of texts at most kMostSorted
// (kResourceExhausted beyond). Other errors as run().
base::Result<RecordPage> first_sorted(store::EventStore& events, std::span<const Question::Part> parts, const RecordPlan& plan,
                                      std::span<const SortKey> keys, size_t wanted);

void sort_in_memory(std::vector<Record>& records, std::span<const SortKey> keys, store::Order order);

}  // namespace tripod::query::search
