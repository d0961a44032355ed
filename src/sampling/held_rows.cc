#include "sampling/held_rows.h"

namespace tripod::sampling {

std::shared_ptr<HeldBatch> HeldRows::add(uint64_t first_sequence, store::RowBatch::Ptr rows, base::UnixNanos now) {
  auto batch = std::make_unique<HeldBatch>(HeldBatch{first_sequence, std::move(rows), now, {}});
  const size_t bytes = batch->rows == nullptr ? 0 : batch->rows->memory_bytes();
  if (bytes != 0) batch->charge = memory_.charge(bytes);
  std::lock_guard lock(mu_);
  bytes_ += bytes;
  batches_.emplace(first_sequence, batch.get());
  return {batch.release(), [this](HeldBatch* held) { gone(held); }};
}

void HeldRows::gone(HeldBatch* batch) {
  {
    std::lock_guard lock(mu_);
    bytes_ -= batch->charge.bytes();
    auto at = batches_.lower_bound(batch->first_sequence);
    while (at->second != batch) ++at;
    batches_.erase(at);
  }
  delete batch;
}

void HeldRows::leave_to_disk(base::UnixNanos limit) {
  std::lock_guard lock(mu_);
  for (auto& [sequence, batch] : batches_) {
    if (batch->arrived >= limit) break;
    bytes_ -= batch->charge.bytes();
    batch->rows.reset();
    batch->charge = {};
  }
}

uint64_t HeldRows::bytes() const {
  std::lock_guard lock(mu_);
  return bytes_;
}

uint64_t HeldRows::oldest_sequence() const {
  std::lock_guard lock(mu_);
  return batches_.empty() ? UINT64_MAX : batches_.begin()->first;
}

}  // namespace tripod::sampling
