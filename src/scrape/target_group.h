// Addresses with common labels: an element of static_configs, and of what file and HTTP discovery answer.
// https://prometheus.io/docs/prometheus/latest/configuration/configuration/#static_config
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "scrape/label_set.h"

namespace YAML {
class Node;
}

namespace tripod::scrape {

struct TargetGroup {
  std::vector<std::string> targets;  // host:port, or anything that relabelling makes one of
  LabelSet labels;                   // of all of them, __meta_ labels among them
  friend bool operator==(const TargetGroup&, const TargetGroup&) = default;
};

// One element; throws ConfigError.
TargetGroup read_target_group(const YAML::Node& node, const std::string& where);

// A list of groups, as JSON or YAML. kInvalidArgument with line and column.
base::Result<std::vector<TargetGroup>> parse_target_groups(const std::string& text);

}  // namespace tripod::scrape
