#include "monitor/schedule.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace tripod::monitor {
namespace {

// The times that follow, as UTC.
std::string after(const base::Result<Schedule>& schedule, const std::string& from, int count) {
  if (!schedule) return schedule.error().message;
  base::UnixNanos at = *base::parse_rfc3339(from);
  std::string out;
  for (int i = 0; i < count; ++i) {
    const auto next = schedule->next_after(at);
    if (!next) return out + " none";
    at = *next;
    out += (out.empty() ? "" : ", ") + base::format_rfc3339(at).substr(5, 11);
  }
  return out;
}

std::string crontab(const std::string& text, const std::string& from, int count) {
  return after(Schedule::crontab(text, "Europe/Berlin"), from, count);
}

std::string interval(int64_t value, const std::string& unit, const std::string& from, int count) {
  return after(Schedule::interval(value, unit, "Europe/Berlin"), from, count);
}

TEST(ScheduleTest, ReadingsAreThoseOfItsTimeZone) {
  EXPECT_EQ(crontab("0 9 * * *", "2026-06-01T00:00:00Z", 1), "06-01T07:00");
  EXPECT_EQ(crontab("0 9 * * *", "2026-12-01T00:00:00Z", 1), "12-01T08:00");
  EXPECT_EQ(after(Schedule::crontab("0 9 * * *", "+05:30"), "2026-12-01T00:00:00Z", 1), "12-01T03:30");
}

// In Berlin 2026-03-29 has no time from 02:00 to 03:00 (01:00 UTC is 03:00).
TEST(ScheduleTest, AReadingThatTheClockSkipsIsNotSkipped) {
  EXPECT_EQ(crontab("30 2 * * *", "2026-03-28T00:00:00Z", 3), "03-28T01:30, 03-29T01:30, 03-30T00:30");
  EXPECT_EQ(crontab("30 * * * *", "2026-03-29T00:00:00Z", 3), "03-29T00:30, 03-29T01:30, 03-29T02:30");
  EXPECT_EQ(crontab("*/30 * * * *", "2026-03-29T00:30:00Z", 3), "03-29T01:00, 03-29T01:30, 03-29T02:00");
}

// 2026-10-25 has the time from 02:00 to 03:00 twice (00:00 and 01:00 UTC are 02:00).
TEST(ScheduleTest, AReadingThatTheClockShowsTwiceIsMeantOnce) {
  EXPECT_EQ(crontab("30 2 * * *", "2026-10-24T12:00:00Z", 2), "10-25T00:30, 10-26T01:30");
  EXPECT_EQ(crontab("0,30 2,3 * * *", "2026-10-24T12:00:00Z", 4), "10-25T00:00, 10-25T00:30, 10-25T02:00, 10-25T02:30");
  // Between the two: the first was meant.
  EXPECT_EQ(crontab("30 2 * * *", "2026-10-25T01:10:00Z", 1), "10-26T01:30");
}

TEST(ScheduleTest, WhatIsMeantEveryHourRunsByRealTime) {
  EXPECT_EQ(crontab("30 * * * *", "2026-10-24T23:00:00Z", 4), "10-24T23:30, 10-25T00:30, 10-25T01:30, 10-25T02:30");
  EXPECT_EQ(crontab("*/20 * * * *", "2026-10-25T00:40:00Z", 4), "10-25T01:00, 10-25T01:20, 10-25T01:40, 10-25T02:00");
}

TEST(ScheduleTest, Intervals) {
  EXPECT_EQ(interval(5, "minute", "2026-11-23T18:03:20Z", 2), "11-23T18:08, 11-23T18:13");
  EXPECT_EQ(interval(2, "hour", "2026-10-24T23:00:00Z", 2), "10-25T01:00, 10-25T03:00");
  // A day later is the same time of day.
  EXPECT_EQ(interval(1, "day", "2026-10-24T12:00:00Z", 2), "10-25T13:00, 10-26T13:00");
  EXPECT_EQ(interval(1, "week", "2026-11-23T18:03:20Z", 1), "11-30T18:03");
  EXPECT_EQ(interval(1, "month", "2026-01-31T12:00:00Z", 1), "02-28T12:00");
  EXPECT_EQ(interval(1, "year", "2026-02-01T12:00:00Z", 1), "02-01T12:00");
  EXPECT_EQ(interval(10'000, "year", "2026-02-01T12:00:00Z", 1), " none");
}

TEST(ScheduleTest, WhatIsNone) {
  EXPECT_FALSE(Schedule::crontab("* * * * *", "Mars/Olympus"));
  EXPECT_FALSE(Schedule::crontab("* * * *", "UTC"));
  EXPECT_FALSE(Schedule::interval(0, "hour", "UTC"));
  EXPECT_FALSE(Schedule::interval(1, "fortnight", "UTC"));
  EXPECT_FALSE(Schedule::interval(1, "hour", "/etc/passwd"));
}

}  // namespace
}  // namespace tripod::monitor
