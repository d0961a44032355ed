// The newest records of a dataset: batches in the order of the log, in memory until they are written as a part.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/memory_budget.h"
#include "base/wal.h"
#include "store/events/row_batch.h"

namespace tripod::store {

// A batch with the sequence numbers it got. Immutable.
struct StoredBatch {
  uint64_t first_sequence = 0;
  RowBatch::Ptr rows;
  base::MemoryCharge charge;

  uint64_t last_sequence() const { return first_sequence + rows->rows().size() - 1; }
};

struct MemoryBlockLimits {
  size_t rows = 64 << 10;
  size_t bytes = 32u << 20;
};

// One writer adds (externally synchronised); any number of readers look at the same time without waiting.
class MemoryBlock {
 public:
  explicit MemoryBlock(MemoryBlockLimits limits) : limits_(limits) {}

  // Takes the batch. @pre !full(); batches come in sequence order and are not empty.
  void add(StoredBatch batch, base::WalSequence wal_sequence, base::UnixNanos now);
  // It has reached a limit: the next batch belongs into another block.
  bool full() const;

  size_t batch_count() const { return count_.load(std::memory_order_acquire); }
  // @pre index < a batch_count() seen before.
  const StoredBatch& batch(size_t index) const {
    return (*slabs_[index / kSlab])[index % kSlab];
  }

  bool empty() const { return batch_count() == 0; }
  size_t rows() const { return rows_.load(std::memory_order_relaxed); }
  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  // When the first batch came.
  base::UnixNanos started() const { return started_.load(std::memory_order_relaxed); }
  base::UnixNanos min_time() const { return min_time_.load(std::memory_order_relaxed); }
  base::UnixNanos max_time() const { return max_time_.load(std::memory_order_relaxed); }
  // @pre !empty()
  uint64_t last_sequence() const { return last_sequence_.load(std::memory_order_relaxed); }
  // Everything up to this record of the log is in this block or an earlier one.
  base::WalSequence wal_sequence() const { return wal_sequence_.load(std::memory_order_relaxed); }

 private:
  static constexpr size_t kSlab = 256;
  static constexpr size_t kSlabs = 256;  // 65,536 batches: one-record batches fill it like any others
  using Slab = std::array<StoredBatch, kSlab>;

  const MemoryBlockLimits limits_;
  // Slots below count_ are never written again: the release store of count_ hands them to readers.
  std::array<std::unique_ptr<Slab>, kSlabs> slabs_;
  std::atomic<size_t> count_{0};
  std::atomic<size_t> rows_{0};
  std::atomic<size_t> bytes_{0};
  std::atomic<base::UnixNanos> started_{0};
  std::atomic<base::UnixNanos> min_time_{INT64_MAX};
  std::atomic<base::UnixNanos> max_time_{INT64_MIN};
  std::atomic<uint64_t> last_sequence_{0};
  std::atomic<base::WalSequence> wal_sequence_{0};
};

}  // namespace tripod::store
