// Instants and durations as text: RFC 3339, relative expressions, Prometheus durations.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace tripod::base {

// RFC 3339 / ISO 8601 with optional fraction (up to 9 digits kept) and offset; "T" or a blank
// between date and time; without an offset it is UTC.
Result<UnixNanos> parse_rfc3339(std::string_view text);
// "2026-11-22T16:39:54.824137Z": microseconds, or nanoseconds where they are not zero.
std::string format_rfc3339(UnixNanos t);
// Prometheus duration: "15s", "1h30m", "500ms", "1d", "2w", "1y"; nanoseconds. "0" is allowed.
Result<int64_t> parse_duration(std::string_view text);
// A query parameter: unix seconds with decimals, RFC 3339, "now", "now-15m", "now+1h".
Result<UnixNanos> parse_instant(std::string_view text, UnixNanos now);

}  // namespace tripod::base
