// The label string of Loki's protobuf form: {app="shop", host="web-1"}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "model/batch.h"

namespace tripod::ingest::loki {

// Appends the labels in the order written. Values are Go string literals (quoted with the escapes
// of strconv.Unquote, or `raw`); those without escapes are views into `text`, the others copies in
// `arena`. kInvalidArgument says at which byte.
base::Result<> parse_label_text(std::string_view text, base::Arena& arena,
                                std::vector<model::Label>& out);

}  // namespace tripod::ingest::loki
