// Rules as their files define them: recording rules and alerting rules, in groups.
// https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "query/promql/ast.h"
#include "store/metrics/metric_store.h"

namespace tripod::alert {

// Immutable once read.
struct RuleDefinition {
  enum class Kind : uint8_t { kRecording, kAlerting };
  Kind kind = Kind::kRecording;
  std::string name;  // of the series it records, or of the alert
  std::string query;
  std::shared_ptr<const query::promql::Expr> expr;  // `query`, parsed
  store::Labels labels;                             // of the rule over those of its group
  store::Labels annotations;                        // alerting rules only, as are the two below
  int64_t for_ms = 0;
  int64_t keep_firing_for_ms = 0;
};

struct GroupDefinition {
  std::string name;
  std::string file;
  int64_t interval_ms = 60'000;
  int64_t query_offset_ms = 0;
  uint64_t limit = 0;  // series of a recording rule, alerts of an alerting one; 0: none
  std::vector<RuleDefinition> rules;

  // Tells groups apart: no two of one configuration have the same.
  std::string key() const { return file + ";" + name; }
  // Equal for groups that are defined alike: those go on over a reload.
  std::string fingerprint() const;
};

// What the configuration says about rules.
struct RuleSet {
  std::vector<GroupDefinition> groups;
  std::vector<std::string> files;  // that were read
};

}  // namespace tripod::alert
