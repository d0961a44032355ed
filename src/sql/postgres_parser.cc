#include "sql/postgres_parser.h"

extern "C" {
#include <pg_query.h>
}

namespace tripod::sql {

std::optional<uint64_t> postgres_fingerprint(const std::string& statement) {
  if (statement.find('\0') != std::string::npos) return std::nullopt;
  const PgQueryFingerprintResult result = pg_query_fingerprint(statement.c_str());
  std::optional<uint64_t> out;
  if (result.error == nullptr) out = result.fingerprint;
  pg_query_free_fingerprint_result(result);
  return out;
}

}  // namespace tripod::sql
