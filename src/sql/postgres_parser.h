// PostgreSQL's own parser (libpg-query), asked for fingerprints alone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace tripod::sql {

// https://github.com/pganalyze/libpg_query/wiki/Fingerprinting. nullopt: the parser does not take the statement. Placeholders are $1, $2 ...
// Thread-safe; some tens of microseconds. The statement has no more than kDeepestNesting brackets in each other.
std::optional<uint64_t> postgres_fingerprint(const std::string& statement);

// What recursion over the parsed statement is safe for, on the stacks of our threads.
inline constexpr size_t kDeepestNesting = 64;

}  // namespace tripod::sql
