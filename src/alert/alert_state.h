// The alerts of one alerting rule: inactive, pending, firing.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "alert/rule.h"
#include "base/result.h"
#include "query/promql/engine.h"

namespace tripod::alert {

enum class State : uint8_t { kInactive, kPending, kFiring };
std::string_view state_name(State state);

inline constexpr std::string_view kAlertName = "alertname";
inline constexpr std::string_view kAlertStateLabel = "alertstate";
inline constexpr std::string_view kAlertsSeries = "ALERTS";
inline constexpr std::string_view kForStateSeries = "ALERTS_FOR_STATE";

// Milliseconds since 1970; 0: never.
struct Alert {
  store::Labels labels;
  store::Labels annotations;
  State state = State::kPending;
  double value = 0;
  int64_t active_at_ms = 0;
  int64_t fired_at_ms = 0;
  int64_t resolved_at_ms = 0;
  int64_t keep_firing_since_ms = 0;
};

// Since when an alert was active, as ALERTS_FOR_STATE told it before a restart.
struct RememberedAlert {
  int64_t active_at_ms = 0;
  int64_t seen_ms = 0;  // its last sample
};

// Not thread-safe: one caller at a time.
class AlertState {
 public:
  struct Times {
    int64_t evaluation_ms = 0;
    int64_t query_offset_ms = 0;  // samples stand so much earlier
  };

  // Moves on to `times.evaluation_ms` with what the query answered, and gives the samples of ALERTS and ALERTS_FOR_STATE. Errors in
  // Prometheus's words: kAlreadyExists for the same labels twice, kResourceExhausted over `limit` (0: none), after which no alert is
  // active.
  base::Result<std::vector<query::promql::VectorSample>> update(const RuleDefinition& rule, query::promql::QueryResult&& answer, Times times, uint64_t limit);

  // What alerts that become active at the next two update()s are taken to have been before, by label_key() of their labels: the first
  // may come before anything was scraped again. `gap_ms`: a sample so old or older means that nothing was evaluated in between; that
  // time does not count towards `for`.
  void remember(std::map<std::string, RememberedAlert> alerts, int64_t gap_ms);
  // Whether these two are still to come.
  bool remembers() const { return updates_to_remember_ > 0; }

  // Pending, firing, and those that ended less than 15 minutes ago (inactive).
  const std::map<std::string, Alert>& alerts() const { return alerts_; }
  State state() const;  // the worst of all

 private:
  using Alerts = std::map<std::string, Alert>;  // by label_key() of the labels
  static base::Result<Alerts> alerts_of(const RuleDefinition& rule, query::promql::QueryResult&& answer, int64_t time_ms);
  int64_t active_since(const RuleDefinition& rule, const std::string& key, int64_t time_ms) const;
  // False: forget it.
  static bool move_on(const RuleDefinition& rule, Alert& alert, bool is_there, int64_t time_ms);

  Alerts alerts_;
  std::map<std::string, RememberedAlert> remembered_;
  int updates_to_remember_ = 0;
  int64_t gap_ms_ = 0;
};

}  // namespace tripod::alert
