#include "query/promql/asked_metrics.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/clock.h"
#include "query/promql/engine.h"
#include "query/promql/testing/memory_metric_store.h"

namespace tripod::query::promql {
namespace {

using Op = store::LabelMatcher::Op;

TEST(AskedMetrics, EverySelectorOfAQuestionCounts) {
  base::ManualClock clock{1'795'364'762 * base::kNanosPerSecond};
  testing::MemoryMetricStore store;
  AskedMetrics asked;
  const Engine engine(store, clock, {.asked = &asked});
  ASSERT_TRUE(engine.instant("sum(rate(a_total[5m])) / on() b and max_over_time(c[1h:1m])", 0).has_value());
  for (const char* name : {"a_total", "b", "c"}) EXPECT_TRUE(asked.contains(name)) << name;
  EXPECT_FALSE(asked.contains("d"));
  EXPECT_EQ(asked.without_name(), 0u);
  ASSERT_TRUE(engine.range("{__name__=~\"d.*\"} + {job=\"x\"}", {0, 10, 1}).has_value());
  EXPECT_FALSE(asked.contains("d"));
  EXPECT_EQ(asked.without_name(), 2u);
}

TEST(AskedMetrics, IsBoundedAndSaysSo) {
  AskedMetrics asked;
  for (size_t i = 0; i < AskedMetrics::kMostNames + 1; ++i) {
    EXPECT_FALSE(asked.is_full());
    const std::vector<store::LabelMatcher> matchers{{Op::kEqual, "__name__", std::to_string(i)}};
    asked.note(matchers);
  }
  EXPECT_TRUE(asked.is_full());
  EXPECT_TRUE(asked.contains("0"));
  EXPECT_FALSE(asked.contains(std::to_string(AskedMetrics::kMostNames)));
  const std::vector<store::LabelMatcher> large{{Op::kEqual, "__name__", std::string(1 << 20, 'x')}};
  asked.note(large);
  EXPECT_FALSE(asked.contains(large[0].value));
}

}  // namespace
}  // namespace tripod::query::promql
