// When a monitor's check-ins are expected. https://develop.sentry.dev/sdk/telemetry/check-ins/
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/time_zone.h"
#include "monitor/crontab.h"

namespace tripod::monitor {

enum class IntervalUnit : uint8_t { kMinute, kHour, kDay, kWeek, kMonth, kYear };

// Immutable.
class Schedule {
 public:
  // kInvalidArgument.
  static base::Result<Schedule> crontab(std::string_view text, const std::string& time_zone);
  // Every `value` (1 to 10,000) of "minute", "hour", "day", "week", "month" or "year" after the last check-in.
  static base::Result<Schedule> interval(int64_t value, std::string_view unit, const std::string& time_zone);

  // When the check-in after one at `time` is expected: a whole minute, after `time`. nullopt: beyond the years that are counted.
  // A reading that the clock skips counts as if it had not been put forward yet; one that it shows twice counts once, unless every
  // hour is meant: then by real time.
  std::optional<base::UnixNanos> next_after(base::UnixNanos time) const;

 private:
  std::optional<base::UnixNanos> next_of_crontab(base::UnixNanos time) const;
  std::optional<base::UnixNanos> next_of_interval(base::UnixNanos time) const;

  base::TimeZone zone_;
  std::optional<Crontab> crontab_;  // else an interval
  int64_t value_ = 1;
  IntervalUnit unit_ = IntervalUnit::kMinute;
};

}  // namespace tripod::monitor
