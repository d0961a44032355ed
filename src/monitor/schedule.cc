#include "monitor/schedule.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace tripod::monitor {

using base::Code;
using base::kNanosPerDay;
using base::kNanosPerHour;
using base::kNanosPerMinute;
using base::Result;
using base::UnixNanos;

namespace {

constexpr int64_t kMostUnits = 10'000;
constexpr int64_t kMostShift = 3 * kNanosPerHour;  // that a clock is put back at once
// Times beyond are not counted: nanoseconds would not hold them.
constexpr UnixNanos kLast = INT64_MAX / 4 * 3;

int64_t floor_to(int64_t value, int64_t step) { return value - (value % step + step) % step; }

// A month later is the same day of it, or its last.
int64_t add_months(int64_t day, int64_t months) {
  const std::chrono::year_month_day date = std::chrono::sys_days(std::chrono::days(day));
  auto moved = date + std::chrono::months(months);
  if (!moved.ok()) moved = moved.year() / moved.month() / std::chrono::last;
  return std::chrono::sys_days(moved).time_since_epoch().count();
}

}  // namespace

Result<Schedule> Schedule::crontab(std::string_view text, const std::string& time_zone) {
  auto zone = base::TimeZone::parse(time_zone);
  if (!zone) return base::fail(std::move(zone.error()));
  auto parsed = Crontab::parse(text);
  if (!parsed) return base::fail(std::move(parsed.error()));
  Schedule out;
  out.zone_ = std::move(*zone);
  out.crontab_ = *parsed;
  return out;
}

Result<Schedule> Schedule::interval(int64_t value, std::string_view unit, const std::string& time_zone) {
  static constexpr std::array<std::string_view, 6> kUnits = {"minute", "hour", "day", "week", "month", "year"};
  auto zone = base::TimeZone::parse(time_zone);
  if (!zone) return base::fail(std::move(zone.error()));
  const auto known = std::ranges::find(kUnits, unit);
  if (known == kUnits.end()) return base::fail(Code::kInvalidArgument, "interval: the unit must be minute, hour, day, week, month or year");
  if (value < 1 || value > kMostUnits) return base::fail(Code::kInvalidArgument, "interval: the value must be 1 to 10000");
  Schedule out;
  out.zone_ = std::move(*zone);
  out.value_ = value;
  out.unit_ = static_cast<IntervalUnit>(known - kUnits.begin());
  return out;
}

std::optional<UnixNanos> Schedule::next_after(UnixNanos time) const {
  if (time < 0 || time > kLast) return std::nullopt;
  return crontab_ ? next_of_crontab(time) : next_of_interval(time);
}

std::optional<UnixNanos> Schedule::next_of_crontab(UnixNanos time) const {
  const UnixNanos now = zone_.to_local(time);
  if (crontab_->is_every_hour() && zone_.to_local(time + kMostShift) - now < kMostShift) {
    // The clock is put back soon: some of the readings to come are not after this one.
    for (UnixNanos at = floor_to(time, kNanosPerMinute) + kNanosPerMinute; at <= time + kMostShift; at += kNanosPerMinute) {
      if (crontab_->matches(zone_.to_local(at))) return at;
    }
  }
  UnixNanos local = now;
  while (true) {
    const auto reading = crontab_->next_after(local);
    if (!reading || *reading > kLast) return std::nullopt;
    // Where a clock was put back, the first instant of a reading may lie behind us: that one was meant, but for what runs every hour.
    if (const UnixNanos at = zone_.to_utc(*reading); at > time) return at;
    const UnixNanos again = time + (*reading - now);
    if (crontab_->is_every_hour() && zone_.to_local(again) == *reading) return again;
    local = *reading;
  }
}

std::optional<UnixNanos> Schedule::next_of_interval(UnixNanos time) const {
  const UnixNanos from = floor_to(time, kNanosPerMinute);
  if (unit_ == IntervalUnit::kMinute) return from + value_ * kNanosPerMinute;
  if (unit_ == IntervalUnit::kHour) return from + value_ * kNanosPerHour;
  const UnixNanos local = zone_.to_local(from);
  const UnixNanos midnight = floor_to(local, kNanosPerDay);
  const int64_t day = midnight / kNanosPerDay;
  int64_t next = 0;
  switch (unit_) {
    case IntervalUnit::kDay: next = day + value_; break;
    case IntervalUnit::kWeek: next = day + 7 * value_; break;
    case IntervalUnit::kMonth: next = add_months(day, value_); break;
    default: next = add_months(day, 12 * value_); break;
  }
  if (next > kLast / kNanosPerDay) return std::nullopt;
  return zone_.to_utc(next * kNanosPerDay + (local - midnight));
}

}  // namespace tripod::monitor
