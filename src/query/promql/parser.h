// PromQL text to a checked expression.
#pragma once

#include <string_view>

#include "base/result.h"
#include "query/promql/ast.h"

namespace tripod::query::promql {

inline constexpr size_t kMaxQueryBytes = 1u << 20;
inline constexpr int kMaxNesting = 100;  // parentheses, calls, signs inside each other
inline constexpr uint16_t kMaxHeight =
    500;  // of the tree: bounds chains such as a + b + c + ... too

// Parses and checks a whole expression. Errors are kInvalidArgument; their text has the form "1:7:
// parse error: …" (line and column of the place, both from 1), and `error_position`, where given,
// receives the byte offset.
base::Result<ExprPtr> parse(std::string_view query, size_t* error_position = nullptr);

// A lone selector such as `up{job="x"}`, as match[] parameters carry it. An instant selector
// without offset or @.
base::Result<std::vector<store::LabelMatcher>> parse_selector(std::string_view text);

}  // namespace tripod::query::promql
