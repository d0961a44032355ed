// Reads rules: one rule file, and all those that a prometheus.yml names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "alert/rule.h"
#include "base/fs.h"
#include "base/result.h"

namespace tripod::alert {

// What `global` gives groups that do not say it themselves.
struct GroupDefaults {
  int64_t interval_ms = 60'000;
  int64_t query_offset_ms = 0;
};

struct ParsedRuleFile {
  std::vector<GroupDefinition> groups;
  // What is wrong, each "FILE:LINE:COLUMN: " and Prometheus's words; empty: nothing. At most kMostErrors.
  std::vector<std::string> errors;
};

inline constexpr size_t kMostErrors = 100;
inline constexpr size_t kMostRuleFileBytes = 16u << 20;

// `file` is the name that groups and errors carry.
ParsedRuleFile parse_rule_file(const std::string& yaml, const std::string& file, const GroupDefaults& defaults = {});

// Reads `rule_files` of a YAML document, and `evaluation_interval` and `rule_query_offset` of its section `global`; nothing else is
// looked at. `file` is the document's name, to whose folder paths are relative. Only the last part of a pattern may have '*', as in
// Prometheus; a path without one must be there. The error is kInvalidArgument and lists all that is wrong, a line each.
base::Result<RuleSet> read_rules(const std::string& yaml, const std::string& file, base::Fs& fs);

}  // namespace tripod::alert
