// Time as a seam: whoever needs "now" takes a Clock, so that tests turn it by hand.
#pragma once

#include <atomic>
#include <cstdint>

namespace tripod::base {

// Nanoseconds since 1970-01-01T00:00:00Z. Negative values are before it.
using UnixNanos = int64_t;

inline constexpr int64_t kNanosPerMilli = 1'000'000;
inline constexpr int64_t kNanosPerSecond = 1'000'000'000;
inline constexpr int64_t kNanosPerMinute = 60 * kNanosPerSecond;
inline constexpr int64_t kNanosPerHour = 60 * kNanosPerMinute;
inline constexpr int64_t kNanosPerDay = 24 * kNanosPerHour;

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual UnixNanos now() const = 0;   // wall time
  virtual int64_t steady() const = 0;  // nanoseconds that never go back; no meaning of their own
};

class SystemClock final : public Clock {
 public:
  UnixNanos now() const override;
  int64_t steady() const override;
};

// Stands still until told. Thread-safe.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(UnixNanos now) : now_(now) {}
  UnixNanos now() const override { return now_.load(std::memory_order_relaxed); }
  int64_t steady() const override { return now(); }
  void set(UnixNanos now) { now_.store(now, std::memory_order_relaxed); }
  void advance(int64_t nanos) { now_.fetch_add(nanos, std::memory_order_relaxed); }

 private:
  std::atomic<UnixNanos> now_;
};

}  // namespace tripod::base
