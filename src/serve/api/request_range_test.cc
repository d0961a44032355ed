#include "serve/api/request_range.h"

#include <gtest/gtest.h>

namespace tripod::serve {
namespace {

constexpr base::UnixNanos kNow = 1'795'366'200'000'000'000;

base::Result<store::TimeRange> range_of(std::string start, std::string end) {
  HttpRequest request;
  if (!start.empty()) request.query.emplace_back("start", std::move(start));
  if (!end.empty()) request.query.emplace_back("end", std::move(end));
  return time_range_of(request, kNow);
}

TEST(TimeRangeOf, TakesTheLastHourUnlessToldOtherwise) {
  const auto range = range_of("", "");
  ASSERT_TRUE(range);
  EXPECT_EQ(range->end, kNow + 1);
  EXPECT_EQ(range->end - range->start, base::kNanosPerHour);
  EXPECT_EQ(range_of("now-2h", "now-1h")->start, kNow - 2 * base::kNanosPerHour);
  EXPECT_EQ(range_of("now", "now-1h").error().code, base::Code::kInvalidArgument);
}

TEST(TimeRangeOf, TheEndsOfTimeAreNotOverrun) {
  for (const char* end : {"-9223372036.854775808", "1677-09-21T00:12:44Z", "0"}) {
    const auto range = range_of("", end);
    ASSERT_TRUE(range) << end;
    EXPECT_EQ(range->start, 0) << end;
    EXPECT_EQ(range->end, 0) << end;
  }
  const auto all = range_of("-9223372036", "9223372036");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->start, 0);
  // Room to round lengths up and to add steps.
  EXPECT_LE(all->end, INT64_MAX / 2);
  EXPECT_GT(all->end, kNow);
}

TEST(SaturatingMinus, StopsAtTheEnds) {
  EXPECT_EQ(saturating_minus(5, 7), -2);
  EXPECT_EQ(saturating_minus(INT64_MIN, 1), INT64_MIN);
  EXPECT_EQ(saturating_minus(1, INT64_MIN), INT64_MAX);
}

}  // namespace
}  // namespace tripod::serve
