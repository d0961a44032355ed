// Reads a YAML mapping key by key, so that no key goes unnoticed. Internal to scrape configuration.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tripod::scrape {

// Thrown inside the configuration reader only; parse_scrape_configs() turns it into an error with
// the place in the file.
struct ConfigError {
  base::Code code;
  std::string message;
  YAML::Mark mark = YAML::Mark::null_mark();
};

// "file:12:5: " for a place that is known, else "file: ".
std::string place_text(const std::string& file, const YAML::Mark& mark);

// Keys that Prometheus has and that are not read here.
struct OtherKeys {
  std::set<std::string_view> unsupported;                   // refused
  std::map<std::string_view, std::string_view> without_effect;  // and why
};

// What is read but has no effect, for people.
struct ConfigNote {
  std::string text;
  YAML::Mark mark;
};

// One mapping. Each get marks its key as read; finish() refuses those nobody read. `where` names it
// in errors.
class YamlMap {
 public:
  YamlMap(const YAML::Node& node, std::string where);

  bool has(const char* key);
  // The value as it is; undefined when the key is not there.
  YAML::Node node(const char* key);
  std::string text(const char* key, std::string fallback);
  bool boolean(const char* key, bool fallback);
  uint64_t number(const char* key, uint64_t fallback);
  int64_t duration_ns(const char* key, int64_t fallback);
  uint64_t bytes(const char* key, uint64_t fallback);  // "10MB", "512KiB", "0"
  std::vector<std::string> texts(const char* key);
  std::vector<YAML::Node> list(const char* key);
  // Unsupported keys and those that nobody knows are errors; those without effect are noted.
  void finish(const OtherKeys& others, std::vector<ConfigNote>& notes);
  void finish(const std::set<std::string_view>& unsupported);

  const std::string& where() const { return where_; }
  [[noreturn]] void wrong(std::string_view key, const std::string& why) const;

 private:
  YAML::Mark mark_of(std::string_view key) const;

  const YAML::Node node_;
  std::string where_;
  std::set<std::string> read_;
};

}  // namespace tripod::scrape
