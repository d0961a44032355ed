// LogQL text to a checked expression. https://grafana.com/docs/loki/latest/query/
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/logql/ast.h"

namespace tripod::query::logql {

inline constexpr size_t kMaxQueryBytes = 128u << 10;
inline constexpr int kMaxNesting = 100;     // parentheses and calls inside each other
inline constexpr uint16_t kMaxHeight = 500; // of the tree: bounds chains such as a + b + c + … too
// Of one query, whatever its selectors: each line passes all of them.
inline constexpr size_t kMaxParts = 1000;   // matchers, stages, terms of line filters, comparisons, labels that stages name
inline constexpr size_t kMaxRegexes = 100;  // each may hold megabytes

// Parses and checks a whole query. Errors are kInvalidArgument, or kUnsupported for what Loki knows and
// this engine does not: "parse error at line 1, col 7: …" (line and column from 1, columns in
// characters). `error_position`, where given, receives the byte offset.
base::Result<ExprPtr> parse(std::string_view query, size_t* error_position = nullptr);

// The same of a query for log lines; a metric query is refused: "only log selector is supported".
base::Result<LogQuery> parse_log_query(std::string_view query);

// A lone selector such as {app="shop"}; empty text and {} select everything. "only label matchers is
// supported" where filters follow.
base::Result<std::vector<Matcher>> parse_selector(std::string_view text);

}  // namespace tripod::query::logql
