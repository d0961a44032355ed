// Secrets in running text: log lines, messages, SQL, reprs of locals, source lines, URLs, JSON
// inside of text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/scrub/words.h"

namespace tripod::pipeline::scrub {

enum class TextKind : uint8_t {
  kFree,    // anything people and programs write
  kCode,    // a line of source: only values that are literals count, the rest stays readable
  kCookie,  // a Cookie header: "session" is a name to hide too
};

// Replace [from, to) by `by`.
struct Edit {
  size_t from = 0;
  size_t to = 0;
  std::string_view by;  // static storage
};

// What is to be replaced in `text`, in order, not overlapping. Empty (and nothing allocated) for
// clean text.
std::vector<Edit> find_secrets(std::string_view text, TextKind kind, const Words& words);

std::string apply_edits(std::string_view text, const std::vector<Edit>& edits);

}  // namespace tripod::pipeline::scrub
