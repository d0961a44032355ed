#include "pipeline/delta_sums.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tripod::pipeline {
namespace {

class DeltaSumsTest : public testing::Test {
 protected:
  // What becomes of one sample: the sum, or the reason why not.
  std::string add(std::string_view name, int64_t time_ms, double delta, uint64_t shape = 0) {
    model::Batch batch;
    model::Deltas deltas;
    add_to(batch, deltas, name, time_ms, delta, shape);
    sums_.accumulate(batch, deltas, now_);
    if (batch.series.empty()) return batch.rejections.at(0).reason + ": " + batch.rejections.at(0).detail;
    EXPECT_EQ(batch.series[0].samples[0].time_ms, time_ms);
    return std::to_string(static_cast<int>(batch.series[0].samples[0].value));
  }
  static void add_to(model::Batch& batch, model::Deltas& deltas, std::string_view name, int64_t time_ms, double delta, uint64_t shape = 0) {
    const model::Label label{"__name__", name};
    const model::Sample sample{time_ms, delta};
    deltas.push_back({static_cast<uint32_t>(batch.series.size()), shape});
    batch.series.push_back({batch.arena.copy_array(std::span(&label, 1)), batch.arena.copy_array(std::span(&sample, 1))});
  }

  DeltaSums sums_{2};
  base::UnixNanos now_ = 1'795'365'477'000'000'000;
};

TEST_F(DeltaSumsTest, EachSeriesHasItsSum) {
  EXPECT_EQ(add("a", 1000, 3), "3");
  EXPECT_EQ(add("b", 1000, 10), "10");
  EXPECT_EQ(add("a", 2000, 4), "7");
  EXPECT_EQ(add("b", 2000, 1), "11");
}

TEST_F(DeltaSumsTest, TheSameSampleAgainGivesTheSameSum) {
  add("a", 1000, 3);
  EXPECT_EQ(add("a", 2000, 4), "7");
  EXPECT_EQ(add("a", 2000, 4), "7");
  EXPECT_EQ(add("a", 2000, 5), "out_of_order_delta: a");
  EXPECT_EQ(add("a", 1000, 3), "out_of_order_delta: a");
  EXPECT_EQ(add("a", 3000, 1), "8");
}

TEST_F(DeltaSumsTest, OnlyTheRefusedSeriesOfABatchIsLeftOut) {
  model::Batch batch;
  model::Deltas deltas;
  for (const char* name : {"a", "b", "c"}) add_to(batch, deltas, name, 1000, 1);
  const model::Label plain{"__name__", "gauge"};
  const model::Sample sample{1000, 5};
  batch.series.push_back({batch.arena.copy_array(std::span(&plain, 1)), batch.arena.copy_array(std::span(&sample, 1))});
  sums_.accumulate(batch, deltas, now_);
  ASSERT_EQ(batch.series.size(), 3u);
  EXPECT_EQ(batch.series[2].labels[0].value, "gauge");
  EXPECT_EQ(batch.series[2].samples[0].value, 5);
  EXPECT_EQ(batch.rejections.at(0).reason, "too_many_delta_series");
}

TEST_F(DeltaSumsTest, OtherBoundsBeginAHistogramAnew) {
  EXPECT_EQ(add("a", 1000, 3, 1), "3");
  EXPECT_EQ(add("a", 2000, 3, 1), "6");
  EXPECT_EQ(add("a", 3000, 2, 9), "2");
}

TEST_F(DeltaSumsTest, WhatIsSilentForAnHourIsForgotten) {
  add("a", 1000, 3);
  add("b", 1000, 3);
  EXPECT_EQ(add("c", 1000, 3), "too_many_delta_series: c");
  now_ += base::kNanosPerHour + 1;
  EXPECT_EQ(add("a", 9000, 3), "3") << "a counter that was reset";
  EXPECT_EQ(add("c", 1000, 3), "3");
}

}  // namespace
}  // namespace tripod::pipeline
