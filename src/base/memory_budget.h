// One budget for every large buffer of the process. Who cannot charge it sheds load instead of
// allocating.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace tripod::base {

class MemoryBudget;

// Bytes held of a budget, given back on destruction. Movable; not thread-safe itself.
class MemoryCharge {
 public:
  MemoryCharge() = default;
  MemoryCharge(MemoryCharge&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryCharge& operator=(MemoryCharge&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MemoryCharge();
  size_t bytes() const { return bytes_; }
  explicit operator bool() const { return budget_ != nullptr; }

 private:
  friend class MemoryBudget;
  MemoryCharge(MemoryBudget* budget, size_t bytes) : budget_(budget), bytes_(bytes) {}
  MemoryBudget* budget_ = nullptr;
  size_t bytes_ = 0;
};

// Thread-safe; outlives its charges.
class MemoryBudget {
 public:
  explicit MemoryBudget(size_t limit_bytes) : limit_(limit_bytes) {}
  // An empty charge (operator bool false) when the budget would be exceeded.
  MemoryCharge try_charge(size_t bytes);
  // Charges past the limit too: for what is already durable or must be held (memory blocks); ingest
  // then sheds.
  MemoryCharge charge(size_t bytes);
  // Makes `charge`, an empty one or one of this budget, be of `bytes` where it is of less, and then of `ahead` more where there
  // is room: what grows bit by bit seldom has to ask. False, and nothing changes, when the budget would be exceeded.
  bool try_grow(MemoryCharge& charge, size_t bytes, size_t ahead = 0);
  size_t limit() const { return limit_; }
  size_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  friend class MemoryCharge;
  const size_t limit_;
  std::atomic<size_t> used_{0};
};

inline MemoryCharge::~MemoryCharge() {
  if (budget_ != nullptr) budget_->used_.fetch_sub(bytes_, std::memory_order_relaxed);
}

inline MemoryCharge MemoryBudget::charge(size_t bytes) {
  used_.fetch_add(bytes, std::memory_order_relaxed);
  return MemoryCharge(this, bytes);
}

inline MemoryCharge MemoryBudget::try_charge(size_t bytes) {
  size_t used = used_.load(std::memory_order_relaxed);
  do {
    if (bytes > limit_ || used > limit_ - bytes) return {};
  } while (!used_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  return MemoryCharge(this, bytes);
}

inline bool MemoryBudget::try_grow(MemoryCharge& charge, size_t bytes, size_t ahead) {
  if (bytes <= charge.bytes_) return true;
  MemoryCharge more = try_charge(bytes - charge.bytes_ + ahead);
  if (!more && ahead > 0) more = try_charge(bytes - charge.bytes_);
  if (!more) return false;
  if (charge) {
    charge.bytes_ += std::exchange(more.bytes_, 0);
  } else {
    charge = std::move(more);
  }
  return true;
}

}  // namespace tripod::base
