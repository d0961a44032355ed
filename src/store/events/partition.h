// Parts are kept apart by the UTC day of their records' times, so that a time range touches few parts and old days go as a
// whole.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace tripod::store {

// Days since 1970, or kOtherDay.
using Day = int32_t;
// Times far from now (a sender's wrong clock) share one partition: their days could be any number.
inline constexpr Day kOtherDay = INT32_MIN;
inline constexpr int kMostPastDays = 400;
inline constexpr int kMostFutureDays = 2;

Day day_of(base::UnixNanos time, base::UnixNanos now);
// "20260131", "other": the partition's folder.
std::string partition_name(Day day);

}  // namespace tripod::store
