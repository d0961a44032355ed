// Which issue an error event belongs to: Sentry's grouping (newstyle, 2026-01-20). docs/grouping.md
#pragma once

#include <string>
#include <vector>

#include "model/batch.h"
#include "pipeline/group/parametriser.h"

namespace tripod::pipeline::group {

struct Grouping {
  // Lower-case md5 hex, at least one, without repeats. All belong to the issue; the first one that
  // is known decides, and an event with none known makes a new issue under all of them.
  std::vector<std::string> hashes;
  std::string title;    // "ZeroDivisionError: division by zero", or the message's first line
  std::string type;     // exception type; empty for messages
  std::string value;    // exception value, or the message
  std::string culprit;  // transaction, else "module in function" of the frame that failed
};

// Pure. Thread-safe after construction; keep one (see Parametriser). Events must be scrubbed
// before: titles are stored.
class Grouper {
 public:
  Grouping group(const model::ErrorEvent& event) const;

 private:
  Parametriser parametriser_;
};

}  // namespace tripod::pipeline::group
