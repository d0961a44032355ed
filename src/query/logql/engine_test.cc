// What scripts cannot say: limits, deadlines, and that the two ways to count agree.
#include "query/logql/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "query/logql/labels.h"
#include "query/logql/parser.h"
#include "query/logql/testing/script.h"

namespace tripod::query::logql {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kStart = 1'700'006'400 * kSecond;

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() : store_(testing::naive_script_store()) {}

  void add(const std::string& app, int64_t time, const std::string& line, store::testing::Fields fields = {}) {
    store::testing::TestBatch batch;
    batch.streams = {{{std::string(kStreamMarkPrefix) + "app", true}, {"app", app}}};
    fields.emplace_back("body", line);
    batch.events.push_back({time, 0, std::move(fields)});
    store_->add(batch);
  }
  base::Result<QueryResult> range(const std::string& query, RangeParams params, EngineOptions options = {}, LogOptions logs = {}) {
    const auto expr = parse(query);
    if (!expr) return base::fail(expr.error());
    return Engine(store_->store(), clock_, options).range(**expr, params, logs, bounds_);
  }
  std::string answer(const std::string& query, RangeParams params, EngineOptions options = {}) {
    auto result = range(query, params, options);
    if (!result) return "error " + result.error().message;
    result->stats = {};
    std::string out;
    base::JsonWriter json(out);
    write_json(*result, LabelStyle::kMerged, json);
    return out;
  }

  std::unique_ptr<testing::ScriptStore> store_;
  base::ManualClock clock_{kStart};
  store::QueryBounds bounds_;
};

// Lines on and beside every edge; the same counted by the store in buckets, and line by line behind a stage that changes nothing.
TEST_F(EngineTest, CountsAgreeHoweverTheyAreMade) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 200; ++i) {
    const int64_t second = static_cast<int64_t>(random() % 300);
    const int64_t beside = static_cast<int64_t>(random() % 3) - 1;
    add(i % 3 == 0 ? "a" : "b", kStart + second * kSecond + beside, "line " + std::to_string(i), {{"n", static_cast<int64_t>(i % 4)}});
  }
  for (const char* window : {"1s", "7s", "10s", "30s", "1m", "90s", "5m"}) {
    for (const int64_t step : {1, 3, 10, 30, 60, 100}) {
      const RangeParams params{kStart + 13 * kSecond, kStart + 290 * kSecond, step * kSecond};
      for (const char* shape : {"count_over_time({app=~\".+\"}%s[%w])", "sum by (app) (rate({app=~\".+\"}%s[%w]))", "sum by (n) (count_over_time({app=\"b\"}%s[%w] offset 5s))",
                                "absent_over_time({app=\"a\"}%s[%w])"}) {
        std::string pushed = shape, streamed;
        pushed.replace(pushed.find("%w"), 2, window);
        streamed = pushed;
        pushed.replace(pushed.find("%s"), 2, "");
        streamed.replace(streamed.find("%s"), 2, " | line_format \"{{__line__}}\" ");
        ASSERT_EQ(answer(pushed, params), answer(streamed, params)) << pushed << " step " << step;
      }
    }
  }
}

TEST_F(EngineTest, LimitsAreErrorsThatSayWhatToNarrow) {
  for (int i = 0; i < 20; ++i) add("app-" + std::to_string(i), kStart, "x");
  const RangeParams params{kStart, kStart + 60 * kSecond, 60 * kSecond};
  EXPECT_THAT(answer("count_over_time({app=~\".+\"}[1m])", params, {.max_series = 10}), HasSubstr("maximum number of series (10) reached for a single query"));
  EXPECT_THAT(answer("count_over_time({app=~\".+\"}[1m])", params, {.max_inner_series = 10}), HasSubstr("maximum number of series (10)"));
  EXPECT_THAT(answer("sum(count_over_time({app=~\".+\"}[1m]))", params, {.max_series = 10}), HasSubstr("\"20\""));
  EXPECT_THAT(answer("vector(1)", {kStart, kStart + 11'000 * kSecond, kSecond}), HasSubstr("exceeded maximum resolution of 11,000 points"));
  EXPECT_THAT(answer("vector(1)", {kStart, kStart, 0}), HasSubstr("zero or negative query resolution"));
  bounds_.max_memory_bytes = 1000;
  EXPECT_THAT(answer("count_over_time({app=~\".+\"} | line_format \"y\" [1m])", params), HasSubstr("MiB of samples; narrow"));
}

TEST_F(EngineTest, DeadlinesEndMetricsWithAnError) {
  add("a", kStart, "x");
  bounds_.deadline_steady = clock_.steady();
  const auto metric = range("count_over_time({app=\"a\"}[1m])", {kStart, kStart, kSecond});
  ASSERT_FALSE(metric);
  EXPECT_EQ(metric.error().code, base::Code::kDeadlineExceeded);
}

TEST_F(EngineTest, CountsWhatItDid) {
  add("a", kStart, "one");
  add("a", kStart + 1, "two");
  const auto lines = range("{app=\"a\"} |= \"one\"", {kStart, kStart + kSecond, kSecond});
  ASSERT_TRUE(lines);
  EXPECT_EQ(lines->stats.entries, 1u);
  EXPECT_EQ(lines->stats.lines_read, 2u);
  EXPECT_EQ(lines->stats.lines_after_filter, 1u);
  const auto none = range("{app=\"a\"}", {kStart, kStart + kSecond, kSecond}, {}, {.limit = 0});
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->streams.empty());
}

TEST_F(EngineTest, AnswersAreLokis) {
  add("a", kStart, "one", {{"trace_id", std::string("t1")}});
  auto lines = range("{app=\"a\"} | regexp \"(?P<first>.)\"", {kStart, kStart + kSecond, kSecond}, {}, {.style = LabelStyle::kCategorized});
  ASSERT_TRUE(lines);
  std::string out;
  base::JsonWriter json(out);
  write_json(*lines, LabelStyle::kCategorized, json);
  EXPECT_THAT(out, HasSubstr(R"({"resultType":"streams","result":[{"stream":{"app":"a"},"values":[["1700006400000000000","one",{"structuredMetadata":{"trace_id":"t1"},"parsed":{"first":"o"}}]]}],"encodingFlags":["categorize-labels"],"stats":{"summary":)"));
  EXPECT_THAT(answer("count_over_time({app=\"a\"}[1500ms])", {kStart, kStart + kSecond, kSecond / 2}),
              HasSubstr(R"({"resultType":"matrix","result":[{"metric":{"app":"a"},"values":[[1700006400,"1"],[1700006400.5,"1"],[1700006401,"1"]]}])"));
}

}  // namespace
}  // namespace tripod::query::logql
