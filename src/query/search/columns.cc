#include "query/search/columns.h"

#include <algorithm>

#include "query/search/fields.h"

namespace tripod::query::search {

using base::Code;
using store::Predicate;
using Op = Predicate::Op;

TableColumns::TableColumns(const Aggregation& aggregation, store::Dataset dataset) {
  for (const FieldName& key : aggregation.by) columns_.push_back({key.name, "", 0});
  for (const Measure& measure : aggregation.measures) {
    const size_t open = measure.column.find('(');
    columns_.push_back({measure.column, open == std::string::npos ? "" : measure.column.substr(0, open),
                        nanos_of_unit(unit_of(measure, dataset))});
  }
  if (aggregation.with_percent) columns_.push_back({"percent", "", 0});
}

std::string TableColumns::find(std::string_view name) const {
  if (const auto exact = std::ranges::find(columns_, name, &ColumnName::name); exact != columns_.end()) return exact->name;
  const auto shortened = std::ranges::find(columns_, name, &ColumnName::short_name);
  if (shortened == columns_.end() || name.empty()) return {};
  const bool alone = std::ranges::count(columns_, name, &ColumnName::short_name) == 1;
  return alone ? shortened->name : std::string();
}

std::string TableColumns::list() const {
  std::string out = "the table has ";
  for (const ColumnName& column : columns_) {
    if (&column != &columns_.front()) out += ", ";
    out += column.name;
  }
  return out;
}

base::Result<const ColumnName*> TableColumns::column(const Key& key) const {
  const std::string name = find(key.name);
  if (name.empty()) return base::fail(Code::kInvalidArgument, "no column \"" + key.name + "\": " + list());
  return &*std::ranges::find(columns_, name, &ColumnName::name);
}

base::Result<Predicate> TableColumns::compare(const Key& key, CompareOp op, const Value& value) const {
  auto found = column(key);
  if (!found) return base::fail(std::move(found.error()));
  return make_column_comparison((*found)->name, op, value, (*found)->nanos_per_unit);
}

base::Result<Predicate> TableColumns::exists(const Key& key) const {
  auto found = column(key);
  if (!found) return base::fail(std::move(found.error()));
  return Predicate::exists((*found)->name);
}

std::string unit_of(const Measure& measure, store::Dataset dataset) {
  if (measure.function == Measure::Function::kRate) return "per_second";
  if (measure.function == Measure::Function::kCount || measure.function == Measure::Function::kUnique) return "";
  const double nanos = nanos_per_unit(fields_behind(dataset, measure.field).front());
  if (nanos == 1) return "ns";
  if (nanos == 1e3) return "us";
  if (nanos == 1e6) return "ms";
  return nanos == 1e9 ? "s" : "";
}

double nanos_of_unit(std::string_view unit) {
  if (unit == "ns") return 1;
  if (unit == "us") return 1e3;
  if (unit == "ms") return 1e6;
  return unit == "s" ? 1e9 : 0;
}

}  // namespace tripod::query::search
