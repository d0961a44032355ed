// Whose SQL a statement is written in, as far as quoting and comments differ.
#pragma once

#include <cstdint>
#include <string_view>

namespace tripod::sql {

enum class Dialect : uint8_t {
  kGeneric,    // standard quoting: 'text', "name"
  kPostgres,   // and $tag$text$tag$, E'text', casts by ::, nested comments
  kMySql,      // and `name`, "text", # comments, backslashes in texts
  kSqlite,     // and `name`, [name], @name and $name as placeholders
  kSqlServer,  // and [name], @name as placeholders
};

// Of `db.system.name` (https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/, also by its older names).
// false: its statements are no SQL.
bool is_sql(std::string_view db_system);
// kGeneric for those that have no rules of their own here.
Dialect dialect_of(std::string_view db_system);

}  // namespace tripod::sql
