// One JSON object of a log line -> flat attributes.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "model/value.h"

namespace tripod::pipeline {

struct FlattenLimits {
  size_t max_bytes = 1u << 20;    // of the text
  size_t max_depth = 24;          // containers within containers, the outermost counts as one
  size_t max_attributes = 1000;   // of one object; more are counted, not kept
  size_t max_prefix_bytes = 256;  // of a dotted key; an object under a longer one stays JSON
};

enum class FlattenOutcome : uint8_t {
  kObject,     // the text is one object
  kNotObject,  // does not begin with a brace, is not JSON, or something follows the object
  kTooDeep,
  kTooLong,
};

// Holds the parser and its buffers, reused from text to text. Not thread-safe.
class JsonFlattener {
 public:
  explicit JsonFlattener(FlattenLimits limits = {});
  ~JsonFlattener();

  // Appends one attribute a member to `out`: nested objects as "outer.inner", arrays as JSON text,
  // nulls not at all, integers beyond 64 bits and numbers beyond double as text. Keys and strings
  // are views into `text` where they hold no escapes, else copies in `arena`. On another outcome
  // than kObject nothing is appended.
  FlattenOutcome flatten(std::string_view text, base::Arena& arena,
                         std::vector<model::Attribute>& out);
  // Members of the last object that were over max_attributes.
  size_t dropped() const { return dropped_; }

 private:
  class Walk;
  struct Parser;

  const FlattenLimits limits_;
  std::unique_ptr<Parser> parser_;  // simdjson stays inside the .cc
  size_t dropped_ = 0;
};

// Length of the balanced {...} at the start of `text`, minding strings; 0 when it does not end.
// Linear.
size_t object_length(std::string_view text);

}  // namespace tripod::pipeline
