// The columns of a table: names, units, and what `| where` behind an aggregation compares. Private to query/search.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "query/search/parser.h"
#include "query/search/question.h"

namespace tripod::query::search {

struct ColumnName {
  std::string name;
  std::string short_name;     // "p95" of p95(duration_ms): stands for the column where no other has it
  double nanos_per_unit = 0;  // of columns of times; 0: not a time
};

class TableColumns final : public ColumnComparer {
 public:
  TableColumns() = default;
  TableColumns(const Aggregation& aggregation, store::Dataset dataset);

  // The column of this name, or of this short name; empty where there is none.
  std::string find(std::string_view name) const;
  // "the table has level, count"
  std::string list() const;

  bool has(const Key& key) const override { return !find(key.name).empty(); }
  base::Result<store::Predicate> compare(const Key& key, CompareOp op, const Value& value) const override;
  base::Result<store::Predicate> exists(const Key& key) const override;

 private:
  base::Result<const ColumnName*> column(const Key& key) const;
  std::vector<ColumnName> columns_;
};

// The unit of what a measure gives over fields of this name: "ns", "us", "ms", "s", "per_second", "percent" or none.
std::string unit_of(const Measure& measure, store::Dataset dataset);
double nanos_of_unit(std::string_view unit);

}  // namespace tripod::query::search
