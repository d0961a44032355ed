#include "store/metrics/change_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tripod::store::metrics {
namespace {

constexpr int64_t kNone = std::numeric_limits<int64_t>::max();

TEST(ChangeLog, SaysTheOldestTimeOfAllChangesSince) {
  ChangeLog log;
  EXPECT_EQ(log.oldest_since(log.mark()), kNone);
  const uint64_t start = log.mark();
  log.changed_from(100);
  const uint64_t after_100 = log.mark();
  log.changed_from(200);
  EXPECT_EQ(log.oldest_since(start), 100);
  EXPECT_EQ(log.oldest_since(after_100), 200);
  log.changed_from(50);
  EXPECT_EQ(log.oldest_since(after_100), 50);
  EXPECT_EQ(log.oldest_since(log.mark()), kNone);
  log.changed();
  EXPECT_EQ(log.oldest_since(start), std::numeric_limits<int64_t>::min());
}

// Never a later time than the true one; the true one for marks of lately.
TEST(ChangeLog, ForgetsOnlyTowardsMoreChange) {
  ChangeLog log;
  std::mt19937 random(7);
  std::vector<int64_t> times;
  for (int i = 0; i < 20'000; ++i) {
    times.push_back(i * 10 - static_cast<int64_t>(random() % 5 == 0 ? random() % 400 : 0));
    log.changed_from(times.back());
  }
  for (size_t mark = 0; mark < times.size(); mark += 37) {
    const int64_t truth = *std::min_element(times.begin() + static_cast<ptrdiff_t>(mark), times.end());
    EXPECT_LE(log.oldest_since(mark), truth);
    if (mark + 400 > times.size()) {
      EXPECT_EQ(log.oldest_since(mark), truth);
    }
  }
}

}  // namespace
}  // namespace tripod::store::metrics
