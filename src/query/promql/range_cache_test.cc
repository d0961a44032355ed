#include "query/promql/range_cache.h"

#include <gtest/gtest.h>

#include <random>

#include "query/promql/parser.h"
#include "store/metrics/test_support.h"

namespace tripod::query::promql {
namespace {

using store::metrics::kTestStartMs;
using store::metrics::StoreFixture;
using store::metrics::TestBatch;

constexpr int64_t kMinute = 60'000;

std::optional<int64_t> ahead(std::string_view query) {
  const auto expr = parse(query);
  EXPECT_TRUE(expr.has_value()) << query;
  return looks_ahead_ms(**expr);
}

TEST(RangeCache, KnowsHowFarAStepLooksAhead) {
  EXPECT_EQ(ahead("sum by (job) (rate(x[5m] offset 1h))"), 0);
  EXPECT_EQ(ahead("x offset -5m"), 5 * kMinute);
  EXPECT_EQ(ahead("max_over_time((x offset -5m)[1h:1m] offset -10m) + y offset -1m"), 15 * kMinute);
  EXPECT_EQ(ahead("rate(x[step()])"), std::nullopt);
  for (const char* query : {"x @ end()", "x @ 1700000000", "rate(x[range()])", "end() - time()", "info(x)", "limitk(1, x)", "x smoothed"}) {
    EXPECT_EQ(ahead(query), std::nullopt) << query;
  }
}

class RangeCacheTest : public testing::Test {
 protected:
  std::string json(const base::Result<QueryResult>& result) {
    if (!result) return "error: " + result.error().message;
    std::string out;
    base::JsonWriter writer(out);
    write_json(*result, writer);
    for (const auto* notes : {&result->warnings, &result->infos}) {
      for (const std::string& note : *notes) out += "\n" + note;
    }
    return out;
  }
  std::string cached(std::string_view query, RangeParams range) { return json(cache_.range(**parse(query), query, range)); }
  std::string fresh(std::string_view query, RangeParams range) { return json(engine_->range(query, range)); }
  uint64_t reused() { return steps("reused"); }
  uint64_t evaluated() { return steps("evaluated"); }
  uint64_t steps(std::string_view source) {
    for (const auto& counter : metrics_.counters("tripod_promql_range_steps_total")) {
      if (counter.labels.front().second == source) return counter.value;
    }
    return 0;
  }

  StoreFixture store_;
  base::MetricRegistry metrics_;
  std::optional<Engine> engine_{std::in_place, *store_.store, store_.clock};
  RangeCache cache_{*engine_, *store_.store, store_.budget, metrics_, size_t{1} << 20};
};

TEST_F(RangeCacheTest, EvaluatesWhatIsNewAlone) {
  for (int64_t i = 0; i < 10; ++i) store_.append_ok(TestBatch().add("up", "a", {{kTestStartMs + i * kMinute, static_cast<double>(i)}}));
  const RangeParams first{kTestStartMs, kTestStartMs + 9 * kMinute, kMinute};
  EXPECT_EQ(cached("up", first), fresh("up", first));
  EXPECT_EQ(evaluated(), 10u);
  EXPECT_EQ(cached("up", first), fresh("up", first));
  EXPECT_EQ(evaluated(), 10u);
  EXPECT_EQ(reused(), 10u);
  store_.append_ok(TestBatch().add("up", "a", {{kTestStartMs + 10 * kMinute, 10}}));
  const RangeParams next{kTestStartMs + kMinute, kTestStartMs + 10 * kMinute, kMinute};
  EXPECT_EQ(cached("up", next), fresh("up", next));
  EXPECT_EQ(evaluated(), 11u);
  EXPECT_EQ(reused(), 19u);
  // Late: everything from then on is another.
  store_.append_ok(TestBatch().add("up", "b", {{kTestStartMs + 8 * kMinute, 1}}));
  EXPECT_EQ(cached("up", next), fresh("up", next));
  EXPECT_EQ(evaluated(), 14u);
}

TEST_F(RangeCacheTest, KeepsWithinItsRoomAndTheBudget) {
  store_.append_ok(TestBatch().add("up", "a", {{kTestStartMs, 1}}));
  const size_t before = store_.budget.used();
  for (int i = 0; i < 2000; ++i) {
    const std::string query = "up + " + std::to_string(i);
    cached(query, {kTestStartMs, kTestStartMs + 4 * kMinute, 1000});
  }
  EXPECT_GT(store_.budget.used(), before + (size_t{1} << 19));
  EXPECT_LE(store_.budget.used(), before + (size_t{1} << 20));
}

TEST_F(RangeCacheTest, KeepsNothingThatIsTooLargeOrThatMemoryHasNoRoomFor) {
  store_.append_ok(TestBatch().add("up", "a", {{kTestStartMs, 1}}));
  const RangeParams large{kTestStartMs, kTestStartMs + 299'970, 30};  // 10,000 steps: more than an eighth of the room
  const RangeParams small{kTestStartMs, kTestStartMs + 4 * kMinute, kMinute};
  const size_t before = store_.budget.used();
  for (uint64_t asked = 1; asked <= 2; ++asked) {
    EXPECT_EQ(cached("up", large), fresh("up", large));
    EXPECT_EQ(evaluated(), asked * 10'000);
    EXPECT_EQ(store_.budget.used(), before);
  }
  {
    const auto rest = store_.budget.charge(store_.budget.limit() - before - 300);
    EXPECT_EQ(cached("up", small), fresh("up", small));
    EXPECT_EQ(store_.budget.used(), store_.budget.limit() - 300);
  }
  EXPECT_EQ(cached("up", small), fresh("up", small));
  EXPECT_EQ(reused(), 0u);
  EXPECT_EQ(cached("up", small), fresh("up", small));
  EXPECT_EQ(reused(), 5u);
}

TEST_F(RangeCacheTest, ShorterQuestionsLeaveTheLongerAnswer) {
  store_.clock.set((kTestStartMs + 200 * kMinute) * base::kNanosPerMilli);
  const auto append_at = [&](int64_t minute) {
    store_.append_ok(TestBatch().add("up", "a", {{kTestStartMs + minute * kMinute, static_cast<double>(minute)}}));
  };
  for (int64_t minute = 0; minute <= 100; ++minute) append_at(minute);
  // How many steps were evaluated for it.
  const auto ask = [&](int64_t from, int64_t to) {
    const uint64_t before = evaluated();
    const RangeParams range{kTestStartMs + from * kMinute, kTestStartMs + to * kMinute, kMinute};
    EXPECT_EQ(cached("up", range), fresh("up", range)) << from << " to " << to;
    return evaluated() - before;
  };
  EXPECT_EQ(ask(0, 100), 101u);
  EXPECT_EQ(ask(90, 100), 0u);
  append_at(101);
  EXPECT_EQ(ask(91, 101), 1u);
  EXPECT_EQ(ask(10, 20), 0u);  // an older part
  EXPECT_EQ(ask(1, 101), 0u);
  append_at(102);
  EXPECT_EQ(ask(2, 102), 1u);
  // Nobody asks the long one any more: its steps are let go.
  const size_t with_long = store_.budget.used();
  for (int64_t minute = 103; minute < 180; ++minute) {
    append_at(minute);
    EXPECT_EQ(ask(minute - 10, minute), 1u);
  }
  EXPECT_LT(store_.budget.used(), with_long);
  EXPECT_EQ(ask(79, 179), 101u);
}

// Whatever is written, deleted or dropped between two questions: the same answer as without what was kept, to the bit.
TEST_F(RangeCacheTest, AnswersAreThoseOfTheEngine) {
  const std::vector<std::string> queries = {
      "m0", "rate(m0[5m])", "sum(rate(m0[2m])) by (instance)", "m0 offset -2m", "max_over_time(rate(m1[2m])[10m:1m])", "m0 / on (instance) m1",
      "topk(2, m0)", "count_values(\"v\", m1)", "{__name__=~\"m.\"} + 0", "absent(m0{instance=\"3\"})", "label_replace(m1, \"x\", \"$1\", \"instance\", \"(.)\")",
      "avg_over_time(m0[7m]) > 20", "quantile(0.9, m0)", "time() - timestamp(m0)", "m0 @ end()", "stddev_over_time(m1[9m])",
      // Of which the order of series decides the last bits.
      "sum(m0)", "avg(delta(m1[2m]))", "stddev(m0)", "stdvar({__name__=~\"m.\"})", "sum(topk(3, m0))", "avg(m0 * 1.1)"};
  std::mt19937 random(11);
  const auto pick = [&](int most) { return static_cast<int64_t>(random() % static_cast<unsigned>(most)); };
  int64_t now = kTestStartMs;
  for (int round = 0; round < 2000; ++round) {
    const std::string metric = "m" + std::to_string(pick(2));
    const int64_t what = pick(40);
    if (what < 30) {
      now += 5'000;
      store_.clock.set(now * base::kNanosPerMilli);
      store_.append_ok(TestBatch().add(metric, std::to_string(pick(8)), {{now - pick(3000), static_cast<double>(pick(1000)) / 7}}));
    } else if (what < 34) {
      store_.append_ok(TestBatch().add(metric, std::to_string(pick(4)), {{now - pick(30) * kMinute, static_cast<double>(pick(50))}}));
    } else if (what == 34) {
      ASSERT_TRUE(store_.store->flush().has_value());
    } else if (what == 35) {
      const std::vector<store::LabelMatcher> one = {{store::LabelMatcher::Op::kEqual, "instance", std::to_string(pick(4))}};
      ASSERT_TRUE(store_.store->delete_series(one, {now - pick(20) * kMinute, now - pick(5) * kMinute}).has_value());
    } else if (what == 36 && pick(4) == 0) {
      ASSERT_TRUE(store_.store->flush().has_value());
      store_.store->drop_oldest();
    }
    const std::string& query = queries[static_cast<size_t>(pick(static_cast<int>(queries.size())))];
    const int64_t step = pick(2) == 0 ? 15'000 : 60'000;
    const int64_t end = now / step * step + pick(2) * step, start = end - (5 + pick(20)) * kMinute;
    const RangeParams range{start / step * step, end, step};
    ASSERT_EQ(cached(query, range), fresh(query, range)) << query << " in round " << round;
  }
  EXPECT_GT(reused(), 1000u);
}

}  // namespace
}  // namespace tripod::query::promql
