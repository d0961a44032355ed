// When each target is due: decisions only, no clock and no threads.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"

namespace tripod::scrape {

// Every target has its own offset within the interval, by the hash of what identifies it: load is
// spread, and a restart goes on in the same rhythm.
int64_t scrape_offset_ns(std::string_view identity, int64_t interval_ns);
// The first moment after `now` at which a target with this offset is due.
base::UnixNanos next_due(base::UnixNanos now, int64_t interval_ns, int64_t offset_ns);
// The timestamp of a scrape that was due at `due` and began at `now`: the due time when it began on
// time (a hundredth of the interval, at most 20 ms late), so that evenly spaced scrapes compress as
// such; else the truth.
int64_t scrape_time_ms(base::UnixNanos due, base::UnixNanos now, int64_t interval_ns);

}  // namespace tripod::scrape
