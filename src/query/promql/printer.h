// Expressions as text.
#pragma once

#include <string>

#include "base/json_writer.h"
#include "query/promql/ast.h"

namespace tripod::query::promql {

// PromQL on one line, in Prometheus's canonical spacing. Parsing it gives the same tree.
std::string to_string(const Expr& expr);

// PromQL over several lines where one would be longer than 100 characters, as /api/v1/format_query
// answers it.
std::string pretty(const Expr& expr);

// The tree itself on one line, with types: `(call rate :vector (matrix 5m (selector "x")))`. For
// tests and explain.
std::string dump(const Expr& expr);

// The tree as /api/v1/parse_query answers it. A duration that depends on the query stands as what
// an instant query makes of it.
void write_tree(const Expr& expr, base::JsonWriter& json);

// `job="api"`, `path=~"/.*"`; a name that is not [a-zA-Z_][a-zA-Z0-9_]* is quoted.
std::string to_string(const store::LabelMatcher& matcher);

}  // namespace tripod::query::promql
