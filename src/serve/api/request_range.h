// Parameters that every query takes: times, limits.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "serve/http/message.h"
#include "store/events/plan.h"

namespace tripod::serve {

// Within [1970, 2116): nothing outside is stored, and lengths of ranges can be added and rounded without care.
store::TimeRange bounded(store::TimeRange range);
// a - b, the least or most integer where it does not fit.
int64_t saturating_minus(int64_t a, int64_t b);
// `start` and `end` (see base::parse_instant); missing ones give the last `default_range` up to now. The end is exclusive. The range is bounded().
base::Result<store::TimeRange> time_range_of(const HttpRequest& request, base::UnixNanos now,
                                             int64_t default_range = base::kNanosPerHour);
// A whole number between `least` and `most`, or `fallback` when missing.
base::Result<int64_t> int_parameter(const HttpRequest& request, std::string_view name, int64_t fallback, int64_t least,
                                    int64_t most);

}  // namespace tripod::serve
