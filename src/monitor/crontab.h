// When a job is to run, in cron's words: crontab(5) as Debian's cron and Sentry's monitors read it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace tripod::monitor {

// Minutes of a clock. Five fields (minute, hour, day of the month, month, day of the week) of *, numbers, names, ranges, steps and
// lists, `?` for *, L for the last day of the month, `5L` for its last Friday and `5#2` for its second; or @hourly, @daily, @midnight,
// @weekly, @monthly, @yearly, @annually. Days are those of either day field where both are restricted. Immutable.
class Crontab {
 public:
  static constexpr size_t kMostBytes = 256;

  // kInvalidArgument: which field, and what is wrong with it; also of a schedule that no day ever meets ("0 0 30 2 *").
  static base::Result<Crontab> parse(std::string_view text);

  // The first reading after `local` that is meant; both as if the clock showed UTC, and whole minutes. nullopt: none in 40 years.
  std::optional<base::UnixNanos> next_after(base::UnixNanos local) const;
  // That every hour is meant that the day has: such a job runs by real time where the clock is put back.
  bool is_every_hour() const { return hours_ == (1u << 24) - 1; }
  bool matches(base::UnixNanos local) const;

 private:
  Crontab() = default;
  base::Result<> read(std::string_view text);
  base::Result<> read_days_of_week(std::string_view field);
  base::Result<> read_days_of_month(std::string_view field);
  bool is_day(int64_t day) const;

  uint64_t minutes_ = 0;
  uint32_t hours_ = 0;
  uint32_t days_ = 0;      // bit 1..31
  uint32_t months_ = 0;    // bit 1..12
  uint32_t weekdays_ = 0;  // bit 0 (Sunday) .. 6
  bool last_day_ = false;  // of the month
  std::array<uint8_t, 7> nth_weekdays_{};  // per weekday: bit n (1..5) its n-th of the month, bit 6 its last
  bool any_day_ = true;      // the field begins with *
  bool any_weekday_ = true;
};

}  // namespace tripod::monitor
