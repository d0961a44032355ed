#include "store/metrics/series_budget.h"

#include <fmt/format.h>

#include "store/metrics/test_support.h"

namespace tripod::store::metrics {
namespace {

model::Sample at(int64_t seconds, double value) { return {kTestStartMs + seconds * 1000, value}; }

// `count` series of the metric and job, numbered from `first`.
TestBatch batch_of(const std::string& metric, const std::string& job, int first, int count, int64_t seconds = 0) {
  TestBatch out;
  for (int i = first; i < first + count; ++i) {
    out.add({{"__name__", metric}, {"id", fmt::format("{:08}", i)}, {"job", job}}, {at(seconds, i)});
  }
  return out;
}

std::string told(const MetricAppendSummary& summary) {
  std::string out = fmt::format("{} taken", summary.accepted);
  for (const model::Rejection& r : summary.rejections) out += fmt::format("; {} {}: {}", r.count, r.reason, r.detail);
  return out;
}

TEST(SeriesBudget, NewSeriesOfAMetricAreRefusedByNameAndKnownOnesGoOn) {
  StoreFixture f;
  f.store->set_series_limits({.in_all = 0, .per_metric = 3, .per_job = 0});
  EXPECT_EQ(told(f.append_ok(batch_of("hits", "web", 0, 5))),
            "3 taken; 2 too_many_series_of_metric: new series are refused while there are 3 active ones of the metric hits, as hits{id=\"00000003\", job=\"web\"}");
  EXPECT_EQ(told(f.append_ok(batch_of("hits", "web", 0, 3, 15))), "3 taken");
  EXPECT_EQ(told(f.append_ok(batch_of("other", "web", 0, 3, 15))), "3 taken");
  EXPECT_EQ(f.store->stats().series, 6u);
}

TEST(SeriesBudget, WhatIsToldIsWhatIsInForce) {
  SeriesBudget budget(100);
  EXPECT_EQ(budget.limits().in_all, 100u);
  budget.set_limits({.in_all = 101, .per_metric = 7, .per_job = 0});
  EXPECT_EQ(budget.limits().in_all, 100u);
  EXPECT_EQ(budget.limits().per_metric, 7u);
  EXPECT_EQ(budget.limits().per_job, 0u);
  budget.set_limits({.in_all = 99, .per_metric = 0, .per_job = 0});
  EXPECT_EQ(budget.limits().in_all, 99u);
  StoreFixture f;
  f.store->set_series_limits({});
  EXPECT_EQ(f.store->stats().series_limits.in_all, MetricStoreOptions().max_series);
}

TEST(SeriesBudget, OfAJobAndInAll) {
  StoreFixture f;
  f.store->set_series_limits({.in_all = 5, .per_metric = 0, .per_job = 3});
  EXPECT_EQ(told(f.append_ok(batch_of("a", "web", 0, 4))),
            "3 taken; 1 too_many_series_of_job: new series are refused while there are 3 active ones of the job web, as a{id=\"00000003\", job=\"web\"}");
  EXPECT_EQ(told(f.append_ok(batch_of("a", "db", 0, 4))),
            "2 taken; 2 too_many_series: new series are refused while there are 5 active ones, as a{id=\"00000002\", job=\"db\"}");
  // A series without a job belongs to none.
  f.store->set_series_limits({.in_all = 0, .per_metric = 0, .per_job = 3});
  EXPECT_EQ(told(f.append_ok(TestBatch().add("up", "x", {at(0, 1)}))), "1 taken");
}

TEST(SeriesBudget, LimitsHoldForNewSeriesAtOnceAndOverARestart) {
  StoreFixture f;
  f.append_ok(batch_of("hits", "web", 0, 10));
  f.store->set_series_limits({.in_all = 5, .per_metric = 0, .per_job = 0});
  EXPECT_EQ(f.append_ok(batch_of("hits", "web", 0, 12, 15)).accepted, 10u);
  f.crash();
  f.store->set_series_limits({.in_all = 5, .per_metric = 0, .per_job = 0});
  EXPECT_EQ(f.store->stats().series, 10u);  // the log gives back all of them
  EXPECT_EQ(f.append_ok(batch_of("hits", "web", 0, 12, 30)).accepted, 10u);
}

TEST(SeriesBudget, SeriesThatAreGoneMakeRoom) {
  StoreFixture f;
  f.store->set_series_limits({.in_all = 100, .per_metric = 0, .per_job = 0});
  f.append_ok(batch_of("hits", "web", 0, 100));
  ASSERT_TRUE(f.store->flush().has_value());
  f.append_ok(batch_of("hits", "web", 0, 90, 15));  // ten are gone: too few to be looked for unasked
  ASSERT_TRUE(f.store->flush().has_value());
  EXPECT_EQ(f.store->stats().series, 100u);
  EXPECT_EQ(f.append_ok(batch_of("hits", "web", 85, 25, 30)).accepted, 15u);
  ASSERT_TRUE(f.store->flush().has_value());
  EXPECT_LT(f.store->stats().series, 100u);
  EXPECT_EQ(f.append_ok(batch_of("fresh", "web", 0, 5, 45)).rejections.size(), 0u);
}

TEST(SeriesBudget, ManyLimitsOfABatchAreNamedEachOnceAndCounted) {
  StoreFixture f;
  f.store->set_series_limits({.in_all = 0, .per_metric = 1, .per_job = 0});
  TestBatch batch;
  for (int metric = 0; metric < 50; ++metric) {
    for (int i = 0; i < 3; ++i) batch.add(fmt::format("m{}", metric), std::to_string(i), {at(0, 1)});
  }
  const auto summary = f.append_ok(batch);
  EXPECT_EQ(summary.accepted, 50u);
  ASSERT_EQ(summary.rejections.size(), 21u);
  for (size_t i = 0; i < 20; ++i) EXPECT_EQ(summary.rejections[i].count, 2u);
  EXPECT_EQ(summary.rejections[20].detail, "others");
  EXPECT_EQ(summary.rejections[20].count, 60u);
}

// A flood of new series, each in one sample: what is known goes on and memory stays within the budget.
TEST(SeriesBudget, AFloodOfNewSeriesDoesNotTakeTheKnownOnesDown) {
  StoreFixture f;
  f.store->set_series_limits({.in_all = 20'000, .per_metric = 10'000, .per_job = 0});
  f.append_ok(batch_of("known", "web", 0, 2'000));
  uint64_t taken = 0;
  uint64_t refused = 0;
  size_t most_memory = 0;
  for (int round = 0; round < 40; ++round) {
    const auto summary = f.append_ok(batch_of("exploded", "web", round * 5'000, 5'000, round));
    taken += summary.accepted;
    for (const auto& r : summary.rejections) refused += r.count;
    EXPECT_EQ(told(f.append_ok(batch_of("known", "web", 0, 2'000, round + 1))), "2000 taken");
    most_memory = std::max(most_memory, f.store->head_memory());
  }
  EXPECT_EQ(taken, 10'000u);
  EXPECT_EQ(refused, 190'000u);
  EXPECT_LT(most_memory, 12'000u * 2048);
}

// Without limits memory is what there is of: a batch that does not fit is refused whole, to be sent again, and the process does
// not grow by it.
TEST(SeriesBudget, WithoutLimitsABatchThatDoesNotFitIsRefusedWhole) {
  StoreFixture f;
  const size_t room = 4u << 20;
  const auto held = f.budget.charge(f.budget.limit() - room);
  const auto refused = append(*f.store, batch_of("exploded", "web", 0, 50'000));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, base::Code::kResourceExhausted);
  EXPECT_LT(f.store->head_memory(), room + (1u << 20));
  EXPECT_LE(f.budget.used(), f.budget.limit() + (1u << 20));
  EXPECT_EQ(f.select({{LabelMatcher::Op::kEqual, "__name__", "exploded"}}).size(), 0u);
}

}  // namespace
}  // namespace tripod::store::metrics
