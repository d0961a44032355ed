#include "query/logql/window_reducer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "query/logql/windows.h"

namespace tripod::query::logql {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<Sample> samples_of(size_t count, bool whole) {
  std::mt19937_64 random(11);
  std::vector<Sample> out;
  for (size_t i = 0; i < count; ++i) {
    const auto value = static_cast<double>(random() % 100'000);
    out.push_back({static_cast<int64_t>(i), whole ? value : value / 1024});
  }
  return out;
}

double reduced(RangeOp op, const std::vector<Sample>& samples, size_t from, size_t to) {
  WindowReducer reducer({op, 0.5, 10}, {});
  EXPECT_TRUE(reducer.begin(samples));
  return *reducer.reduce(from, to);
}

// The same window as a series of its own begins no block where the long one does.
TEST(WindowReducer, BlocksSayWhatSamplesSay) {
  for (const bool whole : {true, false}) {
    std::vector<Sample> samples = samples_of(3000, whole);
    samples[700].value = std::numeric_limits<double>::quiet_NaN();
    for (const RangeOp op : {RangeOp::kSumOverTime, RangeOp::kAvgOverTime, RangeOp::kRate, RangeOp::kMinOverTime, RangeOp::kMaxOverTime,
                             RangeOp::kRateCounter, RangeOp::kFirstOverTime, RangeOp::kLastOverTime, RangeOp::kStddevOverTime,
                             RangeOp::kQuantileOverTime}) {
      for (const auto [from, to] : {std::pair<size_t, size_t>{0, 3000}, {1, 600}, {255, 257}, {256, 512}, {300, 2999}, {699, 702}, {701, 3000}}) {
        const std::vector<Sample> window(samples.begin() + static_cast<ptrdiff_t>(from), samples.begin() + static_cast<ptrdiff_t>(to));
        const double in_place = reduced(op, samples, from, to), alone = reduced(op, window, 0, window.size());
        EXPECT_TRUE(in_place == alone || (std::isnan(in_place) && std::isnan(alone))) << op_text(op) << " " << from << " " << to;
      }
    }
  }
}

TEST(WindowReducer, WhatIsTooLargeToSum) {
  std::vector<Sample> samples = samples_of(600, true);
  for (size_t i = 0; i < 300; ++i) samples[i].value = 1e308;
  for (size_t i = 300; i < 600; ++i) samples[i].value = -1e308;
  EXPECT_EQ(reduced(RangeOp::kSumOverTime, samples, 0, 600), kInfinity);
  EXPECT_LT(std::fabs(reduced(RangeOp::kAvgOverTime, samples, 0, 600)), 1e300);
  samples[5].value = kInfinity;
  EXPECT_EQ(reduced(RangeOp::kAvgOverTime, samples, 0, 300), kInfinity);
  EXPECT_EQ(reduced(RangeOp::kMaxOverTime, samples, 0, 600), kInfinity);
}

size_t polls_of(RangeOp op, const std::vector<Sample>& samples, size_t windows) {
  size_t polls = 0;
  WindowReducer reducer({op, 0.5, 10}, [&]() -> base::Result<> {
    ++polls;
    return {};
  });
  EXPECT_TRUE(reducer.begin(samples));
  for (size_t i = 0; i < windows; ++i) EXPECT_TRUE(reducer.reduce(0, samples.size()));
  return polls;
}

TEST(WindowReducer, LooksAtWhatOverlapsOnceAndAtTheClockInBetween) {
  const std::vector<Sample> samples = samples_of(20'000, true);
  EXPECT_GE(polls_of(RangeOp::kStddevOverTime, samples, 500), 9u);
  EXPECT_LE(polls_of(RangeOp::kSumOverTime, samples, 500), 1u);
  EXPECT_LE(polls_of(RangeOp::kMaxOverTime, samples, 500), 1u);
  EXPECT_EQ(polls_of(RangeOp::kLastOverTime, samples, 500), 0u);
}

TEST(Windows, EndsWhereItsDeadlineDoes) {
  WindowOptions options;
  options.op = RangeOp::kStddevOverTime;
  options.range = 100'000;
  options.frame = {0, 1'000, 100};
  options.max_series = 1;
  options.max_bytes = 10u << 20;
  options.poll = []() -> base::Result<> { return base::fail(base::Code::kDeadlineExceeded, "too long"); };
  Windows windows(options);
  for (int64_t i = 0; i < 50'000; ++i) ASSERT_TRUE(windows.add({}, i, 1.5));
  const auto ended = windows.finish();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, base::Code::kDeadlineExceeded);
}

// A series of few samples has a column of results as long as any other's.
TEST(Windows, ResultsAreHeldToo) {
  WindowOptions options;
  options.op = RangeOp::kSumOverTime;
  options.range = 10;
  options.frame = {0, 10, 10'000};
  options.max_series = 1'000;
  options.max_bytes = 1u << 20;
  Windows windows(options);
  size_t taken = 0;
  while (taken < 1'000 && windows.add({{"n", std::to_string(taken)}}, 5, 1)) ++taken;
  EXPECT_EQ(taken, 13u);
}

}  // namespace
}  // namespace tripod::query::logql
