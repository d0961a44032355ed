// Prometheus relabelling.
// https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "scrape/label_set.h"

namespace re2 {
class RE2;
}

namespace tripod::scrape {

enum class RelabelAction : uint8_t {
  kReplace,
  kKeep,
  kDrop,
  kKeepEqual,
  kDropEqual,
  kHashMod,
  kLabelMap,
  kLabelDrop,
  kLabelKeep,
  kLowercase,
  kUppercase,
};

// One element of relabel_configs, as written. Defaults are Prometheus's.
struct RelabelConfig {
  RelabelAction action = RelabelAction::kReplace;
  std::vector<std::string> source_labels;
  std::string separator = ";";
  std::string regex = "(.*)";
  uint64_t modulus = 0;
  std::string target_label;
  std::string replacement = "$1";
};

// Ready to be applied. Immutable after compile(); thread-safe.
class RelabelRule {
 public:
  // kInvalidArgument when the regular expression is bad or the action lacks what it needs.
  static base::Result<RelabelRule> compile(RelabelConfig config);
  // False: the target or series is to be dropped.
  bool apply(LabelSet& labels) const;

 private:
  void replace(LabelSet& labels, const std::string& value) const;
  void map_names(LabelSet& labels) const;

  RelabelConfig config_;
  std::shared_ptr<const re2::RE2> regex_;
};

// All rules in order; false as soon as one drops.
bool relabel(std::span<const RelabelRule> rules, LabelSet& labels);

// "replace", "keep", …: nullopt when there is no such action.
std::optional<RelabelAction> parse_relabel_action(std::string_view name);

}  // namespace tripod::scrape
