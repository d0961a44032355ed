// What scripts cannot say: limits, deadlines, and that the two ways to count agree.
#include "query/logql/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "query/logql/labels.h"
#include "query/logql/parser.h"
#include "query/logql/testing/script.h"
#include "store/events/query_limits.h"
#include "store/events/testing/forwarding_store.h"

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

std::string repeated(std::string_view what, size_t times, std::string_view between) {
  std::string out;
  for (size_t i = 0; i < times; ++i) {
    if (i > 0) out += between;
    out += what;
  }
  return out;
}

std::string refusal(const std::string& query) {
  const auto parsed = parse(query);
  return parsed ? "" : parsed.error().message;
}

// However long a query is, it ends no stack and holds no more than its share.
TEST_F(EngineTest, LongQueriesAreRefused) {
  for (const std::string_view link : {" or ", " and ", " ", ", "}) {
    EXPECT_THAT(refusal("{} | " + repeated("a=1", 16'000, link)), HasSubstr("more than 1000 matchers, stages, terms and labels in one query")) << link;
    EXPECT_EQ(refusal("{} | " + repeated("a=1", 990, link)), "") << link;
  }
  EXPECT_THAT(refusal("{} | " + repeated("(", 100'000, "")), HasSubstr("nested too deeply (limit 100)"));
  EXPECT_THAT(refusal("{} |~ " + repeated("\"x\"", 101, " or ")), HasSubstr("col 707: more than 100 regular expressions in one query"));
  for (const std::string& many : {"{} " + repeated("|~ \"x\"", 101, " "), "{" + repeated("a=~\"x\"", 101, ",") + "}",
                                  "{} | " + repeated("a=~\"x\"", 101, " or "), "{} | drop " + repeated("a!~\"x\"", 101, ","),
                                  "{} " + repeated("| regexp \"(?P<a>x)\"", 101, " ")}) {
    EXPECT_THAT(refusal(many), HasSubstr("more than 100 regular expressions in one query; write several as one: a|b")) << many;
  }
  for (const std::string& many : {"{} |= " + repeated("\"x\"", 1001, " or "), "{} | json " + repeated("a", 1001, ","), "{} | keep " + repeated("a", 1001, ","),
                                  "{} " + repeated("| json", 1001, " ")}) {
    EXPECT_THAT(refusal(many), HasSubstr("more than 1000 matchers")) << many.substr(0, 30);
  }
}

TEST_F(EngineTest, ChainsOfFiltersAskEachPart) {
  for (int i = 0; i < 4; ++i) add("a", kStart + i, "line " + std::to_string(i), {{"n", static_cast<int64_t>(i)}});
  const RangeParams params{kStart, kStart + kSecond, kSecond};
  const auto lines = [&](const std::string& filter) {
    const auto found = range("{app=\"a\"} | line_format \"{{__line__}}\" | " + filter, params);
    return found ? found->stats.entries : UINT64_MAX;
  };
  EXPECT_EQ(lines("n=0 or n=2 or n=3"), 3u);
  EXPECT_EQ(lines("n>=0 and n>=1 and n>=2"), 2u);
  EXPECT_EQ(lines("n=0 or n>=1 and n<2 or n>2 and n<9"), 3u);
  EXPECT_EQ(lines("(n=0 or n=1) and n!=0"), 1u);
}

TEST_F(EngineTest, DeadlinesEndMetricsWithAnError) {
  add("a", kStart, "x");
  bounds_.deadline_steady = clock_.steady();
  const auto metric = range("count_over_time({app=\"a\"}[1m])", {kStart, kStart, kSecond});
  ASSERT_FALSE(metric);
  EXPECT_EQ(metric.error().code, base::Code::kDeadlineExceeded);
}

// Says of its first page what a test wants said.
class TroubledStore final : public store::testing::ForwardingStore {
 public:
  TroubledStore(store::EventStore& to, std::function<void(store::QueryStats&)> trouble) : ForwardingStore(to), trouble_(std::move(trouble)) {}
  base::Result<store::ScanResult> scan(const store::ScanPlan& plan) override {
    auto page = ForwardingStore::scan(plan);
    if (page && pages_++ == 0) trouble_(page->stats);
    return page;
  }

 private:
  const std::function<void(store::QueryStats&)> trouble_;
  size_t pages_ = 0;
};

// A full page that memory cut short is followed by the next one: only what no page will bring is missing.
TEST_F(EngineTest, WhatIsMissingOfAFullPageIsSaid) {
  for (int i = 0; i < 1000; ++i) add("a", kStart + i, "line", {{"n", static_cast<int64_t>(i % 2)}});
  const auto ask = [&](const char* query, std::function<void(store::QueryStats&)> trouble) {
    TroubledStore store(store_->store(), std::move(trouble));
    return Engine(store, clock_).range(**parse(query), {kStart, kStart + kSecond, kSecond}, {.limit = 600}, bounds_);
  };
  const auto memory = [this](store::QueryStats& stats) {
    base::MemoryBudget budget(1u << 20);
    store::QueryLimits limits({.max_memory_bytes = 1}, clock_, budget);
    EXPECT_FALSE(limits.reserve(2));
    limits.describe(stats);
  };
  const auto damage = [&](store::QueryStats& stats) {
    memory(stats);
    store::warn_incomplete(stats, "part 7 was damaged");
  };
  const auto time = [](store::QueryStats& stats) {
    stats.out_of_time = true;
    store::warn_incomplete(stats, "time");
  };
  constexpr const char* kLines = "{app=\"a\"} | label_format x=\"y\" | n=\"1\"";
  const auto all = ask(kLines, memory);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->stats.entries, 500u);
  EXPECT_TRUE(all->warnings.empty());
  const auto damaged = ask(kLines, damage);
  ASSERT_TRUE(damaged);
  EXPECT_EQ(damaged->stats.entries, 500u);
  EXPECT_THAT(damaged->warnings, ::testing::ElementsAre("part 7 was damaged"));
  const auto late = ask(kLines, time);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->stats.entries, 300u);
  EXPECT_THAT(late->warnings, ::testing::ElementsAre("time"));
  constexpr const char* kSum = "sum(sum_over_time({app=\"a\"} | label_format v=\"1\" | unwrap v [1m]))";
  EXPECT_TRUE(ask(kSum, [](store::QueryStats&) {}));
  for (const auto& trouble : {std::function<void(store::QueryStats&)>(damage), std::function<void(store::QueryStats&)>(time)}) {
    EXPECT_FALSE(ask(kSum, trouble));
  }
}

// Where a client does not tell labels apart, a stream shows what the sender attached, whatever words its lines are made of.
TEST_F(EngineTest, MetadataIsShownByItsOriginNotByTheLinesWords) {
  const auto stream = [&](const std::string& line) {
    const auto found = range("{app=\"" + line + "\"}", {kStart, kStart + kSecond, kSecond});
    if (!found || found->streams.size() != 1) return std::string("error");
    std::string out;
    for (const auto& [name, value] : found->streams[0].labels) out += (out.empty() ? "" : " ") + name + "=" + value;
    return out;
  };
  add("plain", kStart, "user logged in with trace_id=7", {{"user", std::string("ann")}, {"trace_id", std::string("t1")}});
  EXPECT_EQ(stream("plain"), "app=plain trace_id=t1 user=ann");
  add("json", kStart, "paid by user", {{"original", std::string(R"({"msg":"paid by user","amount":3,"tags":["a"],"http":{"status":200}})")},
                                       {"amount", int64_t{3}}, {"tags", store::JsonText{"[\"a\"]"}}, {"http.status", int64_t{200}},
                                       {"user", std::string("ann")}, {"msg_id", std::string("m1")}});
  EXPECT_EQ(stream("json"), "app=json msg_id=m1 user=ann");
  add("logfmt", kStart, "user", {{"original", std::string("msg=user took=3ms")}, {"took", std::string("3ms")}, {"user", std::string("ann")}});
  EXPECT_EQ(stream("logfmt"), "app=logfmt user=ann");
}

TEST_F(EngineTest, CancelledQueriesEnd) {
  add("a", kStart, "x");
  std::stop_source nobody_waits;
  bounds_.cancelled = nobody_waits.get_token();
  nobody_waits.request_stop();
  const auto metric = range("vector(1)", {kStart, kStart, kSecond});
  ASSERT_FALSE(metric);
  EXPECT_EQ(metric.error().code, base::Code::kCancelled);
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
