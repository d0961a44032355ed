// Turns a memory block into parts, one per day of its records.
#pragma once

#include <vector>

#include "base/result.h"
#include "store/events/memory_block.h"
#include "store/events/part_set.h"

namespace tripod::store {

// The parts are published (durable under their names) but not yet listed. On error what was written is removed.
base::Result<std::vector<PartPtr>> write_parts(const MemoryBlock& block, PartSet& parts, base::UnixNanos now);

}  // namespace tripod::store
