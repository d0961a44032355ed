// What of a matcher's regular expression is known without data. Private to query/promql.
#pragma once

#include <string>

namespace tripod::query::promql {

// In Go's words, as Prometheus says it: "error parsing regexp: missing closing ): `…`". Empty where
// the pattern is one.
std::string regex_fault(const std::string& pattern);
// Of a pattern that is one.
bool regex_matches_empty(const std::string& pattern);

}  // namespace tripod::query::promql
