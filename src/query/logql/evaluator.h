// Runs a metric expression over all steps of a query at once: every node gives columns of one value per step. Private to
// query/logql.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "query/logql/engine.h"
#include "query/logql/labels.h"
#include "query/logql/pushdown.h"
#include "query/logql/stages/stage.h"
#include "query/logql/value.h"
#include "query/logql/windows.h"

namespace tripod::query::logql {

// What is the same for a whole query. Not thread-safe: one query runs on one thread.
struct QueryState {
  store::EventStore& store;
  const base::Clock& clock;
  const EngineOptions& options;
  store::QueryBounds bounds;
  int64_t now = 0;
  QueryStatistics stats;

  // Fails once the deadline passed, or nobody waits for the answer any more.
  base::Result<> poll() const;
  base::Result<FieldCatalog> catalog(store::TimeRange range) const;
  // Adds to `stats`. A bound that was reached is an error: half a metric is a wrong one.
  base::Result<> take(const store::QueryStats& of_store);
};

// The fields a scan needs for these labels, and for the labels of streams; empty: all.
std::vector<std::string> fields_to_read(const FieldCatalog& catalog, const Needs& needs, bool lines);

// {a="b", c="d"}
std::string to_string(const Labels& labels);
// Those of `by`, or all but those of `without`; empty values are missing ones.
Labels grouped(const Labels& labels, const Grouping& grouping);

class Evaluator {
 public:
  Evaluator(QueryState& state, Frame frame) : state_(state), frame_(frame) {}
  base::Result<Value> eval(const Expr& expr);

 private:
  // eval_range.cc. `outer`: what an enclosing sum() groups by, where the aggregation may do so itself.
  base::Result<Value> eval_range(const RangeAggregation& range, const Grouping* outer);
  base::Result<> aggregate(const LogPlan& plan, const FieldCatalog& catalog, const RangeAggregation& range,
                           const Grouping* grouping, Windows& windows);
  base::Result<> scan(LogPlan plan, const FieldCatalog& catalog, const RangeAggregation& range,
                      const Grouping* grouping, Windows& windows);
  store::TimeRange time_range(const RangeAggregation& range) const;
  Value absent(const RangeAggregation& range, const std::vector<Series>& present) const;

  // eval_vector.cc
  base::Result<Value> eval_vector(const VectorAggregation& vector);
  Value aggregate_all(const VectorAggregation& vector, const Grouping& grouping, Value input) const;
  Value take_best(const VectorAggregation& vector, const Grouping& grouping, Value input) const;
  base::Result<Value> eval_label_replace(const LabelReplace& replace);

  // eval_binary.cc
  base::Result<Value> eval_binary(const Binary& binary);
  Value with_scalar(const Binary& binary, Value vector, const Value& scalar, bool scalar_is_left) const;
  base::Result<Value> vector_vector(const Binary& binary, Value lhs, Value rhs) const;
  Value set_operation(const Binary& binary, Value lhs, Value rhs) const;

  QueryState& state_;
  const Frame frame_;
};

}  // namespace tripod::query::logql
