// Which timestamps are believed. Records outside are rejected by name; a missing time becomes the time of arrival.
#pragma once

#include "base/clock.h"
#include "model/batch.h"

namespace tripod::pipeline {

struct TimeBounds {
  int64_t oldest = 90 * base::kNanosPerDay;       // before now; the longest retention
  int64_t newest = 10 * base::kNanosPerMinute;    // after now: clocks differ
};

// Removes logs, spans and samples outside of now-oldest .. now+newest and records why. Error events never are: their time is
// corrected by the decoder, since SDKs do not send an event twice.
void keep_within(model::Batch& batch, base::UnixNanos now, const TimeBounds& bounds);

}  // namespace tripod::pipeline
