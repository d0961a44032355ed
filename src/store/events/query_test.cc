// What queries do besides finding the right records (oracle_test.cc): end when they should, and read no more than they must.
#include <gtest/gtest.h>

#include "store/events/testing/store_fixture.h"

namespace tripod::store {
namespace {

class QueryTest : public testing::StoreTest {
 protected:
  base::Result<AggregateResult> count_by(std::string field, Predicate filter = {}) {
    AggregatePlan plan;
    plan.by = {std::move(field)};
    plan.filter = std::move(filter);
    return store_->aggregate(plan);
  }
};

TEST_F(QueryTest, CancelledQueriesEndWithThatError) {
  open();
  append(lines(300));
  ASSERT_TRUE(store_->flush());
  append(lines(300));
  std::stop_source gone;
  ScanPlan scan_plan;
  scan_plan.bounds.cancelled = gone.get_token();
  AggregatePlan aggregate_plan;
  aggregate_plan.bounds.cancelled = gone.get_token();
  EXPECT_TRUE(store_->scan(scan_plan));
  EXPECT_TRUE(store_->aggregate(aggregate_plan));
  gone.request_stop();
  EXPECT_EQ(store_->scan(scan_plan).error().code, base::Code::kCancelled);
  EXPECT_EQ(store_->aggregate(aggregate_plan).error().code, base::Code::kCancelled);
}

// What was found so far need not be what comes first.
TEST_F(QueryTest, WithoutMemoryToChooseRecordsNoneAreGivenAndThereAreMore) {
  open();
  append(lines(300));
  for (const size_t bytes : {1, 100, 2'000}) {
    ScanPlan plan;
    plan.bounds.max_memory_bytes = bytes;
    const auto found = store_->scan(plan);
    ASSERT_TRUE(found);
    EXPECT_TRUE(found->rows.empty());
    EXPECT_TRUE(found->has_more);
    EXPECT_TRUE(found->stats.out_of_memory);
  }
}

TEST_F(QueryTest, CountsOfFewValuesReadNoColumn) {
  open();
  append(lines(1000));
  ASSERT_TRUE(store_->flush());
  auto by_service = count_by("service.name");
  ASSERT_TRUE(by_service);
  ASSERT_EQ(by_service->groups.size(), 1u);
  EXPECT_EQ(by_service->groups[0].count, 1000u);
  EXPECT_EQ(by_service->stats.scanned_bytes, 0u);
  auto filtered = count_by("service.name", Predicate::equal("service.name", std::string("shop")));
  ASSERT_TRUE(filtered);
  EXPECT_EQ(filtered->groups[0].count, 1000u);
  EXPECT_EQ(filtered->stats.scanned_bytes, 0u);
  // A field that differs in every record has to be read.
  auto by_number = count_by("n", Predicate::compare(Predicate::Op::kLess, "n", int64_t{10}));
  ASSERT_TRUE(by_number);
  EXPECT_EQ(by_number->groups.size(), 10u);
  EXPECT_GT(by_number->stats.scanned_bytes, 0u);
}

TEST_F(QueryTest, BlocksThatDoNotHaveAWordAreNotRead) {
  open();
  append(lines(1000));
  ASSERT_TRUE(store_->flush());
  const auto found = scan(Predicate::compare(Predicate::Op::kContains, "", std::string("zephyr")));
  EXPECT_TRUE(found.rows.empty());
  EXPECT_EQ(found.stats.scanned_rows, 0u);
  EXPECT_EQ(found.stats.pruned_blocks, 16u);
  const auto one = scan(Predicate::equal("trace_id", trace_id(500)));
  EXPECT_EQ(one.rows.size(), 1u);
  EXPECT_LE(one.stats.scanned_rows, 128u);
}

TEST_F(QueryTest, NewestFirstLeavesOldPartsAlone) {
  open();
  for (int day = 0; day < 10; ++day) {
    append(lines(100, kNow - (10 - day) * base::kNanosPerDay));
    ASSERT_TRUE(store_->flush());
  }
  ScanPlan plan;
  plan.limit = 10;
  const auto found = store_->scan(plan);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->rows.size(), 10u);
  EXPECT_LE(found->stats.scanned_rows, 300u);
}

}  // namespace
}  // namespace tripod::store
