// What one query sees of a dataset: every record is in exactly one place of it.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "store/events/exclusions.h"
#include "store/events/memory_block.h"
#include "store/events/part.h"

namespace tripod::store {

struct MemoryView {
  std::shared_ptr<const MemoryBlock> block;
  size_t batches = 0;  // those there when the snapshot was taken

  const StoredBatch& batch(size_t i) const { return block->batch(i); }
  // The first batch with a record behind this one; `batches` when there is none.
  size_t first_behind(uint64_t sequence) const {
    size_t low = 0, high = batches;
    while (low < high) {
      const size_t middle = low + (high - low) / 2;
      if (batch(middle).last_sequence() <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  // The batch with this record. @pre it is here.
  const StoredBatch& batch_of(uint64_t sequence) const {
    size_t low = 0, high = batches;
    while (high - low > 1) {
      const size_t middle = low + (high - low) / 2;
      (batch(middle).first_sequence <= sequence ? low : high) = middle;
    }
    return batch(low);
  }
};

struct Snapshot {
  std::vector<MemoryView> memory;  // oldest first
  std::shared_ptr<const PartList> parts;
  std::shared_ptr<const Exclusions> exclusions;  // what of it must not be found; null: nothing
};

}  // namespace tripod::store
