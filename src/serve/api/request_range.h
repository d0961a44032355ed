// Parameters that every query takes: times, limits.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "serve/http/message.h"
#include "store/events/plan.h"

namespace tripod::serve {

// `start` and `end` (see base::parse_instant); missing ones give the last `default_range` up to now. The end is exclusive.
base::Result<store::TimeRange> time_range_of(const HttpRequest& request, base::UnixNanos now,
                                             int64_t default_range = base::kNanosPerHour);
// A whole number between `least` and `most`, or `fallback` when missing.
base::Result<int64_t> int_parameter(const HttpRequest& request, std::string_view name, int64_t fallback, int64_t least,
                                    int64_t most);

}  // namespace tripod::serve
