#include "base/time_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <climits>

namespace tripod::base {
namespace {

using ::testing::HasSubstr;

constexpr UnixNanos kThen = 1'795'365'594'824'137'000;  // 2026-11-22T16:39:54.824137Z

TEST(Rfc3339, ReadsEveryForm) {
  EXPECT_EQ(parse_rfc3339("2026-11-22T16:39:54.824137Z").value(), kThen);
  EXPECT_EQ(parse_rfc3339("2026-11-22 16:39:54.824137").value(), kThen);
  EXPECT_EQ(parse_rfc3339("2026-11-22t16:39:54.824137z").value(), kThen);
  EXPECT_EQ(parse_rfc3339("2026-11-22 16:39:54,824137+00:00").value(), kThen);
  EXPECT_EQ(parse_rfc3339("2026-11-22T18:09:54.824137+01:30").value(), kThen);
  EXPECT_EQ(parse_rfc3339("2026-11-22T18:09:54.824137+0130").value(), kThen);
  EXPECT_EQ(parse_rfc3339("2026-11-22T09:39:54.824137-07").value(), kThen);
  EXPECT_EQ(parse_rfc3339("2026-11-22T16:39:54.8241370004Z").value(), kThen);
  EXPECT_EQ(parse_rfc3339("2026-11-22T16:39:54.824137001Z").value(), kThen + 1);
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z").value(), 0);
  EXPECT_EQ(parse_rfc3339("1969-12-31T23:59:59.5Z").value(), -500'000'000);
  EXPECT_EQ(parse_rfc3339("2024-02-29T00:00:00Z").value(), 1'709'164'800 * kNanosPerSecond);
  // A leap second is the second after it.
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z").value(),
            parse_rfc3339("2017-01-01T00:00:00Z").value());
}

TEST(Rfc3339, RefusesWhatIsNot) {
  for (const char* text : {"",
                           "2026",
                           "2026-11-22",
                           "2026-11-22T",
                           "2026-11-22T16:39",
                           "2026-11-22T16:39:54.",
                           "2026-11-22T16:39:54Zx",
                           "2026-11-22T16:39:54+1",
                           "2026-11-22T16:39:54+24:00",
                           "2026-11-22T16:39:54+01:",
                           "2026-11-22T16:39:54+01:60",
                           "2026-02-29T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-11-31T00:00:00Z",
                           "2026-11-22T24:00:00Z",
                           "2026-11-22T16:60:00Z",
                           "2026-11-22T16:39:61Z",
                           "2026-1-22T16:39:54Z",
                           "+026-11-22T16:39:54Z",
                           "2026/11/22T16:39:54Z",
                           "2026-11-22X16:39:54Z",
                           "2026-11-22T16:39:54.x"}) {
    const auto got = parse_rfc3339(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, Code::kInvalidArgument) << text;
  }
}

TEST(Rfc3339, RefusesWhatNanosecondsCannotHold) {
  EXPECT_EQ(parse_rfc3339("2262-04-11T23:47:16.854775807Z").value(), INT64_MAX);
  EXPECT_THAT(parse_rfc3339("2262-04-11T23:47:16.854775808Z").error().message,
              HasSubstr("out of range"));
  EXPECT_EQ(parse_rfc3339("1677-09-21T00:12:43.145224192Z").value(), INT64_MIN);
  EXPECT_FALSE(parse_rfc3339("1677-09-21T00:12:43.145224191Z"));
  EXPECT_FALSE(parse_rfc3339("9999-12-31T23:59:59Z"));
  EXPECT_FALSE(parse_rfc3339("0000-01-01T00:00:00Z"));
}

TEST(Rfc3339, WritesMicrosecondsOrNanoseconds) {
  EXPECT_EQ(format_rfc3339(kThen), "2026-11-22T16:39:54.824137Z");
  EXPECT_EQ(format_rfc3339(kThen + 1), "2026-11-22T16:39:54.824137001Z");
  EXPECT_EQ(format_rfc3339(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_rfc3339(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(format_rfc3339(INT64_MIN), "1677-09-21T00:12:43.145224192Z");
  EXPECT_EQ(format_rfc3339(INT64_MAX), "2262-04-11T23:47:16.854775807Z");
}

TEST(Rfc3339, RoundTrips) {
  for (UnixNanos t = INT64_MIN / 2; t < INT64_MAX / 2; t += 86'400'123'456'789'012) {
    EXPECT_EQ(parse_rfc3339(format_rfc3339(t)).value(), t);
  }
}

TEST(Duration, ReadsPrometheusForms) {
  EXPECT_EQ(parse_duration("0").value(), 0);
  EXPECT_EQ(parse_duration("15s").value(), 15 * kNanosPerSecond);
  EXPECT_EQ(parse_duration("500ms").value(), 500 * kNanosPerMilli);
  EXPECT_EQ(parse_duration("1h30m").value(), 90 * kNanosPerMinute);
  EXPECT_EQ(parse_duration("1d").value(), kNanosPerDay);
  EXPECT_EQ(parse_duration("2w").value(), 14 * kNanosPerDay);
  EXPECT_EQ(parse_duration("1y").value(), 365 * kNanosPerDay);
  EXPECT_EQ(parse_duration("1y2w3d4h5m6s7ms").value(),
            (365 + 14 + 3) * kNanosPerDay + 4 * kNanosPerHour + 5 * kNanosPerMinute +
                6 * kNanosPerSecond + 7 * kNanosPerMilli);
  EXPECT_EQ(parse_duration("0s").value(), 0);
}

TEST(Duration, RefusesWhatPrometheusRefuses) {
  for (const char* text : {"", "1", "s", "-1s", "1.5h", "1m1h", "1s1s", "1h 30m", "1us", "1S", "5",
                           "300y", "99999999999999999999s", "1h30"}) {
    const auto got = parse_duration(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, Code::kInvalidArgument) << text;
  }
}

TEST(Instant, ReadsSecondsExactly) {
  EXPECT_EQ(parse_instant("1795365594.824137001", 0).value(), kThen + 1);
  EXPECT_EQ(parse_instant("1795365594", 0).value(), 1'795'365'594 * kNanosPerSecond);
  EXPECT_EQ(parse_instant("1795365594.", 0).value(), 1'795'365'594 * kNanosPerSecond);
  EXPECT_EQ(parse_instant("-1.5", 0).value(), -1'500'000'000);
  EXPECT_EQ(parse_instant("1.7e9", 0).value(), 1'700'000'000 * kNanosPerSecond);
  EXPECT_EQ(parse_instant("0", 7).value(), 0);
}

TEST(Instant, ReadsDatesAndNow) {
  EXPECT_EQ(parse_instant("2026-11-22T16:39:54.824137Z", 0).value(), kThen);
  EXPECT_EQ(parse_instant("now", kThen).value(), kThen);
  EXPECT_EQ(parse_instant("now-15m", kThen).value(), kThen - 15 * kNanosPerMinute);
  EXPECT_EQ(parse_instant("now+1h", kThen).value(), kThen + kNanosPerHour);
}

TEST(Instant, RefusesTheRest) {
  for (const char* text : {"", "-", "abc", "now-", "now15m", "now-1x", "nowadays", "1.2.3", "1e400",
                           "nan", "inf", "9999999999999", "1e30", "12h", ".5", "--1", "0x10"}) {
    const auto got = parse_instant(text, kThen);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code, Code::kInvalidArgument) << text;
  }
  EXPECT_THAT(parse_instant("now+290y", kThen).error().message, HasSubstr("out of range"));
  EXPECT_LT(parse_instant(std::string(100'000, 'x'), 0).error().message.size(), 200u);
}

}  // namespace
}  // namespace tripod::base
