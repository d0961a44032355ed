// Which fields lines have, whether as metadata or inside of JSON or logfmt text, with types and numbers of values: what
// Logs Drilldown lists under "Fields".
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "query/logql/label_set.h"
#include "query/logql/stages/stage.h"

namespace tripod::query::logql {

struct DetectedField {
  std::string type;                    // "string", "int", "float", "boolean", "duration", "bytes"
  std::vector<std::string> parsers;    // "json", "logfmt"; empty: metadata, no parser needed
  std::vector<std::string> json_path;  // keys from the outside in, where "json" found it
  std::set<std::string> values;        // at most kMostDetectedValues different ones
  uint64_t lines = 0;
};
inline constexpr size_t kMostDetectedValues = 10'000;

// Not thread-safe.
class FieldDetector {
 public:
  FieldDetector();
  // A line with its stream's labels and metadata, before or behind a pipeline.
  void add(const Line& line);
  // By name.
  const std::map<std::string, DetectedField>& fields() const { return fields_; }

 private:
  void note(const std::string& name, const std::string& value, std::string_view parser);
  void note_paths(std::string_view json, std::vector<std::string>& path, int depth);

  StagePtr json_, logfmt_;
  std::map<std::string, DetectedField> fields_;
  std::map<std::string, std::vector<std::string>> paths_;  // by the label's name without suffix
};

}  // namespace tripod::query::logql
