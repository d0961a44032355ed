// What a line calls its own values: the labels that | json and | logfmt would find in it, and what they leave out.
// Private to query/logql.
#pragma once

#include <string>
#include <string_view>

#include "query/logql/label_set.h"
#include "query/logql/stages/stage.h"

namespace tripod::query::logql {

// Not thread-safe: keeps buffers between lines.
class LineKeys {
 public:
  LineKeys();
  // Of a JSON object its keys, nested ones joined by '_', those of arrays and objects too; of any other text the keys of its
  // key=value pairs.
  void read(std::string_view line);
  bool has(std::string_view label) const { return names_.contains(label); }

 private:
  void walk(std::string_view object, int depth);

  StagePtr logfmt_;
  Line parsed_;
  NameSet names_;
  std::string prefix_;
};

}  // namespace tripod::query::logql
