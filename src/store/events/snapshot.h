// What one query sees of a dataset: every record is in exactly one place of it.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "store/events/memory_block.h"

namespace tripod::store {

struct MemoryView {
  std::shared_ptr<const MemoryBlock> block;
  size_t batches = 0;  // those there when the snapshot was taken
};

struct Snapshot {
  std::vector<MemoryView> memory;  // oldest first
};

}  // namespace tripod::store
