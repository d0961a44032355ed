// What an SQL statement is, whatever values it has: its text without them, a fingerprint, and the words of OpenTelemetry for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sql/dialect.h"

namespace tripod::sql {

// Of longer statements the beginning alone counts.
inline constexpr size_t kLongestStatement = 64 << 10;
inline constexpr size_t kLongestSummary = 255;

struct Statement {
  // Values and placeholders are `?`, lists of them one `?`, rows of VALUES one row; no comments, white space is one space. Names of
  // savepoints and server-side cursors, which drivers make up, are `?` too.
  std::string normalised;
  // The same for statements that differ in values, length of lists, comments, white space and case of unquoted words; as PostgreSQL's
  // parser sees them where it takes the statement (fingerprint_of), else of the tokens. 0: there is no statement.
  uint64_t fingerprint = 0;
  std::string operation;    // "SELECT": db.operation.name
  std::string collection;   // the first table, without quotes, with its schema: db.collection.name; empty where there is none
  // "SELECT shop_order auth_user": https://opentelemetry.io/docs/specs/semconv/database/database-spans/#generating-a-summary-of-the-query
  std::string summary;
  bool is_cut = false;      // somebody cut it: others may begin alike
};

// Thread-safe, never fails. Some microseconds; with PostgreSQL's parser some tens of them.
Statement normalise(std::string_view text, Dialect dialect);

// 16 hexadecimal digits.
std::string fingerprint_text(uint64_t fingerprint);

}  // namespace tripod::sql
