// Expressions back to LogQL text: what is printed parses to the same expression.
#pragma once

#include <string>

#include "query/logql/ast.h"

namespace tripod::query::logql {

// On one line.
std::string print(const Expr& expr);
std::string print(const LogQuery& log);
std::string print(const std::vector<Matcher>& matchers);
// Broken into lines where one would pass 100 characters, as format_query answers.
std::string pretty_print(const Expr& expr);

}  // namespace tripod::query::logql
