// The error event that tells of a failed job: it takes the way of all error events, and so becomes an issue.
#pragma once

#include "model/batch.h"
#include "monitor/board.h"

namespace tripod::monitor {

// One event, grouped by monitor and environment (fingerprint "crons", slug, environment); its id is the check-in's.
model::Batch failure_event(const Failure& failure, base::UnixNanos now);

}  // namespace tripod::monitor
