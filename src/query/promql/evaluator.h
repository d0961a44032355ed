// Runs an expression over all steps of a query at once: every selector is read once, every node
// gives columns of one value per step. Private to query/promql.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "query/promql/ast.h"
#include "query/promql/functions.h"
#include "query/promql/value.h"

namespace tripod::query::promql {

// The steps of an evaluation: start, start + step, ...
struct Frame {
  int64_t start_ms = 0;
  int64_t step_ms = 1;
  size_t steps = 1;

  int64_t time(size_t step) const { return start_ms + static_cast<int64_t>(step) * step_ms; }
  int64_t last() const { return steps == 0 ? start_ms : time(steps - 1); }
};

// Distinct remarks on a query's answer, bounded.
class Annotations {
 public:
  void add(std::vector<std::string>& to, std::string text);
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
};

// What is the same for all evaluators of one query. Not thread-safe: one query runs on one thread.
struct QueryState {
  store::MetricStore& store;
  const base::Clock& clock;
  std::string_view text;  // of the query
  int64_t lookback_ms;
  int64_t default_subquery_step_ms;
  int64_t query_start_ms;  // @ start()
  int64_t query_end_ms;    // @ end()
  int64_t deadline_steady;
  std::stop_token cancel;
  SampleBudget samples;
  Annotations notes;

  // Fails once the deadline passed or the query was cancelled. Cheap: called per series.
  base::Result<> poll() const;
  void warn(PosRange pos, const std::string& text_of_warning);
  void inform(PosRange pos, const std::string& text_of_info);
};

// The labels of absent()'s answer: what the selector in it demands with =, each name once.
store::Labels absent_labels(const Expr& expr);

// Evaluates within one frame; subqueries make another evaluator with their own.
class Evaluator {
 public:
  Evaluator(QueryState& state, Frame frame) : state_(state), frame_(frame) {}

  base::Result<Value> eval(const Expr& expr);
  // Of a matrix selector or subquery, parentheses allowed.
  base::Result<RangeVector> eval_range_vector(const Expr& expr);

 private:
  // evaluator.cc
  base::Result<Value> eval_node(const Expr& expr);
  base::Result<Value> eval_unary(const Unary& unary);
  base::Result<Value> broadcast(Value once);
  base::Result<Value> new_vector(size_t series);
  // A scalar that is `fill` at every step.
  base::Result<Value> new_scalar(double fill = 0);
  // Drops series without values.
  static void prune(Value& value);
  // After labels were taken away: series with the same labels become one; a step at which two of
  // them have a value is an error.
  base::Result<> merge_same_labels(Value& value) const;
  // The same where any two series with the same labels are an error.
  static base::Result<> require_distinct_labels(const Value& value);

  // eval_selector.cc
  enum class Yield : uint8_t { kValue, kTimestamp };
  base::Result<Value> eval_selector(const VectorSelector& selector, Yield yield);
  base::Result<RangeVector> eval_matrix(const MatrixSelector& matrix);
  base::Result<RangeVector> eval_subquery(const Subquery& subquery);
  base::Result<std::vector<store::SeriesData>> select(const VectorSelector& selector,
                                                      store::TimeRangeMs range,
                                                      SampleCharge& charge);
  std::optional<int64_t> fixed_time(const TimeShift& shift) const;

  // eval_range_function.cc
  base::Result<Value> eval_range_function(const Expr& expr, const Call& call);
  base::Result<Value> eval_absent_over_time(const Call& call);
  base::Result<> check_range_params(const Expr& expr, const Call& call,
                                    const std::vector<Value>& params);

  // eval_call.cc
  base::Result<Value> eval_call(const Expr& expr, const Call& call);
  base::Result<Value> eval_map(const Call& call);
  base::Result<Value> eval_date(const Call& call);
  base::Result<Value> eval_absent(const Call& call);
  base::Result<Value> eval_scalar(const Call& call);
  base::Result<Value> eval_vector(const Call& call);
  base::Result<Value> eval_time();
  base::Result<Value> eval_timestamp(const Call& call);
  base::Result<Value> eval_sort(const Call& call);
  base::Result<Value> eval_sort_by_label(const Call& call);
  base::Result<Value> eval_histogram_quantile(const Call& call);
  base::Result<Value> eval_label_replace(const Call& call);
  base::Result<Value> eval_label_join(const Call& call);

  // eval_binary.cc
  base::Result<Value> eval_binary(const Binary& binary);
  base::Result<Value> scalar_scalar(const Binary& binary, const Value& lhs, const Value& rhs);
  base::Result<Value> vector_scalar(const Binary& binary, Value vector, const Value& scalar,
                                    bool scalar_is_left);
  base::Result<Value> vector_vector(const Binary& binary, const Value& lhs, const Value& rhs);
  base::Result<Value> set_operation(const Binary& binary, Value lhs, Value rhs);

  // eval_aggregate.cc
  base::Result<Value> eval_aggregation(const Aggregation& aggregation);
  base::Result<Value> aggregate_simple(const Aggregation& aggregation, const Value& input);
  base::Result<Value> aggregate_quantile(const Aggregation& aggregation, const Value& input,
                                         const Value& param);
  base::Result<Value> aggregate_topk(const Aggregation& aggregation, Value input,
                                     const Value& param);
  base::Result<Value> aggregate_count_values(const Aggregation& aggregation, const Value& input,
                                             const std::string& label);

  QueryState& state_;
  const Frame frame_;
};

}  // namespace tripod::query::promql
