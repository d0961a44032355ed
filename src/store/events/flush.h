// Turns a memory block into parts, one per day of its records.
#pragma once

#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "store/events/memory_block.h"
#include "store/events/part_set.h"
#include "store/events/sequence_set.h"

namespace tripod::store {

// The parts are published (durable under their names) but not yet listed. On error what was written is removed.
// Records of `left_out` are not written; nothing is when all are. What is held meanwhile is charged to `budget`, whether it is there or not:
// memory that is full is emptied so.
base::Result<std::vector<PartPtr>> write_parts(const MemoryBlock& block, const SequenceSet& left_out, PartSet& parts,
                                               base::UnixNanos now, base::MemoryBudget& budget);

}  // namespace tripod::store
