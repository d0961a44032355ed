// Where the value begins and ends that a sensitive name in running text belongs to.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "pipeline/scrub/text_scan.h"

namespace tripod::pipeline::scrub {

// The value of the name that holds the word [at, word.end) of `text`, as an edit; nullopt when no
// value follows, or one that is no secret (empty, null, a placeholder such as %s, an expression of
// code).
std::optional<Edit> find_value(std::string_view text, size_t at, const WordMatch& word,
                               TextKind kind);

}  // namespace tripod::pipeline::scrub
