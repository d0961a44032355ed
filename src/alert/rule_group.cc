#include "alert/rule_group.h"

#include <algorithm>
#include <atomic>

#include "alert/recording.h"
#include "query/promql/labels.h"

namespace tripod::alert {

using base::Code;
using base::fail;
using base::Result;
namespace promql = query::promql;

namespace {

constexpr int64_t kQueryTimeout = 2 * base::kNanosPerMinute;  // Prometheus's
constexpr int64_t kOutageToleranceMs = 60 * 60'000;           // how old ALERTS_FOR_STATE may be, as in Prometheus
constexpr int64_t kRecentMs = 6 * 60 * 60'000;
constexpr int64_t kLongestAwayMs = 30 * 24 * 60 * int64_t{60'000};
constexpr std::string_view kGroupLabel = "rule_group";

base::MetricLabels group_labels(const GroupDefinition& group) { return {{std::string(kGroupLabel), group.key()}}; }

store::LabelMatcher equals(std::string_view name, std::string_view value) { return {store::LabelMatcher::Op::kEqual, std::string(name), std::string(value)}; }

// The labels that all series of a rule have. Alerts' labels may be made from templates.
std::vector<store::LabelMatcher> matchers_of(const RuleDefinition& rule, std::string_view series) {
  std::vector<store::LabelMatcher> out{equals(promql::kMetricName, series)};
  if (rule.kind == RuleDefinition::Kind::kAlerting) {
    out.push_back(equals(kAlertName, rule.name));
    return out;
  }
  for (const auto& [name, value] : rule.labels) out.push_back(equals(name, value));
  return out;
}

}  // namespace

// Read by the registry at any time, also after the group is gone.
struct RuleGroup::Gauges {
  std::atomic<double> interval_seconds, duration_seconds, evaluation_seconds, rules, samples;

  struct Shown {
    const char* family;
    const char* help;
    std::atomic<double> Gauges::* value;
  };
  static const Shown kShown[];
};

const RuleGroup::Gauges::Shown RuleGroup::Gauges::kShown[] = {
    {"tripod_rule_group_interval_seconds", "How often a group is evaluated.", &Gauges::interval_seconds},
    {"tripod_rule_group_rules", "Rules of a group.", &Gauges::rules},
    {"tripod_rule_group_last_duration_seconds", "How long the last evaluation of a group took.", &Gauges::duration_seconds},
    {"tripod_rule_group_last_evaluation_timestamp_seconds", "The time that a group was last evaluated for.", &Gauges::evaluation_seconds},
    {"tripod_rule_group_last_evaluation_samples", "Samples of the last evaluation of a group.", &Gauges::samples},
};

void add_series(model::Batch& batch, const store::Labels& labels, model::Sample sample) {
  auto out = batch.arena.make_array<model::Label>(labels.size());
  for (size_t i = 0; i < labels.size(); ++i) out[i] = {batch.arena.copy(labels[i].first), batch.arena.copy(labels[i].second)};
  auto samples = batch.arena.make_array<model::Sample>(1);
  samples[0] = sample;
  batch.series.push_back({out, samples});
}

RuleGroup::RuleGroup(GroupDefinition definition, const RuleContext& context)
    : definition_(std::make_shared<const GroupDefinition>(std::move(definition))),
      context_(context),
      evaluations_(context.metrics.counter("tripod_rule_evaluations_total", "Rules evaluated.", group_labels(*definition_))),
      failures_(context.metrics.counter("tripod_rule_evaluation_failures_total", "Rules that could not be evaluated or stored.", group_labels(*definition_))),
      iterations_(context.metrics.counter("tripod_rule_group_iterations_total", "Evaluations of a group, those missed included.", group_labels(*definition_))),
      missed_(context.metrics.counter("tripod_rule_group_iterations_missed_total", "Evaluations of a group that were left out.", group_labels(*definition_))),
      gauges_(std::make_shared<Gauges>()) {
  status_.definition = definition_;
  for (const RuleDefinition& rule : definition_->rules) {
    rules_.emplace_back().definition = &rule;
    status_.rules.push_back({.rule = &rule});
  }
  gauges_->interval_seconds = static_cast<double>(definition_->interval_ms) / 1e3;
  gauges_->rules = static_cast<double>(rules_.size());
  for (const Gauges::Shown& one : Gauges::kShown) {
    context.metrics.gauge(one.family, one.help, group_labels(*definition_), [gauges = gauges_, value = one.value] { return ((*gauges).*value).load(); });
  }
}

void RuleGroup::hide() {
  for (const Gauges::Shown& one : Gauges::kShown) context_.metrics.remove_gauge(one.family, group_labels(*definition_));
}

Result<std::vector<promql::VectorSample>> RuleGroup::compute(Rule& rule, int64_t time_ms, const std::stop_token& stop) {
  const RuleDefinition& definition = *rule.definition;
  const promql::QueryOptions options{.deadline_steady = context_.clock.steady() + kQueryTimeout, .cancel = stop, .lookback_ms = {}, .max_samples = {}};
  auto answer = context_.engine.instant(*definition.expr, definition.query, time_ms - definition_->query_offset_ms, options);
  if (!answer) return fail(std::move(answer.error()));
  if (definition.kind == RuleDefinition::Kind::kRecording) return record(definition, std::move(*answer), definition_->limit);
  std::lock_guard lock(mu_);
  return rule.alerts.update(definition, std::move(*answer), {time_ms, definition_->query_offset_ms}, definition_->limit);
}

Result<> RuleGroup::store(model::Batch&& batch) {
  if (batch.series.empty()) return {};
  auto rejected = context_.store_batch(std::move(batch));
  if (!rejected) return fail(std::move(rejected.error()));
  std::string why;
  for (const model::Rejection& one : *rejected) {
    const bool duplicate = one.reason == "duplicate_timestamp_different_value";
    if (duplicate && may_repeat_) continue;
    why += (why.empty() ? "" : "; ") + (duplicate ? "duplicate sample for timestamp" : one.reason) + ": " + one.detail;
  }
  if (!why.empty()) return fail(Code::kInvalidArgument, "samples not kept: " + why);
  return {};
}

Result<> RuleGroup::evaluate_rule(Rule& rule, int64_t time_ms, const std::stop_token& stop) {
  auto samples = compute(rule, time_ms, stop);
  if (!samples) return fail(std::move(samples.error()));
  model::Batch batch;
  SeriesMap recorded;
  for (promql::VectorSample& one : *samples) {
    add_series(batch, one.labels, one.sample);
    std::string key = promql::label_key(one.labels);
    left_over_.erase(key);
    recorded.emplace(std::move(key), std::move(one.labels));
  }
  for (const auto& [key, labels] : rule.recorded) {
    if (!recorded.contains(key)) add_series(batch, labels, {time_ms - definition_->query_offset_ms, model::stale_marker()});
  }
  gauges_->samples = gauges_->samples + static_cast<double>(samples->size());
  auto stored = store(std::move(batch));
  std::lock_guard lock(mu_);
  // What was refused may be stored in part: all of it is still to be ended.
  if (!stored) recorded.merge(rule.recorded);
  rule.recorded = std::move(recorded);
  return stored;
}

void RuleGroup::note(size_t rule, const Evaluation& evaluation) {
  evaluations_.add();
  if (!evaluation.result) failures_.add();
  std::lock_guard lock(mu_);
  RuleStatus& status = status_.rules[rule];
  const std::string error = evaluation.result ? "" : evaluation.result.error().message;
  if (!error.empty() && error != status.last_error) {
    context_.log.warn("rule_failed", {{"group", std::string_view(definition_->name)}, {"rule", std::string_view(rules_[rule].definition->name)}, {"error", std::string_view(error)}});
  }
  status.health = error.empty() ? RuleHealth::kOk : RuleHealth::kError;
  status.last_error = error;
  status.duration_ns = evaluation.duration_ns;
  status.last_evaluation_ms = evaluation.time_ms;
}

// What is left over was recorded by nobody since. Alerts of before a restart may still come back.
void RuleGroup::mark_left_over(int64_t time_ms) {
  const bool alerts_may_come_back = std::ranges::any_of(rules_, [](const Rule& rule) { return rule.alerts.remembers(); });
  const auto waits = [&](const store::Labels& labels) {
    const std::string_view name = promql::get_label(labels, promql::kMetricName);
    return alerts_may_come_back && (name == kAlertsSeries || name == kForStateSeries);
  };
  model::Batch batch;
  for (const auto& [key, labels] : left_over_) {
    if (!waits(labels) && !has_recorded(key)) add_series(batch, labels, {time_ms - definition_->query_offset_ms, model::stale_marker()});
  }
  if (auto ok = store(std::move(batch)); !ok) {
    context_.log.warn("rule_series_not_ended", {{"group", std::string_view(definition_->name)}, {"error", std::string_view(ok.error().message)}});
    return;
  }
  std::erase_if(left_over_, [&](const auto& one) { return !waits(one.second); });
}

void RuleGroup::store_end(int64_t time_ms) {
  store::Labels labels{{std::string(promql::kMetricName), std::string(kEvaluatedSeries)}, {std::string(kGroupLabel), definition_->key()}};
  model::Batch batch;
  add_series(batch, labels, {time_ms, static_cast<double>(time_ms) / 1e3});
  if (auto ok = store(std::move(batch)); !ok) context_.log.warn("rule_group_end_not_stored", {{"group", std::string_view(definition_->name)}, {"error", std::string_view(ok.error().message)}});
}

bool RuleGroup::evaluate(int64_t time_ms, Pass pass, const std::stop_token& stop) {
  const int64_t began = context_.clock.steady();
  gauges_->samples = 0;
  bool all_succeeded = true;
  for (size_t i = 0; i < rules_.size(); ++i) {
    if (pass == Pass::kCatchUp && rules_[i].definition->kind == RuleDefinition::Kind::kAlerting) continue;
    const int64_t rule_began = context_.clock.steady();
    Result<> result = evaluate_rule(rules_[i], time_ms, stop);
    if (stop.stop_requested()) {
      may_repeat_ = true;
      return false;
    }
    all_succeeded = all_succeeded && result;
    note(i, {time_ms, std::move(result), context_.clock.steady() - rule_began});
  }
  // Of a rule that failed nobody knows whether its series live.
  if (all_succeeded) mark_left_over(time_ms);
  store_end(time_ms);
  may_repeat_ = false;
  iterations_.add();
  std::lock_guard lock(mu_);
  status_.duration_ns = context_.clock.steady() - began;
  status_.last_evaluation_ms = time_ms;
  gauges_->duration_seconds = static_cast<double>(status_.duration_ns) / 1e9;
  gauges_->evaluation_seconds = static_cast<double>(time_ms) / 1e3;
  return true;
}

std::vector<store::SeriesData> RuleGroup::live_series(const RuleDefinition& rule, std::string_view name, store::TimeRangeMs range) {
  auto found = context_.store.select(matchers_of(rule, name), range, {});
  if (!found) return {};
  std::erase_if(*found, [](const store::SeriesData& series) { return series.samples.empty() || model::is_stale_marker(series.samples.back().value); });
  return std::move(*found);
}

void RuleGroup::restore_rule(Rule& rule, int64_t last_ms, int64_t now_ms) {
  const RuleDefinition& definition = *rule.definition;
  const int64_t offset = definition_->query_offset_ms;
  const auto leave = [&](std::string_view name, store::TimeRangeMs range) {
    for (store::SeriesData& series : live_series(definition, name, range)) left_over_.emplace(promql::label_key(series.labels), std::move(series.labels));
  };
  if (definition.kind == RuleDefinition::Kind::kRecording) return leave(definition.name, {last_ms - offset, last_ms - offset});
  // The last evaluations may have been such that left alerts out.
  leave(kAlertsSeries, {last_ms - offset - kOutageToleranceMs, now_ms});
  leave(kForStateSeries, {last_ms - offset - kOutageToleranceMs, now_ms});
  std::map<std::string, RememberedAlert> alerts;
  for (store::SeriesData& series : live_series(definition, kForStateSeries, {now_ms - offset - kOutageToleranceMs, now_ms})) {
    const model::Sample& last = series.samples.back();
    const double since_ms = last.value * 1000;
    const int64_t seen_ms = last.time_ms + offset;
    if (!(since_ms > 0 && since_ms <= static_cast<double>(seen_ms))) continue;  // anybody may have stored it
    promql::erase_label(series.labels, promql::kMetricName);
    alerts[promql::label_key(series.labels)] = {static_cast<int64_t>(since_ms), seen_ms};
  }
  std::lock_guard lock(mu_);
  rule.alerts.remember(std::move(alerts), 2 * definition_->interval_ms);
}

std::optional<int64_t> RuleGroup::last_end(store::TimeRangeMs range) {
  const store::LabelMatcher matchers[] = {equals(promql::kMetricName, kEvaluatedSeries), equals(kGroupLabel, definition_->key())};
  auto found = context_.store.select(matchers, range, {});
  if (!found) {
    context_.log.warn("rule_group_not_restored", {{"group", std::string_view(definition_->name)}, {"error", std::string_view(found.error().message)}});
    return std::nullopt;
  }
  std::optional<int64_t> last;
  for (const store::SeriesData& series : *found) {
    if (!series.samples.empty()) last = series.samples.back().time_ms;
  }
  return last;
}

std::optional<int64_t> RuleGroup::restore(int64_t now_ms) {
  // Most often it is recent, and a month of it is much to read.
  auto last = last_end({now_ms - kRecentMs, now_ms});
  if (!last) last = last_end({now_ms - kLongestAwayMs, now_ms - kRecentMs});
  if (!last) return last;
  for (Rule& rule : rules_) restore_rule(rule, *last, now_ms);
  may_repeat_ = true;
  return last;
}

void RuleGroup::take_over(RuleGroup& before) {
  std::scoped_lock lock(mu_, before.mu_);
  for (size_t i = 0; i < rules_.size(); ++i) {
    const RuleDefinition& rule = *rules_[i].definition;
    for (size_t other = 0; other < before.rules_.size(); ++other) {
      Rule& old = before.rules_[other];
      if (old.definition == nullptr || old.definition->kind != rule.kind || old.definition->name != rule.name || old.definition->labels != rule.labels) continue;
      rules_[i].alerts = std::move(old.alerts);
      rules_[i].recorded = std::move(old.recorded);
      status_.rules[i] = before.status_.rules[other];
      status_.rules[i].rule = &rule;
      old = {};
      break;
    }
  }
  for (Rule& old : before.rules_) {
    for (auto& [key, labels] : old.recorded) left_over_.emplace(key, std::move(labels));
    old.recorded.clear();
  }
  left_over_.merge(before.left_over_);
  may_repeat_ = before.may_repeat_;
  status_.duration_ns = before.status_.duration_ns;
  status_.last_evaluation_ms = before.status_.last_evaluation_ms;
}

std::vector<store::Labels> RuleGroup::take_series() {
  std::lock_guard lock(mu_);
  std::vector<store::Labels> out;
  for (Rule& rule : rules_) {
    for (auto& [key, labels] : rule.recorded) out.push_back(std::move(labels));
    rule.recorded.clear();
  }
  for (auto& [key, labels] : left_over_) out.push_back(std::move(labels));
  left_over_.clear();
  return out;
}

bool RuleGroup::has_recorded(const std::string& key) const {
  std::lock_guard lock(mu_);
  return std::ranges::any_of(rules_, [&](const Rule& rule) { return rule.recorded.contains(key); });
}

GroupStatus RuleGroup::status() const {
  std::lock_guard lock(mu_);
  GroupStatus out = status_;
  for (size_t i = 0; i < rules_.size(); ++i) {
    out.rules[i].state = rules_[i].alerts.state();
    for (const auto& [key, alert] : rules_[i].alerts.alerts()) {
      if (alert.state != State::kInactive) out.rules[i].alerts.push_back(alert);
    }
  }
  return out;
}

}  // namespace tripod::alert
