// Appends, queries, cuts and merges at once. Meant for the thread sanitizer; the counts are checked
// anywhere.
#include <atomic>
#include <thread>

#include "store/metrics/test_support.h"

namespace tripod::store::metrics {
namespace {

using Op = LabelMatcher::Op;

TEST(Concurrency, ReadersSeeEverythingThatWasAcknowledgedBefore) {
  constexpr int kWriters = 2;
  constexpr int kBatches = 150;
  StoreFixture f;
  std::atomic<int> acknowledged[kWriters] = {};
  std::atomic<int> running{kWriters};
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w) {
    threads.emplace_back([&, w] {
      for (int i = 0; i < kBatches; ++i) {
        TestBatch batch;
        batch.add("m", std::to_string(w), {at(i * 1000, i)});
        // Series that come and go, so that labels and postings grow while they are read.
        batch.add("short_lived", std::to_string(w * kBatches + i), {at(i * 1000, i)});
        const auto result = append(*f.store, batch);
        EXPECT_TRUE(result.has_value() && result->accepted == 2);
        acknowledged[w] = i + 1;
      }
      --running;
    });
  }
  threads.emplace_back([&] {
    while (running > 0) {
      EXPECT_TRUE(f.store->flush().has_value());
      EXPECT_TRUE(f.store->maintain().has_value());
    }
  });
  for (int r = 0; r < 2; ++r) {
    threads.emplace_back([&, r] {
      const std::string writer = std::to_string(r % kWriters);
      const std::vector<LabelMatcher> mine{{Op::kEqual, "__name__", "m"},
                                           {Op::kEqual, "instance", writer}};
      const std::vector<LabelMatcher> some{{Op::kRegex, "instance", "1.*"}};
      while (running > 0) {
        const auto least = static_cast<size_t>(acknowledged[r % kWriters].load());
        auto found = f.store->select(mine, {0, kTestStartMs * 2}, {});
        ASSERT_TRUE(found.has_value());
        EXPECT_GE(found->empty() ? 0 : found->front().samples.size(), least);
        EXPECT_TRUE(f.store->series(some, {0, kTestStartMs * 2}).has_value());
        EXPECT_TRUE(f.store->label_values("instance", {}, {0, kTestStartMs * 2}).has_value());
        (void)f.store->stats();
        (void)f.store->metadata();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto found = f.select({{Op::kEqual, "__name__", "m"}});
  ASSERT_EQ(found.size(), 2u);
  for (const SeriesData& series : found) EXPECT_EQ(series.samples.size(), size_t{kBatches});
}

TEST(Concurrency, MaintenanceOfItsOwnEndsWithTheStore) {
  base::MemFs fs;
  base::ManualClock clock(kTestStartMs * base::kNanosPerMilli);
  base::MemoryBudget budget(size_t{64} << 20);
  const auto logger = base::make_null_logger();
  MetricStoreOptions options;
  options.dir = "m";
  options.max_head_bytes = 1;  // every append asks for a cut
  auto store = EmbeddedMetricStore::open(fs, clock, budget, *logger, options);
  ASSERT_TRUE(store.has_value());
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(append(**store, TestBatch().add("up", "a", {at(i, i)})).has_value());
  }
  while ((*store)->stats().blocks == 0) std::this_thread::yield();
}

}  // namespace
}  // namespace tripod::store::metrics
