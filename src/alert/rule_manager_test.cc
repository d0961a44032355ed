#include "alert/rule_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <future>
#include <thread>

#include "alert/rule_file.h"
#include "query/promql/labels.h"
#include "query/promql/testing/memory_metric_store.h"

namespace tripod::alert {
namespace {

namespace promql = query::promql;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int64_t kStartMs = 1'795'365'480'000;
constexpr int64_t kMinute = 60'000;

class RuleManagerTest : public testing::Test {
 protected:
  void SetUp() override { begin(); }

  void begin(RuleManagerOptions options = {}) {
    manager_.emplace(RuleContext{engine_, store_, clock_, *log_, metrics_, [this](model::Batch&& batch) { return keep(batch); }}, options);
  }
  // Takes one sample for each time of a series, as the real store does.
  base::Result<std::vector<model::Rejection>> keep(const model::Batch& batch) {
    if (refuse_) return base::fail(base::Code::kUnavailable, "no room");
    std::vector<model::Rejection> rejected;
    for (const model::SeriesSamples& series : batch.series) {
      store::Labels labels;
      for (const model::Label& label : series.labels) labels.emplace_back(label.name, label.value);
      if (on_keep_) on_keep_(promql::get_label(labels, "__name__"));
      for (const model::Sample& sample : series.samples) {
        const auto [at, is_new] = kept_.try_emplace({promql::label_key(labels), sample.time_ms}, sample.value);
        if (is_new) {
          store_.add(labels, {&sample, 1});
        } else if (at->second != sample.value) {
          rejected.push_back({"duplicate_timestamp_different_value", promql::to_string(labels), 1});
        }
      }
    }
    return rejected;
  }
  // The program is away for so long.
  void restart(const char* rules, int64_t minutes) {
    manager_.reset();
    clock_.advance(minutes * base::kNanosPerMinute);
    begin();
    load(rules);
  }
  void load(const std::string& yaml) {
    const ParsedRuleFile parsed = parse_rule_file(yaml, "r.yml");
    ASSERT_THAT(parsed.errors, IsEmpty());
    manager_->reload({parsed.groups, {"r.yml"}});
  }
  // The clock goes on second by second; all that is due is done.
  void advance(int64_t seconds) {
    for (int64_t i = 0; i < seconds; ++i) {
      clock_.advance(base::kNanosPerSecond);
      settle();
    }
  }
  void settle() {
    while (manager_->run_due()) {
    }
  }
  void put(const char* name, const char* job, double value) {
    const model::Sample sample{clock_.now() / base::kNanosPerMilli, value};
    store_.add({{"__name__", name}, {"job", job}}, {&sample, 1});
  }
  // All samples of a selector since the start: "job:value" with "stale" for markers.
  std::vector<std::string> samples(const char* name) {
    std::vector<std::string> out;
    for (const store::SeriesData& series : select(name)) {
      for (const model::Sample& sample : series.samples) {
        const std::string value = model::is_stale_marker(sample.value) ? "stale" : std::to_string(static_cast<int64_t>(sample.value));
        out.push_back(std::string(promql::get_label(series.labels, "job")) + ":" + value);
      }
    }
    return out;
  }
  std::vector<store::SeriesData> select(const char* name) {
    const store::LabelMatcher matcher{store::LabelMatcher::Op::kEqual, "__name__", name};
    return std::move(*store_.select({&matcher, 1}, {0, INT64_MAX}, {}));
  }
  std::vector<int64_t> times(const char* name) {
    std::vector<int64_t> out;
    for (const store::SeriesData& series : select(name)) {
      for (const model::Sample& sample : series.samples) out.push_back(sample.time_ms);
    }
    return out;
  }

  base::ManualClock clock_{kStartMs * base::kNanosPerMilli};
  promql::testing::MemoryMetricStore store_;
  promql::Engine engine_{store_, clock_};
  base::MetricRegistry metrics_;
  std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  bool refuse_ = false;
  std::function<void(std::string_view series)> on_keep_;
  std::map<std::pair<std::string, int64_t>, double> kept_;
  std::optional<RuleManager> manager_;
};

constexpr const char* kTwo = R"(groups:
- name: g
  interval: 1m
  rules:
  - record: doubled
    expr: value * 2
  - record: tripled
    expr: doubled * 1.5
    labels: {of: rule}
)";

TEST(RuleSchedule, TimesAreTheSameWheneverItBegins) {
  for (const int64_t now : {0, 1, 6, 7, 8, 12, 100}) {
    const int64_t next = next_evaluation_time(now, 10, 7);
    EXPECT_EQ(next % 10, 7) << now;
    EXPECT_GT(next, now);
    EXPECT_LE(next, now + 10);
  }
}

TEST_F(RuleManagerTest, RulesAreEvaluatedInOrderAndOnTime) {
  load(kTwo);
  put("value", "a", 4);
  advance(180);
  EXPECT_THAT(samples("doubled"), ElementsAre("a:8", "a:8", "a:8"));
  EXPECT_THAT(samples("tripled"), ElementsAre("a:12", "a:12", "a:12")) << "sees what the rule before recorded";
  EXPECT_EQ(promql::get_label(select("tripled")[0].labels, "of"), "rule");
  const auto when = times("doubled");
  EXPECT_EQ(when[1] - when[0], kMinute);
  EXPECT_EQ(when[2] - when[1], kMinute);
  const auto status = manager_->status();
  ASSERT_THAT(status, SizeIs(1));
  EXPECT_EQ(status[0].last_evaluation_ms, when[2]);
  EXPECT_EQ(status[0].rules[1].health, RuleHealth::kOk);
}

TEST_F(RuleManagerTest, SeriesThatDisappearAreMarkedStale) {
  load("groups: [{name: g, interval: 1m, rules: [{record: kept, expr: value > 3}]}]");
  put("value", "a", 4);
  put("value", "b", 5);
  advance(60);
  put("value", "a", 1);
  advance(60);
  EXPECT_THAT(samples("kept"), ElementsAre("a:4", "a:stale", "b:5", "b:5"));
  advance(60);
  EXPECT_THAT(samples("kept"), ElementsAre("a:4", "a:stale", "b:5", "b:5", "b:5")) << "once";
}

TEST_F(RuleManagerTest, TheLimitAndTheOffsetOfAGroup) {
  load("groups: [{name: g, interval: 1m, limit: 1, query_offset: 2m, rules: [{record: kept, expr: value}]}]");
  put("value", "a", 4);
  advance(60);
  EXPECT_THAT(samples("kept"), IsEmpty()) << "two minutes ago there was none";
  const int64_t evaluated = manager_->status()[0].last_evaluation_ms;
  advance(120);
  EXPECT_THAT(samples("kept"), ElementsAre("a:4"));
  EXPECT_EQ(times("kept")[0], evaluated) << "stamped with the time that the query looked at";
  put("value", "b", 5);
  advance(240);
  const auto status = manager_->status();
  EXPECT_EQ(status[0].rules[0].health, RuleHealth::kError);
  EXPECT_EQ(status[0].rules[0].last_error, "exceeded limit of 1 with 2 series");
}

TEST_F(RuleManagerTest, ARuleThatFailsLeavesTheOthersAlone) {
  load("groups: [{name: g, interval: 1m, rules: [{record: same, expr: value, labels: {job: ''}}, {record: fine, expr: '1'}]}]");
  put("value", "a", 4);
  put("value", "b", 4);
  advance(60);
  const auto status = manager_->status();
  EXPECT_EQ(status[0].rules[0].last_error, "vector contains metrics with the same labelset after applying rule labels");
  EXPECT_EQ(status[0].rules[1].health, RuleHealth::kOk);
  EXPECT_THAT(samples("fine"), ElementsAre(":1"));
}

TEST_F(RuleManagerTest, WhatIsNotStoredIsSaid) {
  load(kTwo);
  put("value", "a", 4);
  refuse_ = true;
  advance(60);
  EXPECT_EQ(manager_->status()[0].rules[0].last_error, "no room");
  refuse_ = false;
  advance(60);
  EXPECT_EQ(manager_->status()[0].rules[0].health, RuleHealth::kOk);
}

TEST_F(RuleManagerTest, EvaluationsThatWereNotBegunAreMissed) {
  load(kTwo);
  put("value", "a", 4);
  advance(60);
  clock_.advance(4 * base::kNanosPerMinute);
  settle();
  EXPECT_THAT(times("doubled"), SizeIs(2));
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr("tripod_rule_group_iterations_missed_total{rule_group=\"r.yml;g\"} 3\n"));
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr("tripod_rule_group_iterations_total{rule_group=\"r.yml;g\"} 5\n"));
}

TEST_F(RuleManagerTest, AClockSetBackDoesNotStopThem) {
  load(kTwo);
  advance(60);
  clock_.advance(-base::kNanosPerDay);
  put("value", "a", 4);
  advance(61);
  EXPECT_EQ(manager_->status()[0].last_evaluation_ms / base::kNanosPerDay, kStartMs / base::kNanosPerDay);
  EXPECT_LT(manager_->status()[0].last_evaluation_ms, clock_.now() / base::kNanosPerMilli);
  EXPECT_GE(manager_->status()[0].last_evaluation_ms, clock_.now() / base::kNanosPerMilli - kMinute);
}

TEST_F(RuleManagerTest, ARestartMakesUpForWhatItMissed) {
  load(kTwo);
  for (int i = 0; i < 2; ++i) {
    put("value", "a", 4);
    advance(60);
  }
  manager_.reset();
  for (int i = 0; i < 5; ++i) {
    put("value", "a", 10 + i);
    clock_.advance(base::kNanosPerMinute);
  }
  begin();
  load(kTwo);
  settle();
  EXPECT_THAT(samples("doubled"), ElementsAre("a:8", "a:8", "a:20", "a:22", "a:24", "a:26", "a:28"));
  EXPECT_THAT(samples("tripled"), SizeIs(7));
  const auto when = times("doubled");
  for (size_t i = 1; i < when.size(); ++i) EXPECT_EQ(when[i] - when[i - 1], kMinute);
  settle();
  EXPECT_THAT(samples("doubled"), SizeIs(7)) << "once";
}

TEST_F(RuleManagerTest, ARestartKnowsWhichSeriesWereLive) {
  const char* rules = "groups: [{name: g, interval: 1m, rules: [{record: kept, expr: value > 3}]}]";
  load(rules);
  put("value", "a", 4);
  put("value", "b", 5);
  advance(60);
  manager_.reset();
  put("value", "a", 1);
  begin();
  load(rules);
  advance(60);
  EXPECT_THAT(samples("kept"), ElementsAre("a:4", "a:stale", "b:5", "b:5"));
}

TEST_F(RuleManagerTest, WhatARestartMakesUpForHasABound) {
  load(kTwo);
  advance(60);
  manager_.reset();
  clock_.advance(20 * base::kNanosPerMinute);
  begin({.most_catch_up_iterations = 3});
  load(kTwo);
  settle();
  EXPECT_THAT(times(std::string(kEvaluatedSeries).c_str()), SizeIs(1 + 3));
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr("iterations_missed_total{rule_group=\"r.yml;g\"} 17\n"));
}

TEST_F(RuleManagerTest, AReloadKeepsWhatDidNotChange) {
  load(kTwo);
  put("value", "a", 4);
  advance(60);
  const auto before = manager_->status()[0].last_evaluation_ms;
  load(kTwo);
  EXPECT_EQ(manager_->status()[0].last_evaluation_ms, before);
  EXPECT_THAT(samples("doubled"), SizeIs(1));
  // One rule goes: its series end at the next evaluation.
  load("groups: [{name: g, interval: 1m, rules: [{record: doubled, expr: value * 2}]}]");
  advance(60);
  EXPECT_THAT(samples("doubled"), ElementsAre("a:8", "a:8"));
  EXPECT_THAT(samples("tripled"), ElementsAre("a:12", "a:stale"));
}

TEST_F(RuleManagerTest, SeriesOfAGroupThatIsGoneEndUnlessTheyMoved) {
  load(kTwo);
  put("value", "a", 4);
  advance(60);
  load("groups: [{name: other, interval: 1m, rules: [{record: doubled, expr: value * 2}]}]");
  advance(60);
  EXPECT_THAT(samples("tripled"), ElementsAre("a:12"));
  advance(61);
  EXPECT_THAT(samples("tripled"), ElementsAre("a:12", "a:stale"));
  EXPECT_THAT(samples("doubled"), testing::Not(testing::Contains("a:stale")));
}

TEST_F(RuleManagerTest, AlertsWriteTheirSeriesAndGoOnAfterARestart) {
  const char* rules = "groups: [{name: g, interval: 1m, rules: [{alert: High, expr: value > 3, for: 3m}]}]";
  load(rules);
  put("value", "a", 4);
  advance(120);
  EXPECT_EQ(manager_->status()[0].rules[0].state, State::kPending);
  ASSERT_THAT(manager_->status()[0].rules[0].alerts, SizeIs(1));
  const int64_t since = manager_->status()[0].rules[0].alerts[0].active_at_ms;
  manager_.reset();
  clock_.advance(base::kNanosPerMinute);
  begin();
  load(rules);
  settle();
  EXPECT_EQ(manager_->status()[0].rules[0].alerts[0].active_at_ms, since / 1000 * 1000);
  advance(60);
  EXPECT_EQ(manager_->status()[0].rules[0].state, State::kFiring);
  // The pending series ended where the firing one began.
  const auto alerts = select("ALERTS");
  ASSERT_THAT(alerts, SizeIs(2));
  EXPECT_TRUE(model::is_stale_marker(alerts[1].samples.back().value)) << promql::to_string(alerts[1].labels);
  EXPECT_EQ(promql::get_label(alerts[0].labels, kAlertStateLabel), "firing");
}

constexpr const char* kDown = "groups: [{name: g, interval: 1m, rules: [{alert: Down, expr: up == 0, for: 3m}, {alert: Gone, expr: absent(up), for: 3m}]}]";

TEST_F(RuleManagerTest, AnOutageNeitherEndsNorInventsAlerts) {
  load(kDown);
  for (int i = 0; i < 6; ++i) {
    put("up", "a", 0);
    advance(60);
  }
  ASSERT_EQ(manager_->status()[0].rules[0].state, State::kFiring);
  const int64_t since = manager_->status()[0].rules[0].alerts[0].active_at_ms;
  restart(kDown, 10);
  settle();  // before anything was scraped
  EXPECT_NE(manager_->status()[0].rules[1].state, State::kFiring) << "nobody looked in the meantime";
  put("up", "a", 0);
  advance(60);
  const auto status = manager_->status();
  EXPECT_EQ(status[0].rules[0].state, State::kFiring);
  ASSERT_THAT(status[0].rules[0].alerts, SizeIs(1));
  EXPECT_EQ(status[0].rules[0].alerts[0].active_at_ms, since / 1000 * 1000);
  EXPECT_EQ(status[0].rules[1].state, State::kInactive);
  EXPECT_THAT(samples("ALERTS_FOR_STATE"), testing::Not(testing::Contains("a:stale")));
}

TEST_F(RuleManagerTest, AlertsThatDoNotComeBackAfterARestartEnd) {
  load(kDown);
  put("up", "a", 0);
  advance(60);
  put("up", "a", 1);
  restart(kDown, 1);
  settle();
  EXPECT_THAT(samples("ALERTS"), ElementsAre("a:1"));
  advance(60);
  EXPECT_THAT(samples("ALERTS"), ElementsAre("a:1", "a:stale"));
}

TEST_F(RuleManagerTest, AlertsOfLongAgoAreForgotten) {
  load(kDown);
  for (int i = 0; i < 5; ++i) {
    put("up", "a", 0);
    advance(60);
  }
  restart(kDown, 65);
  put("up", "a", 0);
  advance(60);
  EXPECT_EQ(manager_->status()[0].rules[0].state, State::kPending);
}

TEST_F(RuleManagerTest, WhatIsStoredAsAnAlertsTimeMayBeAnything) {
  const char* rules = "groups: [{name: g, interval: 1m, rules: [{alert: High, expr: value > 3, for: 3m}]}]";
  load(rules);
  advance(60);
  const char* jobs[] = {"a", "b", "c", "d"};
  const double values[] = {1e300, -5, NAN, INFINITY};
  for (size_t i = 0; i < 4; ++i) {
    const model::Sample sample{manager_->status()[0].last_evaluation_ms, values[i]};
    store_.add({{"__name__", "ALERTS_FOR_STATE"}, {"alertname", "High"}, {"job", jobs[i]}}, {&sample, 1});
    put("value", jobs[i], 4);
  }
  restart(rules, 1);
  settle();
  const auto status = manager_->status();
  ASSERT_THAT(status[0].rules[0].alerts, SizeIs(4));
  for (const Alert& alert : status[0].rules[0].alerts) EXPECT_EQ(alert.active_at_ms, status[0].last_evaluation_ms);
}

TEST_F(RuleManagerTest, AfterARestartARuleThatFailsKeepsItsSeries) {
  const char* rules = "groups: [{name: g, interval: 1m, limit: 1, rules: [{record: kept, expr: value > 3}]}]";
  load(rules);
  put("value", "a", 4);
  advance(60);
  put("value", "b", 5);
  restart(rules, 0);
  advance(60);
  ASSERT_EQ(manager_->status()[0].rules[0].health, RuleHealth::kError);
  EXPECT_THAT(samples("kept"), ElementsAre("a:4"));
  put("value", "a", 1);
  advance(60);
  EXPECT_THAT(samples("kept"), ElementsAre("a:4", "a:stale", "b:5"));
}

TEST_F(RuleManagerTest, StaleMarkersThatAreRefusedComeLater) {
  load("groups: [{name: g, interval: 1m, rules: [{record: kept, expr: value > 3}, {record: removed, expr: vector(1)}]}]");
  put("value", "a", 4);
  advance(60);
  put("value", "a", 1);
  load("groups: [{name: g, interval: 1m, rules: [{record: kept, expr: value > 3}]}]");
  refuse_ = true;
  advance(60);
  refuse_ = false;
  EXPECT_THAT(samples("kept"), ElementsAre("a:4"));
  advance(60);
  EXPECT_THAT(samples("kept"), ElementsAre("a:4", "a:stale"));
  EXPECT_THAT(samples("removed"), ElementsAre(":1", ":stale"));
}

TEST_F(RuleManagerTest, StaleMarkersOfAGroupThatIsGoneAreTriedAgain) {
  load(kTwo);
  put("value", "a", 4);
  advance(60);
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr("tripod_rule_group_rules{rule_group=\"r.yml;g\"} 2\n"));
  load("groups: []");
  EXPECT_THAT(metrics_.expose(), testing::Not(testing::HasSubstr("tripod_rule_group_rules{")));
  refuse_ = true;
  advance(125);
  refuse_ = false;
  EXPECT_THAT(samples("doubled"), ElementsAre("a:8"));
  advance(60);
  EXPECT_THAT(samples("doubled"), ElementsAre("a:8", "a:stale"));
}

constexpr const char* kTwice = "groups: [{name: g, interval: 1m, rules: [{record: one, expr: value}, {record: one, expr: value * 2}]}]";

TEST_F(RuleManagerTest, TwoRulesThatRecordTheSameSeriesAreAnError) {
  load(kTwice);
  put("value", "a", 4);
  advance(60);
  const auto status = manager_->status();
  EXPECT_EQ(status[0].rules[0].health, RuleHealth::kOk);
  EXPECT_EQ(status[0].rules[1].health, RuleHealth::kError);
  EXPECT_THAT(status[0].rules[1].last_error, testing::HasSubstr("duplicate sample for timestamp: {__name__=\"one\", job=\"a\"}"));
}

TEST_F(RuleManagerTest, AnEvaluationThatACrashCutMayBeRepeated) {
  load(kTwo);
  put("value", "a", 4);
  advance(120);
  const int64_t last = manager_->status()[0].last_evaluation_ms;
  manager_.reset();
  const store::LabelMatcher end{store::LabelMatcher::Op::kEqual, "__name__", std::string(kEvaluatedSeries)};
  ASSERT_EQ(*store_.delete_series({&end, 1}, {last, last}), 1u);
  const model::Sample late{last, 5};
  store_.add({{"__name__", "value"}, {"job", "a"}}, {&late, 1});
  begin();
  load(kTwo);
  settle();
  EXPECT_EQ(manager_->status()[0].last_evaluation_ms, last);
  EXPECT_EQ(manager_->status()[0].rules[0].last_error, "");
}

TEST_F(RuleManagerTest, WhatComesDueWhileCatchingUpIsMadeUpForToo) {
  load(kTwo);
  advance(60);
  manager_.reset();
  clock_.advance(6 * base::kNanosPerMinute);
  begin();
  load(kTwo);
  on_keep_ = [this](std::string_view series) {
    if (series == kEvaluatedSeries) clock_.advance(40 * base::kNanosPerSecond);
  };
  settle();
  const auto when = times(std::string(kEvaluatedSeries).c_str());
  ASSERT_THAT(when, SizeIs(testing::Gt(12u)));
  for (size_t i = 1; i < when.size(); ++i) EXPECT_EQ(when[i] - when[i - 1], kMinute);
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr("iterations_missed_total{rule_group=\"r.yml;g\"} 0\n"));
}

TEST_F(RuleManagerTest, AwayForLongerThanIsMadeUpFor) {
  const char* rules = "groups: [{name: g, interval: 1m, rules: [{record: kept, expr: value > 3}]}]";
  load(rules);
  put("value", "a", 4);
  advance(60);
  restart(rules, 7 * 60);
  settle();
  EXPECT_THAT(samples("kept"), ElementsAre("a:4", "a:stale"));
  EXPECT_THAT(times(std::string(kEvaluatedSeries).c_str()), SizeIs(1 + 360));
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr("iterations_missed_total{rule_group=\"r.yml;g\"} 60\n"));
}

TEST_F(RuleManagerTest, GroupsOnTimeGoBeforeThoseThatCatchUp) {
  load(kTwo);
  advance(60);
  const std::string both = std::string(kTwo) + "- {name: live, interval: 1m, rules: [{record: live, expr: vector(1)}]}\n";
  restart(both.c_str(), 60);
  on_keep_ = [this](std::string_view series) {
    if (series == kEvaluatedSeries) clock_.advance(10 * base::kNanosPerSecond);
  };
  settle();
  EXPECT_THAT(times("live"), SizeIs(testing::Ge(10u)));
  EXPECT_THAT(metrics_.expose(), testing::HasSubstr("iterations_missed_total{rule_group=\"r.yml;live\"} 0\n"));
}

TEST_F(RuleManagerTest, HalfOfTheThreadsCatchUp) {
  const char* rules = "groups: [{name: a, interval: 1m, rules: [{record: a, expr: vector(1)}]}, {name: b, interval: 1m, rules: [{record: b, expr: vector(1)}]}]";
  load(rules);
  advance(60);
  manager_.reset();
  clock_.advance(30 * base::kNanosPerMinute);
  begin({.threads = 3});
  load(rules);
  EXPECT_TRUE(manager_->run_due() && manager_->run_due()) << "each is prepared";
  std::vector<bool> others;
  on_keep_ = [&](std::string_view) {
    on_keep_ = nullptr;
    others.push_back(manager_->run_due());
  };
  EXPECT_TRUE(manager_->run_due());
  EXPECT_THAT(others, ElementsAre(false));
}

TEST_F(RuleManagerTest, AReloadWaitsOnlyForGroupsThatChange) {
  const std::string slow = "groups:\n- {name: slow, interval: 1m, rules: [{record: slow, expr: vector(1)}]}\n";
  load(slow + "- {name: g, interval: 1m, rules: [{record: old, expr: vector(1)}]}\n");
  settle();
  std::promise<void> begun, go_on;
  on_keep_ = [&](std::string_view series) {
    if (series != "slow") return;
    begun.set_value();
    go_on.get_future().wait();
  };
  clock_.advance(base::kNanosPerMinute);
  std::jthread evaluation([this] { settle(); });
  begun.get_future().wait();
  auto reloaded = std::async(std::launch::async, [&] { load(slow + "- {name: g, interval: 1m, rules: [{record: new, expr: vector(1)}]}\n"); });
  EXPECT_EQ(reloaded.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  go_on.set_value();
  evaluation.join();
  EXPECT_THAT(samples("slow"), SizeIs(1));
  on_keep_ = nullptr;
  advance(60);
  EXPECT_THAT(samples("new"), SizeIs(1));
}

TEST_F(RuleManagerTest, AReloadGoesOnCatchingUp) {
  load(kTwo);
  advance(60);
  restart(kTwo, 10);
  ASSERT_TRUE(manager_->run_due());
  load("groups: [{name: g, interval: 1m, rules: [{record: other, expr: vector(1)}]}]");
  settle();
  const auto when = times(std::string(kEvaluatedSeries).c_str());
  EXPECT_THAT(when, SizeIs(11));
  for (size_t i = 1; i < when.size(); ++i) EXPECT_EQ(when[i] - when[i - 1], kMinute);
}

TEST_F(RuleManagerTest, WhatAChangedIntervalMissedIsCounted) {
  load(kTwo);
  advance(60);
  clock_.advance(4 * base::kNanosPerMinute);
  load("groups: [{name: g, interval: 30s, rules: [{record: other, expr: vector(1)}]}]");
  settle();
  EXPECT_THAT(metrics_.expose(), testing::Not(testing::HasSubstr("iterations_missed_total{rule_group=\"r.yml;g\"} 0\n")));
  EXPECT_GT(manager_->status()[0].last_evaluation_ms, clock_.now() / base::kNanosPerMilli - kMinute / 2);
}

TEST_F(RuleManagerTest, ThreadsStartAndStop) {
  load(kTwo);
  manager_->start();
  manager_->stop();
  EXPECT_THAT(manager_->status(), SizeIs(1));
}

}  // namespace
}  // namespace tripod::alert
