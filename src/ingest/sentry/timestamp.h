// Times as Sentry SDKs write them, and what to do when a sender's clock is wrong.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace tripod::ingest::sentry {

// "1795365374.596" (unix seconds, exact to the nanosecond), "2026-11-22T16:38:29.459903Z", without
// zone = UTC.
std::optional<base::UnixNanos> parse_timestamp(std::string_view text);

// A time is believed when it is at most a minute ahead of its arrival and at most 30 days old: the
// bounds of Relay.
inline constexpr int64_t kMostAheadNanos = base::kNanosPerMinute;
inline constexpr int64_t kMostBehindNanos = 30 * base::kNanosPerDay;

inline bool is_believable(base::UnixNanos time, base::UnixNanos received) {
  return time <= received + kMostAheadNanos && time >= received - kMostBehindNanos;
}

}  // namespace tripod::ingest::sentry
