// One group of rules: its state, and what an evaluation does.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "alert/alert_state.h"
#include "alert/rule.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "model/batch.h"
#include "query/promql/engine.h"

namespace tripod::alert {

// What rules are evaluated with. Everything outlives who has it.
struct RuleContext {
  const query::promql::Engine& engine;
  store::MetricStore& store;  // read for what was recorded before a restart
  const base::Clock& clock;
  base::Logger& log;
  base::MetricRegistry& metrics;
  // Stores a batch and comes back when it can be queried and survives power loss, with what was not taken of it. Thread-safe.
  std::function<base::Result<std::vector<model::Rejection>>(model::Batch&& batch)> store_batch;
};

enum class RuleHealth : uint8_t { kUnknown, kOk, kError };

// Rules and groups as people see them. Times are milliseconds since 1970, 0: never.
struct RuleStatus {
  const RuleDefinition* rule = nullptr;  // of GroupStatus::definition
  RuleHealth health = RuleHealth::kUnknown;
  std::string last_error;
  int64_t duration_ns = 0;
  int64_t last_evaluation_ms = 0;
  State state = State::kInactive;
  std::vector<Alert> alerts;  // pending and firing
};

struct GroupStatus {
  std::shared_ptr<const GroupDefinition> definition;
  std::vector<RuleStatus> rules;
  int64_t duration_ns = 0;
  int64_t last_evaluation_ms = 0;
};

// A sample of this series, {rule_group="FILE;NAME"}, is stored behind the samples of each evaluation: up to where a restart goes on.
inline constexpr std::string_view kEvaluatedSeries = "tripod_rule_group_evaluated_timestamp_seconds";

// kCatchUp: of a time that passed while the program was away. What it scrapes and receives itself is missing there, so an alerting rule
// would say that everything was down, or forget what fires: only recording rules are evaluated then.
enum class Pass : uint8_t { kCatchUp, kLive };

// One caller at a time; status() may be called by anybody.
class RuleGroup {
 public:
  RuleGroup(GroupDefinition definition, const RuleContext& context);

  const GroupDefinition& definition() const { return *definition_; }

  // Evaluates all rules in their order, each seeing what those before it recorded, and stores their samples and stale markers. A rule
  // that fails leaves the others alone. False: `stop` came in between, and nothing says that it took place.
  bool evaluate(int64_t time_ms, Pass pass, const std::stop_token& stop);

  // The time of the last evaluation that was stored, in the last 30 days; nullopt: none, or it cannot be read. What rules had recorded
  // at that time is from now on what they recorded last, and alerts are as old as they were.
  std::optional<int64_t> restore(int64_t now_ms);
  // Goes on with the state of rules that have the same name and labels in `before`, which is used no more.
  void take_over(RuleGroup& before);
  // Series that were recorded last and are of no rule here; afterwards none are. For a group that ends.
  std::vector<store::Labels> take_series();
  // As label_key()s.
  bool has_recorded(const std::string& key) const;

  // Its gauges are shown no more: for a group that ends.
  void hide();

  GroupStatus status() const;
  void count_missed(uint64_t iterations) {
    iterations_.add(iterations);
    missed_.add(iterations);
  }

 private:
  using SeriesMap = std::map<std::string, store::Labels>;  // by label_key()
  struct Rule {
    const RuleDefinition* definition = nullptr;
    AlertState alerts;
    SeriesMap recorded;  // by the last evaluation that succeeded, and by those that failed since, maybe in part
  };
  struct Gauges;
  struct Evaluation {
    int64_t time_ms = 0;
    base::Result<> result;
    int64_t duration_ns = 0;
  };

  base::Result<std::vector<query::promql::VectorSample>> compute(Rule& rule, int64_t time_ms, const std::stop_token& stop);
  base::Result<> evaluate_rule(Rule& rule, int64_t time_ms, const std::stop_token& stop);
  base::Result<> store(model::Batch&& batch);
  void store_end(int64_t time_ms);
  void note(size_t rule, const Evaluation& evaluation);
  void mark_left_over(int64_t time_ms);
  std::optional<int64_t> last_end(store::TimeRangeMs range);
  std::vector<store::SeriesData> live_series(const RuleDefinition& rule, std::string_view name, store::TimeRangeMs range);
  void restore_rule(Rule& rule, int64_t last_ms, int64_t now_ms);

  const std::shared_ptr<const GroupDefinition> definition_;
  const RuleContext& context_;
  base::Counter& evaluations_;
  base::Counter& failures_;
  base::Counter& iterations_;
  base::Counter& missed_;
  const std::shared_ptr<Gauges> gauges_;
  // Of rules that are gone, or of before a restart: stale after the next evaluation in which no rule fails, unless recorded again.
  SeriesMap left_over_;
  bool may_repeat_ = false;  // the next evaluation was perhaps begun, and stored in part, before

  mutable std::mutex mu_;
  std::vector<Rule> rules_;  // guarded by mu_ where others look at it: alerts, recorded
  GroupStatus status_;       // guarded by mu_
};

// Series and their samples as a batch that owns its texts.
void add_series(model::Batch& batch, const store::Labels& labels, model::Sample sample);

}  // namespace tripod::alert
