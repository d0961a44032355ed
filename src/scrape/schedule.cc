#include "scrape/schedule.h"

#include <algorithm>

#include "base/hash.h"

namespace tripod::scrape {

int64_t scrape_offset_ns(std::string_view identity, int64_t interval_ns) {
  // Whole milliseconds: that is what timestamps hold.
  const auto interval_ms =
      static_cast<uint64_t>(std::max<int64_t>(1, interval_ns / base::kNanosPerMilli));
  return static_cast<int64_t>(base::hash64(identity) % interval_ms) * base::kNanosPerMilli;
}

base::UnixNanos next_due(base::UnixNanos now, int64_t interval_ns, int64_t offset_ns) {
  const int64_t since = now - offset_ns;
  const int64_t intervals = since / interval_ns - (since % interval_ns < 0 ? 1 : 0);
  return (intervals + 1) * interval_ns + offset_ns;
}

int64_t scrape_time_ms(base::UnixNanos due, base::UnixNanos now, int64_t interval_ns) {
  const int64_t tolerance = std::min(interval_ns / 100, 20 * base::kNanosPerMilli);
  const bool on_time = now >= due && now - due <= tolerance;
  return (on_time ? due : now) / base::kNanosPerMilli;
}

}  // namespace tripod::scrape
