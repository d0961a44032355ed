#include "store/events/memory_block.h"

#include <algorithm>
#include <utility>

namespace tripod::store {

void MemoryBlock::add(StoredBatch batch, base::WalSequence wal_sequence, base::UnixNanos now) {
  const size_t at = count_.load(std::memory_order_relaxed);
  TRIPOD_CHECK(at < kSlab * kSlabs && !batch.rows->rows().empty());
  if (at == 0) started_.store(now, std::memory_order_relaxed);
  auto& slab = slabs_[at / kSlab];
  if (slab == nullptr) slab = std::make_unique<Slab>();

  const RowBatch& rows = *batch.rows;
  min_time_.store(std::min(min_time(), rows.min_time()), std::memory_order_relaxed);
  max_time_.store(std::max(max_time(), rows.max_time()), std::memory_order_relaxed);
  last_sequence_.store(batch.last_sequence(), std::memory_order_relaxed);
  wal_sequence_.store(wal_sequence, std::memory_order_relaxed);
  rows_.fetch_add(rows.rows().size(), std::memory_order_relaxed);
  bytes_.fetch_add(rows.memory_bytes(), std::memory_order_relaxed);
  (*slab)[at % kSlab] = std::move(batch);
  count_.store(at + 1, std::memory_order_release);
}

bool MemoryBlock::full() const {
  return rows() >= limits_.rows || bytes() >= limits_.bytes || batch_count() == kSlab * kSlabs;
}

}  // namespace tripod::store
