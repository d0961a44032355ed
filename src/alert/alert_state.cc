#include "alert/alert_state.h"

#include <algorithm>

#include "alert/recording.h"
#include "query/promql/labels.h"

namespace tripod::alert {

using base::Code;
using base::fail;
using base::Result;
namespace promql = query::promql;

namespace {

constexpr int64_t kResolvedRetentionMs = 15 * 60'000;  // Prometheus's
constexpr int kUpdatesToRemember = 2;                  // Prometheus restores alerts after its second evaluation

promql::VectorSample sample_of(const Alert& alert, std::string_view series, double value, int64_t time_ms) {
  promql::VectorSample out{alert.labels, {time_ms, value}};
  promql::set_label(out.labels, promql::kMetricName, series);
  if (series == kAlertsSeries) promql::set_label(out.labels, kAlertStateLabel, state_name(alert.state));
  return out;
}

}  // namespace

std::string_view state_name(State state) {
  switch (state) {
    case State::kInactive:
      return "inactive";
    case State::kPending:
      return "pending";
    case State::kFiring:
      return "firing";
  }
  return "inactive";
}

Result<AlertState::Alerts> AlertState::alerts_of(const RuleDefinition& rule, promql::QueryResult&& answer, int64_t time_ms) {
  auto vector = vector_of(std::move(answer));
  if (!vector) return fail(std::move(vector.error()));
  Alerts out;
  for (promql::VectorSample& series : *vector) {
    Alert alert{.labels = std::move(series.labels), .annotations = rule.annotations, .value = series.sample.value, .active_at_ms = time_ms};
    promql::erase_label(alert.labels, promql::kMetricName);
    for (const auto& [name, value] : rule.labels) promql::set_label(alert.labels, name, value);
    promql::set_label(alert.labels, kAlertName, rule.name);
    std::string key = promql::label_key(alert.labels);
    if (!out.emplace(std::move(key), std::move(alert)).second) {
      return fail(Code::kAlreadyExists, "vector contains metrics with the same labelset after applying alert labels");
    }
  }
  return out;
}

void AlertState::remember(std::map<std::string, RememberedAlert> alerts, int64_t gap_ms) {
  remembered_ = std::move(alerts);
  updates_to_remember_ = kUpdatesToRemember;
  gap_ms_ = gap_ms;
}

int64_t AlertState::active_since(const RuleDefinition& rule, const std::string& key, int64_t time_ms) const {
  const auto found = remembered_.find(key);
  if (found == remembered_.end()) return time_ms;
  const RememberedAlert& before = found->second;
  const bool fired = before.seen_ms - before.active_at_ms >= rule.for_ms;
  const int64_t unseen = time_ms - before.seen_ms;
  return std::min(time_ms, before.active_at_ms + (!fired && unseen >= gap_ms_ ? unseen : 0));
}

bool AlertState::move_on(const RuleDefinition& rule, Alert& alert, bool is_there, int64_t time_ms) {
  if (is_there) {
    alert.keep_firing_since_ms = 0;
  } else {
    bool keeps_firing = false;
    if (alert.state == State::kFiring && rule.keep_firing_for_ms > 0) {
      if (alert.keep_firing_since_ms == 0) alert.keep_firing_since_ms = time_ms;
      keeps_firing = time_ms - alert.keep_firing_since_ms < rule.keep_firing_for_ms;
    }
    const bool long_resolved = alert.resolved_at_ms != 0 && time_ms - alert.resolved_at_ms > kResolvedRetentionMs;
    if (alert.state == State::kPending || long_resolved) return false;
    if (alert.state != State::kInactive && !keeps_firing) {
      alert.state = State::kInactive;
      alert.resolved_at_ms = time_ms;
    }
  }
  if (alert.state == State::kPending && time_ms - alert.active_at_ms >= rule.for_ms) {
    alert.state = State::kFiring;
    alert.fired_at_ms = time_ms;
  }
  return true;
}

Result<std::vector<promql::VectorSample>> AlertState::update(const RuleDefinition& rule, promql::QueryResult&& answer, Times times, uint64_t limit) {
  auto found = alerts_of(rule, std::move(answer), times.evaluation_ms);
  if (!found) return fail(std::move(found.error()));
  for (auto& [key, alert] : *found) {
    const auto known = alerts_.find(key);
    if (known != alerts_.end() && known->second.state != State::kInactive) {
      known->second.value = alert.value;
      known->second.annotations = std::move(alert.annotations);
      continue;
    }
    alert.active_at_ms = active_since(rule, key, times.evaluation_ms);
    alerts_.insert_or_assign(key, alert);
  }
  if (updates_to_remember_ > 0 && --updates_to_remember_ == 0) remembered_.clear();
  std::vector<promql::VectorSample> out;
  uint64_t active = 0;
  const int64_t sample_ms = times.evaluation_ms - times.query_offset_ms;
  for (auto at = alerts_.begin(); at != alerts_.end();) {
    Alert& alert = at->second;
    if (!move_on(rule, alert, found->contains(at->first), times.evaluation_ms)) {
      at = alerts_.erase(at);
      continue;
    }
    ++at;
    if (alert.state == State::kInactive) continue;
    ++active;
    out.push_back(sample_of(alert, kAlertsSeries, 1, sample_ms));
    out.push_back(sample_of(alert, kForStateSeries, static_cast<double>(alert.active_at_ms / 1000), sample_ms));
  }
  if (limit > 0 && active > limit) {
    alerts_.clear();
    return fail(Code::kResourceExhausted, "exceeded limit of " + std::to_string(limit) + " with " + std::to_string(active) + " alerts");
  }
  return out;
}

State AlertState::state() const {
  State worst = State::kInactive;
  for (const auto& [key, alert] : alerts_) worst = std::max(worst, alert.state);
  return worst;
}

}  // namespace tripod::alert
