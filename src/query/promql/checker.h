// Types of a parsed expression, and what of it can never be evaluated.
#pragma once

#include <optional>
#include <string>

#include "query/promql/ast.h"

namespace tripod::query::promql {

struct CheckError {
  PosRange pos;
  std::string message;  // in Prometheus's words
};

// Sets Expr::type and Expr::step_invariant on every node, fills in the cardinality of set
// operators, and returns the first thing wrong, children before parents.
std::optional<CheckError> check(Expr& expr);

}  // namespace tripod::query::promql
