// Appending, querying, flushing and merging at the same time; most useful under a thread sanitizer.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/events/testing/store_fixture.h"

namespace tripod::store {
namespace {

using testing::append_and_wait;
using testing::TestBatch;

class ConcurrencyTest : public testing::StoreTest {};

TEST_F(ConcurrencyTest, QueriesSeeEveryAcknowledgedRecordOnce) {
  options_.background = true;
  options_.flush_rows = 500;
  options_.merge_fan_in = 2;
  open();
  constexpr int kWriters = 2, kBatches = 60, kRows = 20;
  append(lines(1));
  std::atomic<uint64_t> acknowledged{1};
  std::atomic<bool> writing{true};
  std::vector<std::jthread> readers;
  for (int r = 0; r < 2; ++r) {
    readers.emplace_back([&] {
      while (writing) {
        const uint64_t before = acknowledged;
        ScanPlan plan;
        plan.limit = SIZE_MAX;
        plan.order = Order::kOldestFirst;
        plan.project = {"n"};
        auto result = store_->scan(plan);
        ASSERT_TRUE(result);
        ASSERT_FALSE(result->stats.incomplete) << result->stats.warnings[0];
        ASSERT_GE(result->rows.size(), before);
        std::vector<uint64_t> sequences;
        for (const EventRow& row : result->rows) sequences.push_back(row.sequence);
        std::ranges::sort(sequences);
        ASSERT_EQ(std::ranges::adjacent_find(sequences), sequences.end());
        AggregatePlan count;
        ASSERT_GE(store_->aggregate(count)->groups[0].count, before);
      }
    });
  }
  {
    std::vector<std::jthread> writers;
    std::mutex mu;
    for (int w = 0; w < kWriters; ++w) {
      writers.emplace_back([&] {
        for (int i = 0; i < kBatches; ++i) {
          TestBatch batch;
          {
            std::lock_guard lock(mu);
            batch = lines(kRows);
          }
          ASSERT_TRUE(append_and_wait(*store_, batch));
          acknowledged += kRows;
          if (i % 20 == 0) {
            ASSERT_TRUE(store_->flush());
          }
        }
      });
    }
  }
  writing = false;
  readers.clear();
  EXPECT_EQ(scan().rows.size(), 1u + kWriters * kBatches * kRows);
  open();
  EXPECT_EQ(scan().rows.size(), 1u + kWriters * kBatches * kRows);
}

}  // namespace
}  // namespace tripod::store
