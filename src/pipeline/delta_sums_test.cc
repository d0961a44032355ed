#include "pipeline/delta_sums.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <limits>
#include <optional>

namespace tripod::pipeline {
namespace {

// One point: its series have the names NAME_0, NAME_1 and so on.
struct Delta {
  std::string name = "a";
  int64_t time_ms = 0;
  std::vector<double> values = {1};
  int64_t start_ms = 0;
  uint64_t shape = 0;
  bool sent_once = false;
};

void add_to(model::Batch& batch, const Delta& delta) {
  const auto first = static_cast<uint32_t>(batch.series.size());
  for (size_t i = 0; i < delta.values.size(); ++i) {
    const model::Label label{"__name__", batch.arena.copy(fmt::format("{}_{}", delta.name, i))};
    const model::Sample sample{delta.time_ms, delta.values[i]};
    batch.series.push_back({batch.arena.copy_array(std::span(&label, 1)), batch.arena.copy_array(std::span(&sample, 1))});
  }
  batch.deltas.push_back({first, static_cast<uint32_t>(delta.values.size()), delta.shape, delta.start_ms, delta.sent_once});
}

class DeltaSumsTest : public testing::Test {
 protected:
  static constexpr int64_t kNewest = 1'000'000'000;

  // What becomes of a point: the samples of each series, "0@9 3@10", or the reason why not.
  std::string add(const Delta& delta) {
    model::Batch batch;
    add_to(batch, delta);
    sums_->accumulate(batch, newest_ms_);
    EXPECT_TRUE(batch.deltas.empty());
    if (batch.series.empty()) {
      EXPECT_EQ(batch.rejected_count(), 1u);
      return batch.rejections.at(0).reason;
    }
    std::string out;
    for (const model::SeriesSamples& series : batch.series) {
      if (!out.empty()) out += " | ";
      for (const model::Sample& sample : series.samples) out += fmt::format("{}{}@{}", out.empty() || out.ends_with(' ') ? "" : " ", sample.value, sample.time_ms);
    }
    return out;
  }
  std::string add(std::string name, int64_t time_ms, double value, int64_t start_ms = 0) {
    return add({.name = std::move(name), .time_ms = time_ms, .values = {value}, .start_ms = start_ms});
  }

  std::optional<DeltaSums> sums_{std::in_place};
  int64_t newest_ms_ = kNewest;
};

TEST_F(DeltaSumsTest, EachSeriesHasItsSumThatBeginsAtZero) {
  EXPECT_EQ(add("a", 1000, 3), "0@999 3@1000");
  EXPECT_EQ(add("b", 1000, 10), "0@999 10@1000");
  EXPECT_EQ(add("a", 2000, 4), "7@2000");
  EXPECT_EQ(add("b", 2000, 1), "11@2000");
}

// Without the zero a counter that rises by 1 from time to time, and after a restart again, would always be 1 to PromQL.
TEST_F(DeltaSumsTest, TheZeroIsAtTheStartOfTheFirstDelta) {
  EXPECT_EQ(add("a", 60'000, 1, 30'000), "0@30001 1@60000");
  sums_.emplace();
  EXPECT_EQ(add("a", 7'260'000, 1, 7'200'000), "0@7200001 1@7260000");
  EXPECT_EQ(add("far", 7'260'000, 1, 1000), "0@7259999 1@7260000") << "the start of the process";
  EXPECT_EQ(add("after", 1000, 1, 2000), "0@999 1@1000");
}

TEST_F(DeltaSumsTest, TheSamePointAgainGivesTheSameSamples) {
  EXPECT_EQ(add("a", 1000, 3), "0@999 3@1000");
  EXPECT_EQ(add("a", 2000, 4), "7@2000");
  EXPECT_EQ(add("a", 3000, 5), "12@3000");
  EXPECT_EQ(add("a", 2000, 4), "7@2000");
  EXPECT_EQ(add("a", 1000, 3), "0@999 3@1000");
  EXPECT_EQ(add("a", 4000, 1), "13@4000");
}

TEST_F(DeltaSumsTest, ALatePointIsAddedBehindTheNewestSampleOnce) {
  add("a", 1000, 3);
  EXPECT_EQ(add("a", 3000, 5), "8@3000");
  EXPECT_EQ(add("a", 2000, 4), "12@3001");
  EXPECT_EQ(add("a", 2000, 4), "12@3001");
  EXPECT_EQ(add("a", 3000, 5), "8@3000");
  EXPECT_EQ(add("a", 3000, 9), "21@3002") << "another process with the same labels";
  EXPECT_EQ(add("a", 4000, 1), "22@4000");
}

// Two requests of a sender whose first append failed: the second comes in between.
TEST_F(DeltaSumsTest, BothOrdersOfTwoPointsHaveTheSameSum) {
  for (const char* name : {"rising", "falling"}) add(name, 1000, 1);
  EXPECT_EQ(add("rising", 2000, 10), "11@2000");
  EXPECT_EQ(add("rising", 3000, 100), "111@3000");
  EXPECT_EQ(add("falling", 3000, 100), "101@3000");
  EXPECT_EQ(add("falling", 2000, 10), "111@3001");
}

TEST_F(DeltaSumsTest, WhatIsOlderThanWhatIsRememberedIsRefused) {
  for (int64_t i = 1; i <= 9; ++i) add("a", i * 1000, 1);
  EXPECT_EQ(add("a", 1000, 1), "out_of_order_delta");
  EXPECT_EQ(add("a", 900, 1), "out_of_order_delta");
  EXPECT_EQ(add("a", 2000, 1), "2@2000");
  EXPECT_EQ(add("a", 1500, 1), "10@9001");
  EXPECT_EQ(add("new", 5000, 1, 4000), "0@4001 1@5000");
  EXPECT_EQ(add("new", 4000, 1), "out_of_order_delta") << "before the sum began";
}

// Late points move the newest sample on by a millisecond each: not for ever.
// Sentry's counters: two processes of one server report the same growth in the same millisecond, and their requests overtake one another.
TEST_F(DeltaSumsTest, PointsThatAreSentOnceAreNoRepeatsAndNeverLate) {
  const auto once = [&](int64_t time_ms) { return add({.time_ms = time_ms, .sent_once = true}); };
  EXPECT_EQ(once(20'000), "0@19999 1@20000");
  EXPECT_EQ(once(20'000), "2@20001");
  for (int i = 0; i < 20; ++i) once(21'000);
  EXPECT_EQ(once(20'500), "23@21020");
  EXPECT_EQ(once(30'000), "24@30000");
}

TEST_F(DeltaSumsTest, LatePointsDoNotMoveTheSumIntoTheFuture) {
  add("a", 1000, 1);
  add("a", 100'000, 1);
  size_t taken = 0;
  for (int64_t time = 2000; time < 5000; ++time) taken += add("a", time, 1) != "out_of_order_delta";
  EXPECT_EQ(taken, 1000u);
  EXPECT_EQ(add("a", 102'000, 1), "1003@102000");
}

TEST_F(DeltaSumsTest, APointOfTheFutureChangesNothing) {
  EXPECT_EQ(add("a", kNewest + 1, 5), "timestamp_too_new");
  EXPECT_EQ(add("a", 1000, 3), "0@999 3@1000");
  EXPECT_EQ(add("a", kNewest + 1, 5), "timestamp_too_new");
  EXPECT_EQ(add("a", 2000, 4), "7@2000");
  newest_ms_ = kNewest + 1;
  EXPECT_EQ(add("a", kNewest + 1, 5), fmt::format("12@{}", kNewest + 1));
}

TEST_F(DeltaSumsTest, WhatIsNoFiniteNumberChangesNothing) {
  add("a", 1000, 3);
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(add("a", 2000, bad), "invalid_delta");
    EXPECT_EQ(add("b", 2000, bad), "invalid_delta");
  }
  EXPECT_EQ(add("a", 3000, std::numeric_limits<double>::max()), fmt::format("{}@3000", std::numeric_limits<double>::max()));
  EXPECT_EQ(add("a", 4000, std::numeric_limits<double>::max()), "invalid_delta") << "the sum would be infinite";
  EXPECT_EQ(add("b", 2000, 1), "0@1999 1@2000");
}

// After a restart: a request whose answer was lost comes again.
TEST_F(DeltaSumsTest, APointThatIsStoredAlreadyDoesNotBeginASum) {
  std::string asked;
  sums_.emplace(nullptr, 64u << 20, [&](std::span<const model::Label> series, int64_t from_ms) {
    asked = fmt::format("{}@{}", series[0].value, from_ms);
    return from_ms <= 60'000;
  });
  EXPECT_EQ(add("a", 60'000, 5, 30'000), "out_of_order_delta");
  EXPECT_EQ(asked, "a_0@60000");
  EXPECT_EQ(add("a", 90'000, 5, 60'000), "0@60001 5@90000");
  asked.clear();
  EXPECT_EQ(add("a", 120'000, 5, 90'000), "10@120000");
  EXPECT_EQ(asked, "") << "only where a sum begins";
}

TEST_F(DeltaSumsTest, APointOfManySeriesIsTakenOrRefusedWhole) {
  const auto histogram = [](int64_t time_ms, std::vector<double> values, uint64_t shape = 1) { return Delta{"h", time_ms, std::move(values), 0, shape}; };
  EXPECT_EQ(add(histogram(1000, {12.5, 3, 1, 3})), "0@999 12.5@1000 | 0@999 3@1000 | 0@999 1@1000 | 0@999 3@1000");
  EXPECT_EQ(add(histogram(2000, {-2.5, 1, 1, 1})), "10@2000 | 4@2000 | 2@2000 | 4@2000");
  EXPECT_EQ(add(histogram(3000, {1, std::numeric_limits<double>::quiet_NaN(), 1, 1})), "invalid_delta");
  EXPECT_EQ(add(histogram(2000, {-2.5, 1, 1, 1})), "10@2000 | 4@2000 | 2@2000 | 4@2000");
}

TEST_F(DeltaSumsTest, OtherBoundsBeginAHistogramAnew) {
  const auto histogram = [](int64_t time_ms, uint64_t shape, int64_t start_ms = 0) { return Delta{"h", time_ms, {3}, start_ms, shape}; };
  EXPECT_EQ(add(histogram(1000, 1)), "0@999 3@1000");
  EXPECT_EQ(add(histogram(2000, 1)), "6@2000");
  EXPECT_EQ(add(histogram(3000, 9, 1500)), "0@2001 3@3000") << "not before what is stored";
  EXPECT_EQ(add(histogram(2500, 1)), "out_of_order_delta");
  EXPECT_EQ(add(histogram(3001, 1)), "3@3001");
}

TEST_F(DeltaSumsTest, OnlyTheRefusedPointOfABatchIsLeftOut) {
  model::Batch batch;
  add_to(batch, {.name = "a", .time_ms = 1000, .values = {1, 2}});
  add_to(batch, {.name = "b", .time_ms = kNewest + 1, .values = {1, 2}});
  const model::Label plain{"__name__", "gauge"};
  const model::Sample sample{1000, 5};
  batch.series.push_back({batch.arena.copy_array(std::span(&plain, 1)), batch.arena.copy_array(std::span(&sample, 1))});
  sums_->accumulate(batch, newest_ms_);
  ASSERT_EQ(batch.series.size(), 3u);
  EXPECT_EQ(batch.series[2].labels[0].value, "gauge");
  EXPECT_EQ(batch.series[2].samples[0].value, 5);
  EXPECT_EQ(batch.rejections.at(0).detail, "b_1");
  EXPECT_EQ(batch.rejected_count(), 1u) << "one data point";
}

TEST_F(DeltaSumsTest, TheSumUsedLeastRecentlyMakesRoomAndBeginsAnew) {
  base::MemoryBudget budget(1u << 20);
  sums_.emplace(&budget, 2 * DeltaSums::bytes_of(1));
  add("a", 1000, 3);
  add("b", 1000, 3);
  EXPECT_EQ(budget.used(), 2 * DeltaSums::bytes_of(1));
  EXPECT_EQ(add("a", 2000, 3), "6@2000");
  EXPECT_EQ(add("c", 2000, 3), "0@1999 3@2000");
  EXPECT_EQ(add("a", 3000, 3), "9@3000");
  EXPECT_EQ(add("b", 3000, 3, 1000), "0@1001 3@3000");
  EXPECT_EQ(budget.used(), 2 * DeltaSums::bytes_of(1));
  EXPECT_EQ(add({.name = "h", .time_ms = 1000, .values = std::vector<double>(100, 1)}), "delta_histogram_too_large");
  EXPECT_EQ(add("a", 4000, 3), "12@4000");
  sums_.reset();
  EXPECT_EQ(budget.used(), 0u);
}

// A flood of new series takes the places of others, but neither the memory nor what the others count.
TEST_F(DeltaSumsTest, AUsedUpBudgetIsNotExceededByMoreThanOneSum) {
  base::MemoryBudget budget(4 * DeltaSums::bytes_of(1));
  sums_.emplace(&budget);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(add(fmt::format("n{}", i), 1000, 1), "0@999 1@1000");
  EXPECT_EQ(budget.used(), budget.limit());
  sums_.reset();
  EXPECT_EQ(budget.used(), 0u);
}

}  // namespace
}  // namespace tripod::pipeline
