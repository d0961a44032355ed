#include "monitor/crontab.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/time_text.h"

namespace tripod::monitor {
namespace {

using testing::HasSubstr;

// The readings that follow 2026-11-23 18:03, in short.
std::string after(const std::string& crontab, int count, const std::string& from = "2026-11-23T18:03:20Z") {
  const auto parsed = Crontab::parse(crontab);
  if (!parsed) return parsed.error().message;
  base::UnixNanos at = *base::parse_rfc3339(from);
  std::string out;
  for (int i = 0; i < count; ++i) {
    const auto next = parsed->next_after(at);
    if (!next) return out + " none";
    EXPECT_TRUE(parsed->matches(*next)) << crontab;
    at = *next;
    out += (out.empty() ? "" : ", ") + base::format_rfc3339(at).substr(0, 16);
  }
  return out;
}

TEST(CrontabTest, NumbersRangesStepsAndLists) {
  EXPECT_EQ(after("* * * * *", 2), "2026-11-23T18:04, 2026-11-23T18:05");
  EXPECT_EQ(after("*/20 * * * *", 3), "2026-11-23T18:20, 2026-11-23T18:40, 2026-11-23T19:00");
  EXPECT_EQ(after("5/20 * * * *", 3), "2026-11-23T18:05, 2026-11-23T18:25, 2026-11-23T18:45");
  EXPECT_EQ(after("0 9-17/4 * * *", 3), "2026-11-24T09:00, 2026-11-24T13:00, 2026-11-24T17:00");
  EXPECT_EQ(after("3,10 18 * * *", 2), "2026-11-23T18:10, 2026-11-24T18:03");
  EXPECT_EQ(after("  30\t2  1 jan,JUL *  ", 2), "2027-01-01T02:30, 2027-07-01T02:30");
  EXPECT_EQ(after("0 0 29 2 *", 2), "2028-02-29T00:00, 2032-02-29T00:00");
}

TEST(CrontabTest, DaysOfTheMonthAndOfTheWeek) {
  EXPECT_EQ(after("0 8 * * mon-fri", 3, "2026-11-26T12:00:00Z"), "2026-11-27T08:00, 2026-11-30T08:00, 2026-12-01T08:00");
  EXPECT_EQ(after("0 8 * * 7", 1), after("0 8 * * 0", 1));
  EXPECT_EQ(after("0 8 * * 5-7", 3, "2026-11-26T12:00:00Z"), "2026-11-27T08:00, 2026-11-28T08:00, 2026-11-29T08:00");
  // Either of two that are restricted; both where one begins with a star.
  EXPECT_EQ(after("0 0 1 * fri", 3), "2026-11-27T00:00, 2026-12-01T00:00, 2026-12-04T00:00");
  EXPECT_EQ(after("0 0 */2 * sun", 2), "2026-11-29T00:00, 2026-12-13T00:00");
  EXPECT_EQ(after("0 0 L * *", 3), "2026-11-30T00:00, 2026-12-31T00:00, 2027-01-31T00:00");
  EXPECT_EQ(after("0 0 * * 5L", 2), "2026-11-27T00:00, 2026-12-25T00:00");
  EXPECT_EQ(after("0 0 * * tue#2", 2), "2026-12-08T00:00, 2027-01-12T00:00");
}

TEST(CrontabTest, Nicknames) {
  EXPECT_EQ(after("@hourly", 1), "2026-11-23T19:00");
  EXPECT_EQ(after("@daily", 1), "2026-11-24T00:00");
  EXPECT_EQ(after("@weekly", 1), "2026-11-29T00:00");
  EXPECT_EQ(after("@monthly", 1), "2026-12-01T00:00");
  EXPECT_EQ(after("@Yearly", 1), "2027-01-01T00:00");
}

TEST(CrontabTest, WhatIsNone) {
  for (const char* text : {"", "  ", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *", "* * * * 8", "a * * * *",
                           "5-1 * * * *", "*/0 * * * *", "1,,2 * * * *", "-1 * * * *", "1- * * * *", "@often", "0 0 * * 5#6", "0 0 * * #1", "0 0 LW * *", "1/ * * * *"}) {
    const auto parsed = Crontab::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr("crontab: ")) << text;
  }
  EXPECT_THAT(Crontab::parse("0 0 30 2 *").error().message, HasSubstr("no such day"));
  EXPECT_THAT(Crontab::parse("* 25 * * *").error().message, HasSubstr("\"25\" is no hour"));
  EXPECT_FALSE(Crontab::parse(std::string(300, '1')));
}

}  // namespace
}  // namespace tripod::monitor
