// Reads a YAML mapping key by key, so that no key goes unnoticed and every error names its line.
// Internal to the configuration.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ship/batch.h"

namespace tripod::ship {

// Thrown inside the configuration reader only; parse_config() turns it into an error.
struct ConfigError {
  std::string message;  // "line 7: ..."
};

[[noreturn]] void fail_at(const YAML::Node& node, const std::string& what);

// One mapping. Each get marks its key as read; finish() refuses those nobody read.
class ConfigMap {
 public:
  // `what` names it in errors: "an input".
  ConfigMap(const YAML::Node& node, const std::string& what);

  bool has(const char* key);
  // Of a key that is there.
  YAML::Node node(const char* key);
  std::string text(const char* key, std::string fallback);
  bool boolean(const char* key, bool fallback);
  int64_t duration_ns(const char* key, int64_t fallback);
  uint64_t bytes(const char* key, uint64_t fallback);
  uint64_t number(const char* key, uint64_t fallback);
  // A list, or a single text.
  std::vector<YAML::Node> list(const char* key);
  Labels labels(const char* key);
  void finish() const;

 private:
  const YAML::Node map_;
  const std::string what_;
  std::set<std::string> read_;
};

}  // namespace tripod::ship
