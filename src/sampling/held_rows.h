// Rows of the window that undecided traces still need: in memory for a while, on the disk in any case.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "base/clock.h"
#include "base/memory_budget.h"
#include "store/events/row_batch.h"

namespace tripod::sampling {

// A batch as the window stored it, as long as a trace of it is undecided. `rows` is used by the thread that decides alone, once it
// was handed over.
struct HeldBatch {
  uint64_t first_sequence = 0;
  store::RowBatch::Ptr rows;  // null: on the disk alone
  base::UnixNanos arrived = 0;
  base::MemoryCharge charge;
};

// Rows of one trace in one batch, one after the other.
struct RowRun {
  std::shared_ptr<HeldBatch> batch;
  uint32_t first = 0;
  uint32_t count = 0;

  uint64_t last_sequence() const { return batch->first_sequence + first + count - 1; }
};

// Thread-safe. Outlives the batches it gave.
class HeldRows {
 public:
  explicit HeldRows(base::MemoryBudget& memory) : memory_(memory) {}

  // `rows` may be null. Charged past the budget too: the rows are acknowledged.
  std::shared_ptr<HeldBatch> add(uint64_t first_sequence, store::RowBatch::Ptr rows, base::UnixNanos now);
  // Lets go of the rows of batches that came before `limit`. For the thread that decides.
  void leave_to_disk(base::UnixNanos limit);
  // In memory.
  uint64_t bytes() const;
  // Of the oldest batch that is held; UINT64_MAX: there is none.
  uint64_t oldest_sequence() const;

 private:
  void gone(HeldBatch* batch);

  base::MemoryBudget& memory_;
  mutable std::mutex mu_;
  // guarded by mu_
  std::multimap<uint64_t, HeldBatch*> batches_;  // by their first sequence number
  uint64_t bytes_ = 0;
};

}  // namespace tripod::sampling
