#include <gtest/gtest.h>

#include "store/events/testing/store_fixture.h"

namespace tripod::store {
namespace {

class WeightedTest : public testing::StoreTest {
 protected:
  // Durations 1 to 100: those from 91 on are kept in any case, of the others each tenth, which stands for ten.
  void fill() {
    testing::TestBatch batch{.dataset = Dataset::kSpans, .streams = {{{"service.name", std::string("shop")}}}, .events = {}};
    for (int64_t n = 1; n <= 100; ++n) {
      if (n <= 90 && n % 10 != 0) continue;
      batch.events.push_back({kNow, 0, {{"duration_ns", n}, {"status_code", std::string(n > 90 ? "error" : "unset")}}});
      batch.events.back().fields.emplace_back("sampling.adjusted_count", n > 90 ? 1.0 : 10.0);
    }
    append(batch);
  }
  AggregateResult ask(AggregatePlan plan) {
    plan.dataset = Dataset::kSpans;
    auto result = store_->aggregate(plan);
    EXPECT_TRUE(result) << result.error().message;
    return std::move(*result);
  }
};

TEST_F(WeightedTest, CountsSumsAndQuantilesAreOfWhatCame) {
  open();
  fill();
  for (int parts = 0; parts < 2; ++parts) {
    const AggregateResult result = ask({.value = "duration_ns", .quantiles = {0.5, 1}, .values = {{.field = "status_code", .distinct = true}}, .weight = "sampling.adjusted_count"});
    ASSERT_EQ(result.groups.size(), 1u);
    const AggregateGroup& group = result.groups[0];
    EXPECT_EQ(group.count, 100u);
    EXPECT_EQ(group.value_count, 100u);
    EXPECT_EQ(group.sum, 10.0 * (10 + 20 + 30 + 40 + 50 + 60 + 70 + 80 + 90) + 955);
    EXPECT_EQ(group.min, 10);
    EXPECT_EQ(group.max, 100);
    EXPECT_NEAR(group.quantiles[0], 50, 1);
    ASSERT_EQ(group.values.size(), 1u);
    EXPECT_EQ(group.values[0].present, 100u);
    EXPECT_EQ(group.values[0].distinct, 2u);
    EXPECT_EQ(result.stats.warnings.size(), 1u);
    ASSERT_TRUE(store_->flush());
  }
}

TEST_F(WeightedTest, GroupsOfDifferentWeightsAreOne) {
  open();
  fill();
  const AggregateResult by_service = ask({.by = {"service.name"}, .weight = "sampling.adjusted_count"});
  ASSERT_EQ(by_service.groups.size(), 1u);
  EXPECT_EQ(by_service.groups[0].count, 100u);
  EXPECT_EQ(by_service.groups[0].by, std::vector<FieldValue>{std::string("shop")});
  const AggregateResult by_status = ask({.by = {"status_code"}, .weight = "sampling.adjusted_count"});
  ASSERT_EQ(by_status.groups.size(), 2u);
  EXPECT_EQ(by_status.groups[0].count, 90u);
  EXPECT_EQ(by_status.groups[1].count, 10u);
}

TEST_F(WeightedTest, WithoutTheFieldEachRecordIsOne) {
  open();
  testing::TestBatch batch{.dataset = Dataset::kSpans, .streams = {{}}, .events = {{kNow, 0, {{"duration_ns", int64_t{5}}}}}};
  append(batch);
  const AggregateResult result = ask({.value = "duration_ns", .weight = "sampling.adjusted_count"});
  ASSERT_EQ(result.groups.size(), 1u);
  EXPECT_EQ(result.groups[0].count, 1u);
  EXPECT_EQ(result.groups[0].sum, 5);
  EXPECT_TRUE(result.stats.warnings.empty());
}

}  // namespace
}  // namespace tripod::store
