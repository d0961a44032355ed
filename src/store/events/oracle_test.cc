// Random events, random questions: the store's answers against the naive ones, wherever the records lie at the moment.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "base/log.h"
#include "base/mem_fs.h"
#include "store/events/embedded_event_store.h"
#include "store/events/testing/naive_store.h"
#include "store/events/testing/test_events.h"

namespace tripod::store {
namespace {

using testing::NaiveStore;
using testing::RandomEvents;
using testing::TestBatch;

// TRIPOD_TEST_SEED=n repeats a run.
uint64_t seed() {
  const char* given = std::getenv("TRIPOD_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20260101;
}

class OracleTest : public ::testing::Test {
 protected:
  OracleTest() : random_(seed()) {
    options_.dir = "events";
    options_.background = false;
    options_.block_rows = 64;
    options_.query_threads = 3;
    options_.retention.fill({});
    open();
  }

  void open() {
    store_.reset();
    auto opened = EmbeddedEventStore::open(fs_, clock_, budget_, *logger_, options_);
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }

  void append(size_t events) {
    const TestBatch batch = random_.batch(events);
    auto appended = testing::append_and_wait(*store_, batch);
    ASSERT_TRUE(appended) << appended.error().message;
    naive_.add(batch, appended->first_sequence);
  }

  // Of at most a third of the records, so that there is always something left to ask for.
  void remove_some() {
    for (int tries = 0; tries < 20; ++tries) {
      RemovePlan plan;
      plan.filter = random_.predicate(2);
      plan.range = random_range();
      const size_t matching = naive_.count(plan);
      if (matching == 0 || matching * 3 > naive_.rows().size()) continue;
      auto removal = store_->remove(plan);
      ASSERT_TRUE(removal) << removal.error().message;
      naive_.remove(plan);
      return;
    }
  }

  ScanPlan random_scan() {
    ScanPlan plan;
    plan.filter = random_.predicate(3);
    plan.order = random_.one_in(2) ? Order::kNewestFirst : Order::kOldestFirst;
    plan.limit = random_.one_in(3) ? 1'000'000 : random_.below(30);
    plan.range = random_range();
    if (random_.one_in(3)) {
      for (size_t i = random_.below(4); i > 0; --i) plan.project.push_back(random_.key());
    }
    if (random_.one_in(5)) plan.min_sequence = random_.below(naive_.rows().size() + 1);
    if (random_.one_in(5)) plan.max_sequence = random_.below(naive_.rows().size() + 1);
    if (random_.one_in(3) && !naive_.rows().empty()) {
      const auto& row = naive_.rows()[random_.below(naive_.rows().size())];
      plan.has_after = true;
      plan.after = {row.time, row.sequence};
    }
    return plan;
  }

  TimeRange random_range() {
    if (random_.one_in(2)) return {};
    const auto span = static_cast<uint64_t>(random_.span);
    const base::UnixNanos start = random_.start + static_cast<int64_t>(random_.below(span));
    return {start, start + static_cast<int64_t>(random_.below(span))};
  }

  void check_scan(const ScanPlan& plan) {
    const auto expected = naive_.scan(plan);
    auto got = store_->scan(plan);
    ASSERT_TRUE(got) << got.error().message;
    ASSERT_FALSE(got->stats.incomplete) << got->stats.warnings.front();
    SCOPED_TRACE(to_string(plan.filter));
    ASSERT_EQ(got->rows.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) check_row(got->rows[i], expected[i]);
    ScanPlan unlimited = plan;
    unlimited.limit = SIZE_MAX;
    EXPECT_EQ(got->has_more, naive_.scan(unlimited).size() > plan.limit);
  }

  static void check_row(const EventRow& got, const EventRow& expected) {
    SCOPED_TRACE("got " + testing::describe(got) + "\nexpected " + testing::describe(expected));
    ASSERT_EQ(got.time, expected.time);
    ASSERT_EQ(got.sequence, expected.sequence);
    ASSERT_EQ(got.fields.size(), expected.fields.size());
    for (size_t i = 0; i < expected.fields.size(); ++i) {
      ASSERT_EQ(got.fields[i].first, expected.fields[i].first);
      ASSERT_TRUE(testing::identical(got.fields[i].second, expected.fields[i].second));
    }
  }

  void check_aggregate() {
    AggregatePlan plan;
    plan.filter = random_.predicate(2);
    plan.range = {random_.start + static_cast<int64_t>(random_.below(1000)), random_.start + random_.span};
    plan.step = random_.one_in(2) ? 0 : base::kNanosPerHour * static_cast<int64_t>(1 + random_.below(20));
    for (size_t i = random_.below(3); i > 0; --i) plan.by.push_back(random_.key());
    if (random_.one_in(2)) plan.value = random_.key();
    if (!plan.value.empty()) plan.quantiles = {0, 0.5, 0.99, 1};
    for (size_t i = random_.below(3); i > 0; --i) {
      plan.values.push_back({random_.key(), random_.one_in(2) ? std::vector<double>{0.9} : std::vector<double>{}, random_.one_in(2)});
    }
    if (random_.one_in(2)) {
      for (const std::string& key : plan.by) plan.fallbacks[key] = {random_.key(), random_.key()};
      for (const ValueSpec& spec : plan.values) plan.fallbacks[spec.field] = {random_.key()};
    }
    plan.aligned = random_.one_in(2);
    plan.with_times = random_.one_in(2);
    plan.keep_sketches = random_.one_in(2);
    plan.max_groups = 1'000'000;
    auto got = store_->aggregate(plan);
    ASSERT_TRUE(got) << got.error().message;
    compare_groups(plan, got->groups, naive_.aggregate(plan));
  }

  static void compare_groups(const AggregatePlan& plan, const std::vector<AggregateGroup>& got,
                             const std::vector<AggregateGroup>& expected) {
    std::string described = to_string(plan.filter) + " step " + std::to_string(plan.step) + " by";
    for (const std::string& key : plan.by) {
      described += " " + key;
      if (const auto found = plan.fallbacks.find(key); found != plan.fallbacks.end()) {
        for (const std::string& other : found->second) described += "|" + other;
      }
    }
    SCOPED_TRACE(described);
    ASSERT_EQ(got.size(), expected.size());
    for (size_t i = 1; i < got.size(); ++i) {
      ASSERT_TRUE(got[i - 1].bucket < got[i].bucket ||
                  (got[i - 1].bucket == got[i].bucket && got[i - 1].count >= got[i].count));
    }
    for (const AggregateGroup& group : expected) {
      const auto same = std::ranges::find_if(got, [&](const AggregateGroup& other) {
        return other.bucket == group.bucket && std::ranges::equal(other.by, group.by, testing::identical);
      });
      ASSERT_TRUE(same != got.end());
      compare_group(*same, group);
    }
  }

  static void compare_group(const AggregateGroup& got, const AggregateGroup& expected) {
    ASSERT_EQ(got.count, expected.count);
    ASSERT_EQ(got.first, expected.first);
    ASSERT_EQ(got.last, expected.last);
    compare_summary(only_value(got), only_value(expected));
    ASSERT_EQ(got.values.size(), expected.values.size());
    for (size_t i = 0; i < got.values.size(); ++i) compare_summary(got.values[i], expected.values[i]);
  }

  static ValueSummary only_value(const AggregateGroup& group) {
    ValueSummary out;
    out.count = group.value_count;
    out.sum = group.sum;
    out.min = group.min;
    out.max = group.max;
    out.quantiles = group.quantiles;
    return out;
  }

  static void compare_summary(const ValueSummary& got, const ValueSummary& expected) {
    ASSERT_EQ(got.present, expected.present);
    ASSERT_EQ(got.count, expected.count);
    ASSERT_EQ(got.min, expected.min);
    ASSERT_EQ(got.max, expected.max);
    ASSERT_EQ(got.distinct, expected.distinct);
    if (std::isfinite(expected.min) && std::isfinite(expected.max)) {
      const double most = std::max(std::fabs(expected.min), std::fabs(expected.max));
      ASSERT_NEAR(got.sum, expected.sum, 1e-9 * most * static_cast<double>(expected.count) + 1e-9);
    }
    ASSERT_EQ(got.quantiles.size(), expected.quantiles.size());
    // Past 17 decades the sketch gives up the small magnitudes: only ordinary groups are held to its promise.
    if (!(std::fabs(expected.min) < 1e12 && std::fabs(expected.max) < 1e12)) return;
    for (size_t i = 0; i < got.quantiles.size(); ++i) {
      if (std::fabs(expected.quantiles[i]) < 1e-3 && expected.quantiles[i] != 0) continue;
      ASSERT_NEAR(got.quantiles[i], expected.quantiles[i], 0.0101 * std::fabs(expected.quantiles[i]));
    }
  }

  void check_many(int questions) {
    for (int i = 0; i < questions && !HasFatalFailure(); ++i) {
      check_scan(random_scan());
      if (i % 3 == 0) check_aggregate();
    }
  }

  base::MemFs fs_;
  base::ManualClock clock_{1'700'000'000'000'000'000};
  base::MemoryBudget budget_{1u << 30};
  std::unique_ptr<base::Logger> logger_ = base::make_null_logger();
  EventStoreOptions options_;
  RandomEvents random_;
  NaiveStore naive_;
  std::unique_ptr<EmbeddedEventStore> store_;
};

TEST_F(OracleTest, InMemory) {
  for (int i = 0; i < 20; ++i) append(1 + random_.below(100));
  check_many(60);
}

TEST_F(OracleTest, AfterRestart) {
  for (int i = 0; i < 10; ++i) append(1 + random_.below(50));
  open();
  check_many(30);
}

TEST_F(OracleTest, Flushed) {
  for (int i = 0; i < 20; ++i) append(1 + random_.below(100));
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(store_->stats(Dataset::kLogs).bytes_in_memory, 0u);
  EXPECT_GT(store_->stats(Dataset::kLogs).parts, 0u);
  check_many(60);
}

TEST_F(OracleTest, OneLargePart) {
  options_.block_rows = 1000;
  random_.span = base::kNanosPerHour;
  open();
  for (int i = 0; i < 40; ++i) append(1 + random_.below(100));
  ASSERT_TRUE(store_->flush());
  check_many(60);
}

// Blocks of a few records: their borders are everywhere, and counts of a block are of hardly any values.
TEST_F(OracleTest, TinyBlocks) {
  options_.block_rows = 3;
  open();
  for (int i = 0; i < 10; ++i) append(1 + random_.below(60));
  ASSERT_TRUE(store_->flush());
  check_many(40);
}

// Memory, parts of every age and merged parts at once, restarted in between.
TEST_F(OracleTest, Everything) {
  options_.merge_fan_in = 3;
  options_.flush_rows = 150;
  open();
  for (int round = 0; round < 30 && !HasFatalFailure(); ++round) {
    for (size_t i = random_.below(6); i > 0; --i) append(1 + random_.below(60));
    if (random_.one_in(2)) {
      ASSERT_TRUE(store_->flush());
    }
    if (random_.one_in(3)) {
      ASSERT_TRUE(store_->maintain());
    }
    if (random_.one_in(4)) open();
    check_many(4);
  }
}

// Deletions in between, of records in memory and in parts: none of them is found again, over flushes, merges, rewrites and restarts.
TEST_F(OracleTest, WithDeletions) {
  options_.merge_fan_in = 3;
  options_.flush_rows = 150;
  open();
  for (int round = 0; round < 30 && !HasFatalFailure(); ++round) {
    for (size_t i = random_.below(5); i > 0; --i) append(1 + random_.below(60));
    if (random_.one_in(2)) remove_some();
    if (random_.one_in(3)) {
      ASSERT_TRUE(store_->flush());
    }
    if (random_.one_in(3)) remove_some();
    if (random_.one_in(3)) {
      ASSERT_TRUE(store_->maintain());
    }
    if (random_.one_in(4)) open();
    check_many(3);
  }
  // By number, from 1: some of them are gone.
  ASSERT_FALSE(naive_.rows().empty());
  EXPECT_LT(naive_.rows().size(), store_->stats(Dataset::kLogs).last_sequence);
}

}  // namespace
}  // namespace tripod::store
