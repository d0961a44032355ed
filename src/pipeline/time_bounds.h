// Which timestamps are believed. Records outside are rejected by name; a missing time becomes the time of arrival.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "model/batch.h"

namespace tripod::pipeline {

inline constexpr std::string_view kTimestampTooOld = "timestamp_too_old";
inline constexpr std::string_view kTimestampTooNew = "timestamp_too_new";

struct TimeBounds {
  // Before now; not beyond the retention of logs and of spans, or they would go at once. INT64_MAX: from 1970 on.
  int64_t oldest_log = 30 * base::kNanosPerDay;
  int64_t oldest_span = 30 * base::kNanosPerDay;
  int64_t newest = 10 * base::kNanosPerMinute;    // after now: clocks differ
};

// Removes logs and spans outside of now-oldest .. now+newest, and samples after it, and records why and of logs which (Batch::left_out_logs;
// the metric store knows how old a
// sample may be). Error events never are: their time is
// corrected by the decoder, since SDKs do not send an event twice.
void keep_within(model::Batch& batch, base::UnixNanos now, const TimeBounds& bounds);

}  // namespace tripod::pipeline
