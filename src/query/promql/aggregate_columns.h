// Groups of series made smaller as their series arrive: sum, avg, min, max, count, group, stddev
// and stdvar, one accumulator per group and step. Private to query/promql.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "query/promql/ast.h"
// Before value.h: g++ takes Function::kAbsent for a shadow of its kAbsent.
#include "query/promql/functions.h"
#include "query/promql/value.h"

namespace tripod::query::promql {

// The labels that the group of a series has.
store::Labels group_labels(const Aggregation& aggregation, store::Labels labels);

// One accumulator per step. A column's length is the number of steps.
class AggregateColumn {
 public:
  virtual ~AggregateColumn() = default;
  // kAbsent values are left out.
  virtual void add(std::span<const double> values) = 0;
  // kAbsent where nothing was added.
  virtual std::vector<double> result() const = 0;
};

// Not thread-safe; `aggregation` and `budget` outlive it.
class GroupColumns {
 public:
  // Of an aggregation without a parameter.
  GroupColumns(const Aggregation& aggregation, size_t steps, SampleBudget& budget)
      : aggregation_(aggregation), steps_(steps), budget_(budget) {}

  // Series come in the order in which their values are to be added. kResourceExhausted where there
  // are more groups than the query may hold.
  base::Result<> add(const SeriesView& series);
  // One series per group, in order of their labels. Called once.
  base::Result<Value> finish();

 private:
  struct Group {
    store::Labels labels;
    bool drop_name = false;  // one of the members lost its name already
    std::unique_ptr<AggregateColumn> column;
    SampleCharge charge;
  };

  const Aggregation& aggregation_;
  const size_t steps_;
  SampleBudget& budget_;
  std::vector<Group> groups_;
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, size_t, Hash, std::equal_to<>> index_;
  std::string key_;
};

}  // namespace tripod::query::promql
