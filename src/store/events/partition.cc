#include "store/events/partition.h"

#include <fmt/format.h>

#include <chrono>

namespace tripod::store {
namespace {

// Rounds down for times before 1970 too.
int64_t whole_days(base::UnixNanos time) {
  return time / base::kNanosPerDay - (time % base::kNanosPerDay < 0 ? 1 : 0);
}

}  // namespace

Day day_of(base::UnixNanos time, base::UnixNanos now) {
  const int64_t day = whole_days(time), today = whole_days(now);
  if (day < today - kMostPastDays || day > today + kMostFutureDays) return kOtherDay;
  return static_cast<Day>(day);
}

std::string partition_name(Day day) {
  if (day == kOtherDay) return "other";
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  return fmt::format("{:04}{:02}{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

}  // namespace tripod::store
