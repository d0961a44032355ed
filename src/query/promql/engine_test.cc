#include "query/promql/engine.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <thread>

#include "query/promql/testing/memory_metric_store.h"

namespace tripod::query::promql {
namespace {

using base::Code;

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    for (const char* host : {"a", "b"}) {
      std::vector<model::Sample> samples;
      for (int i = 0; i <= 60; ++i) samples.push_back({i * 60'000, static_cast<double>(i)});
      store_.add({{"__name__", "m_total"}, {"host", host}}, samples);
    }
  }

  std::string json(const base::Result<QueryResult>& result) {
    if (!result) return "error: " + result.error().message;
    std::string out;
    base::JsonWriter writer(out);
    write_json(*result, writer);
    return out;
  }

  testing::MemoryMetricStore store_;
  base::ManualClock clock_{0};
  Engine engine_{store_, clock_};
};

TEST_F(EngineTest, JsonShapes) {
  EXPECT_EQ(json(engine_.instant("1 / 3", 1500)),
            R"({"resultType":"scalar","result":[1.500,"0.3333333333333333"]})");
  EXPECT_EQ(json(engine_.instant("\"hi\"", 2005)),
            R"({"resultType":"string","result":[2.005,"hi"]})");
  EXPECT_EQ(
      json(engine_.instant("m_total{host=\"a\"}", 60'000)),
      R"({"resultType":"vector","result":[{"metric":{"__name__":"m_total","host":"a"},"value":[60,"1"]}]})");
  EXPECT_EQ(
      json(engine_.range("sum(m_total)", {0, 120'000, 60'000})),
      R"({"resultType":"matrix","result":[{"metric":{},"values":[[0,"0"],[60,"2"],[120,"4"]]}]})");
  EXPECT_EQ(json(engine_.instant("m_total{host=\"a\"}[2m]", 120'000)),
            R"({"resultType":"matrix","result":[{"metric":{"__name__":"m_total","host":"a"},)"
            R"("values":[[60,"1"],[120,"2"]]}]})");
  EXPECT_EQ(json(engine_.instant("vector(Inf) or on() nothing", 0)),
            R"({"resultType":"vector","result":[{"metric":{},"value":[0,"+Inf"]}]})");
  EXPECT_EQ(json(engine_.instant("nothing", -1)), R"({"resultType":"vector","result":[]})");
  EXPECT_EQ(
      json(engine_.range("1", {-1500, -500, 1000})),
      R"({"resultType":"matrix","result":[{"metric":{},"values":[[-1.500,"1"],[-0.500,"1"]]}]})");
}

TEST_F(EngineTest, RangeParametersAreJudged) {
  const auto message = [&](std::string_view query, RangeParams params) {
    auto result = engine_.range(query, params);
    EXPECT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::kInvalidArgument);
    return result.error().message;
  };
  EXPECT_EQ(message("1", {1000, 0, 1000}), "end timestamp must not be before start time");
  EXPECT_EQ(
      message("1", {0, 1000, 0}),
      "zero or negative query resolution step widths are not accepted. Try a positive integer");
  EXPECT_EQ(message("1", {0, 11'001'000, 1000}),
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query "
            "resolution "
            "(?step=XX)");
  EXPECT_TRUE(engine_.range("1", {0, 11'000'000, 1000}));
  EXPECT_EQ(
      message("m_total[5m]", {0, 1000, 1000}),
      "invalid expression type \"range vector\" for range query, must be Scalar or instant Vector");
  EXPECT_EQ(message("\"s\"", {0, 1000, 1000}),
            "invalid expression type \"string\" for range query, must be Scalar or instant Vector");
  EXPECT_NE(message("1", {std::numeric_limits<int64_t>::min(), 0, 1}).find("out of bounds"),
            std::string::npos);
}

TEST_F(EngineTest, EachSelectorIsReadOnceHoweverManySteps) {
  ASSERT_TRUE(engine_.range("sum(rate(m_total[5m])) / count(m_total)", {0, 3'600'000, 15'000}));
  EXPECT_EQ(store_.selects(), 2u);
}

TEST_F(EngineTest, DeadlineEndsAQuery) {
  QueryOptions options;
  options.deadline_steady = 1000;
  clock_.set(999);
  EXPECT_TRUE(engine_.instant("sum(m_total)", 60'000, options));
  clock_.set(1000);
  auto result = engine_.instant("sum(m_total)", 60'000, options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kDeadlineExceeded);
  EXPECT_EQ(result.error().message, "query timed out in expression evaluation");
  EXPECT_EQ(prometheus_error_type(result.error().code), "timeout");
}

// Two threads beside the caller's for each query that wants them.
void with_two_threads(const std::function<void()>& help, const std::function<void()>& own) {
  std::jthread first(help);
  std::jthread second(help);
  own();
}

TEST_F(EngineTest, AnswersAreTheSameOnSeveralThreads) {
  for (int i = 0; i < 3000; ++i) {
    std::vector<model::Sample> samples;
    for (int k = 0; k < 20; ++k) samples.push_back({k * 60'000, 0.1 * i + 0.3 * k});
    store_.add({{"__name__", "n_total"}, {"i", std::to_string(i)}, {"mod", std::to_string(i % 7)}}, samples);
  }
  EngineOptions options;
  options.with_helpers = with_two_threads;
  const Engine threaded(store_, clock_, options);
  for (const char* query : {"sum by (mod) (rate(n_total[5m]))", "stddev without (i) (n_total)", "n_total",
                            "quantile_over_time(0.3, n_total[7m])", "avg(n_total offset 2m)", "absent(n_total)",
                            "topk(3, rate(n_total[10m]))", "sum_over_time(sum(n_total)[10m:1m])"}) {
    EXPECT_EQ(json(threaded.range(query, {0, 1'200'000, 30'000})), json(engine_.range(query, {0, 1'200'000, 30'000})))
        << query;
    EXPECT_EQ(json(threaded.instant(query, 600'000)), json(engine_.instant(query, 600'000))) << query;
  }
  QueryOptions late;
  late.deadline_steady = 0;
  EXPECT_EQ(threaded.range("sum(n_total)", {0, 1'200'000, 30'000}, late).error().code, Code::kDeadlineExceeded);
  QueryOptions small;
  small.max_samples = 15;  // a series has more in the range
  EXPECT_EQ(threaded.instant("sum(rate(n_total[1h]))", 1'200'000, small).error().code, Code::kResourceExhausted);
}

TEST_F(EngineTest, AStopEndsAQuery) {
  std::stop_source stop;
  QueryOptions options;
  options.cancel = stop.get_token();
  EXPECT_TRUE(engine_.instant("m_total", 0, options));
  stop.request_stop();
  auto result = engine_.instant("m_total", 0, options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kCancelled);
}

TEST_F(EngineTest, TooManySamplesAreAnError) {
  QueryOptions options;
  options.max_samples = 100;
  auto result = engine_.range("m_total", {0, 3'600'000, 60'000}, options);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kResourceExhausted);
  EXPECT_EQ(prometheus_error_type(result.error().code), "execution");
  EXPECT_FALSE(engine_.instant("sum_over_time((m_total * 2)[1h:1s])", 3'600'000, options));
  EXPECT_TRUE(engine_.instant("m_total", 3'600'000, options));
}

TEST_F(EngineTest, MemoryIsChargedAndGivenBack) {
  base::MemoryBudget memory(64 << 10);
  EngineOptions engine_options;
  engine_options.memory = &memory;
  const Engine engine(store_, clock_, engine_options);
  EXPECT_TRUE(engine.range("sum(m_total)", {0, 3'600'000, 60'000}));
  EXPECT_EQ(memory.used(), 0u);
  auto result = engine.range("m_total", {0, 3'600'000, 400});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kResourceExhausted);
  EXPECT_EQ(memory.used(), 0u);
}

TEST_F(EngineTest, SamplesOfTheSeriesThatIsReadAreCharged) {
  std::vector<model::Sample> samples;
  for (int i = 0; i < 10'000; ++i) samples.push_back({i * 1000, static_cast<double>(i)});
  store_.add({{"__name__", "long_total"}}, samples);
  const char* query = "sum(rate(long_total[3h]))";
  base::MemoryBudget enough(1 << 20);
  EXPECT_TRUE(Engine(store_, clock_, {.memory = &enough}).instant(query, 10'000'000));
  EXPECT_EQ(enough.used(), 0u);
  base::MemoryBudget little(10'000 * sizeof(model::Sample) - 1);
  const auto result = Engine(store_, clock_, {.memory = &little}).instant(query, 10'000'000);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kResourceExhausted);
  // 16 KiB, as much again three times, and an eighth: a quarter is not free any more.
  EXPECT_EQ(result.error().message, "query needs more memory than is free: a series has more than 9216 samples in the range");
  EXPECT_EQ(little.used(), 0u);
}

// Each look at it takes a nanosecond. Thread-safe.
class ClockThatIsCounted final : public base::Clock {
 public:
  base::UnixNanos now() const override { return 0; }
  int64_t steady() const override { return ++looks_; }

 private:
  mutable std::atomic<int64_t> looks_{0};
};

// However few steps there are, and however many series are read at once.
TEST_F(EngineTest, TheDeadlineIsLookedAtEveryFewThousandSamples) {
  std::vector<model::Sample> samples;
  for (int i = 0; i < 20'000; ++i) samples.push_back({i * 100, static_cast<double>(i % 2)});  // every second one a reset
  for (int i = 0; i < 100; ++i) store_.add({{"__name__", "long_total"}, {"i", std::to_string(i)}}, samples);
  const ClockThatIsCounted clock;
  const Engine engine(store_, clock);
  QueryOptions options;
  for (const char* query : {"sum(rate(long_total[1h]))", "sum(count_over_time(long_total[1h]))"}) {
    options.deadline_steady = clock.steady() + 90;
    EXPECT_EQ(engine.instant(query, 2'000'000, options).error().code, Code::kDeadlineExceeded) << query;
    options.deadline_steady = clock.steady() + 200;
    EXPECT_TRUE(engine.instant(query, 2'000'000, options)) << query;
  }
  // One series, whose windows hold many resets.
  options.deadline_steady = clock.steady() + 20;
  EXPECT_EQ(engine.range("rate(long_total{i=\"1\"}[1h])", {0, 2'000'000, 400}, options).error().code, Code::kDeadlineExceeded);
}

TEST_F(EngineTest, LookbackCanBeSetPerQuery) {
  QueryOptions options;
  options.lookback_ms = 1000;
  EXPECT_EQ(engine_.instant("m_total", 60'999, options)->vector.size(), 2u);
  EXPECT_EQ(engine_.instant("m_total", 61'000, options)->vector.size(), 0u);
}

TEST_F(EngineTest, HugeTimesDoNotOverflow) {
  for (const char* query : {"m_total offset 200y", "m_total @ 8e12 offset -200y",
                            "rate(m_total[200y])", "m_total @ -8e12"}) {
    EXPECT_TRUE(engine_.instant(query, 8'000'000'000'000'000)) << query;
    EXPECT_TRUE(engine_.instant(query, -8'000'000'000'000'000)) << query;
  }
}

TEST_F(EngineTest, TheDeepestExpressionsEvaluate) {
  std::string sum = "m_total";
  for (int i = 0; i < 400; ++i) sum += " + m_total";
  auto result = engine_.instant(sum, 60'000);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->vector.front().sample.value, 401);
}

// Range queries of many steps with room for so many columns of theirs.
class MemoryOfOneQueryTest : public ::testing::Test {
 protected:
  static constexpr RangeParams kSteps{0, 600'000, 100};  // 6,001 of them
  static constexpr size_t kColumn = 6'001 * sizeof(double);

  void add(store::Labels labels, int64_t from_minute, int64_t minutes) {
    std::vector<model::Sample> samples;
    for (int64_t i = from_minute; i < from_minute + minutes; ++i)
      samples.push_back({i * 60'000, 1});
    store_.add(std::move(labels), samples);
  }
  // Its error; empty: it was answered.
  std::string answer(std::string_view query, size_t columns) {
    base::MemoryBudget memory(columns * kColumn);
    const Engine engine(store_, clock_, {.memory = &memory});
    const auto result = engine.range(query, kSteps);
    EXPECT_EQ(memory.used(), 0u) << query;
    if (result) return {};
    EXPECT_EQ(result.error().code, Code::kResourceExhausted) << query;
    return result.error().message;
  }

  testing::MemoryMetricStore store_;
  base::ManualClock clock_{0};
};

constexpr const char* kNoRoom = "query needs more memory than is free (48008 bytes more)";

TEST_F(MemoryOfOneQueryTest, QuantilesThatChangeWithEachStepAreCharged) {
  for (const char* le : {"1", "+Inf"}) add({{"__name__", "d_bucket"}, {"le", le}}, 0, 11);
  const char* changing = R"(histogram_quantiles(d_bucket, "q", scalar(vector(time() / 600))))";
  EXPECT_EQ(answer(changing, 50), kNoRoom);
  EXPECT_EQ(answer(R"(histogram_quantiles(d_bucket, "q", 0.5))", 50), "");
}

TEST_F(MemoryOfOneQueryTest, EachSetOfLabelsThatInfosAddIsCharged) {
  add({{"__name__", "m"}, {"instance", "a"}, {"job", "x"}}, 0, 11);
  for (int64_t minute = 0; minute < 10; ++minute) {
    add({{"__name__", "target_info"},
         {"instance", "a"},
         {"job", "x"},
         {"version", std::to_string(minute)}},
        minute, 1);
  }
  EXPECT_EQ(answer("info(m)", 30), "");  // 11 are read, 10 are made of one
  EXPECT_EQ(answer("info(m)", 15), kNoRoom);
}

// The columns of a subquery with very many steps are charged before they are taken, not only where they are kept.
TEST_F(MemoryOfOneQueryTest, ColumnsOfVeryManyStepsAreChargedWhileTheyAreMade) {
  for (int i = 0; i < 20; ++i) add({{"__name__", "m"}, {"n", std::to_string(i)}}, 0, 11);
  constexpr size_t kOneColumn = 150'000 * sizeof(double);
  const auto needs = [&](size_t columns) {
    base::MemoryBudget memory(columns * kOneColumn);
    const Engine engine(store_, clock_, {.memory = &memory});
    const auto result = engine.instant("count(sum_over_time(sum(m)[10m:4ms]))", 600'000);
    EXPECT_EQ(memory.used(), 0u);
    return result ? std::string() : result.error().message;
  };
  // Sums are four columns, what is read and what is taken of it one each; and the outer frame has one.
  EXPECT_EQ(needs(7), "query needs more memory than is free (1200000 bytes more)");
  EXPECT_EQ(needs(8), "");
}

TEST_F(MemoryOfOneQueryTest, ColumnsOfFilledSidesAreCharged) {
  for (int i = 0; i < 10; ++i) {
    add({{"__name__", "l"}, {"side", "l" + std::to_string(i)}}, 0, 11);
    add({{"__name__", "r"}, {"side", "r" + std::to_string(i)}}, 0, 11);
  }
  const char* filled = "l + fill(0) r";
  EXPECT_EQ(answer(filled, 45), "");  // 20 are read and 20 made
  EXPECT_EQ(answer(filled, 35), kNoRoom);
  EXPECT_EQ(answer("l + r", 25), "");  // none is made
}

}  // namespace
}  // namespace tripod::query::promql
