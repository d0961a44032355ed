#include "sql/dialect.h"

#include <algorithm>
#include <array>

namespace tripod::sql {

namespace {

struct Named {
  std::string_view system;
  Dialect dialect;
};

constexpr std::array<Named, 13> kNamed = {{
    {"postgresql", Dialect::kPostgres},
    {"cockroachdb", Dialect::kPostgres},
    {"aws.redshift", Dialect::kPostgres},
    {"redshift", Dialect::kPostgres},
    {"mysql", Dialect::kMySql},
    {"mariadb", Dialect::kMySql},
    {"sqlite", Dialect::kSqlite},
    {"sqlite3", Dialect::kSqlite},
    {"microsoft.sql_server", Dialect::kSqlServer},
    {"mssql", Dialect::kSqlServer},
    {"azure.sql", Dialect::kSqlServer},
    {"clickhouse", Dialect::kMySql},
    {"gcp.bigquery", Dialect::kMySql},
}};

constexpr std::array<std::string_view, 15> kNotSql = {"redis",        "mongodb",   "elasticsearch", "opensearch", "memcached", "aws.dynamodb", "dynamodb",  "couchdb",
                                                      "azure.cosmosdb", "cosmosdb", "neo4j",        "hbase",      "geode",     "influxdb",     "valkey"};

}  // namespace

bool is_sql(std::string_view db_system) { return std::ranges::find(kNotSql, db_system) == kNotSql.end(); }

Dialect dialect_of(std::string_view db_system) {
  const auto found = std::ranges::find(kNamed, db_system, &Named::system);
  return found == kNamed.end() ? Dialect::kGeneric : found->dialect;
}

}  // namespace tripod::sql
