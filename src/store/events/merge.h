// Merges parts into one: full blocks go over as they are, the records of the others in their common order (docs/formats/events.md, "Part").
#pragma once

#include <span>
#include <stop_token>

#include "base/memory_budget.h"
#include "base/result.h"
#include "store/events/part_set.h"
#include "store/events/sequence_set.h"

namespace tripod::store {

// Adds the records of `parts` to `out`, but for those of `left_out`. kCancelled when stopped; kDataLoss (naming the part) when one cannot be read;
// kResourceExhausted, before anything was written, when the budget has no room for the blocks that are read side by side.
base::Result<> merge_parts(std::span<const PartPtr> parts, const SequenceSet& left_out, PartWriter& out, base::MemoryBudget& budget,
                           std::stop_token stop);

}  // namespace tripod::store
