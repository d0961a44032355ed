// Values and texts of duration expressions. Private to query/promql.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "query/promql/ast.h"

namespace tripod::query::promql {

inline constexpr double kMaxDurationMs = 9.2e12;  // as in Go: 292 years

// What step() and range() stand for: both 0 for an instant query.
struct DurationContext {
  int64_t step_ms = 0;
  int64_t range_ms = 0;
};

// A number, without sign, parentheses or arithmetic.
bool is_literal(const DurationExpr& expr);
// The same with any signs.
bool is_signed_literal(const DurationExpr& expr);
bool depends_on_query(const DurationExpr& expr);

// Milliseconds. kInvalidArgument in Prometheus's words: division by zero, out of range, and, where
// it has to be positive, not greater than 0.
base::Result<int64_t> evaluate(const DurationExpr& expr, const DurationContext& context,
                               bool positive);
// The same of what the parser made.
base::Result<int64_t> evaluate(const Duration& duration, const DurationContext& context,
                               bool positive);

// As it was written, in canonical spacing.
std::string to_string(const DurationExpr& expr);
std::string to_string(const Duration& duration);

}  // namespace tripod::query::promql
