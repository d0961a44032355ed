// Runs an expression over all steps of a query at once: every selector is read once, every node
// gives columns of one value per step. Private to query/promql.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "query/promql/asked_metrics.h"
#include "query/promql/ast.h"
#include "query/promql/engine.h"
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
  int64_t query_step_ms;   // step(); 0 for an instant query
  int64_t deadline_steady;
  std::stop_token cancel;
  SampleBudget samples;
  const WithHelpers& with_helpers;
  Annotations notes;
  AskedMetrics* asked;  // may be null

  // Fails once the deadline passed or the query was cancelled. Thread-safe. A look at the clock: called every few thousand samples.
  base::Result<> poll() const;
  void warn(PosRange pos, const std::string& text_of_warning);
  void inform(PosRange pos, const std::string& text_of_info);
};

void erase_stale_markers(std::vector<model::Sample>& samples);

// The labels of absent()'s answer: what the selector in it demands with =, each name once.
store::Labels absent_labels(const Expr& expr);

// Evaluates within one frame; subqueries make another evaluator with their own.
class Evaluator {
 public:
  Evaluator(QueryState& state, Frame frame) : state_(state), frame_(frame) {}

  base::Result<Value> eval(const Expr& expr);
  // Of a matrix selector or subquery, parentheses allowed.
  base::Result<RangeVector> eval_range_vector(const Expr& expr);
  // Takes away the names that were only marked until here; the last step of a query.
  base::Result<> finish_names(Value& value) const;
  static base::Result<> finish_names(RangeVector& range);

 private:
  // evaluator.cc
  base::Result<Value> eval_node(const Expr& expr);
  base::Result<Value> eval_unary(const Unary& unary);
  base::Result<Value> broadcast(Value once);
  base::Result<Value> new_vector(size_t series);
  // A scalar that is `fill` at every step.
  base::Result<Value> new_scalar(double fill = 0);
  // Adds a series to a vector, and its values to what the vector is charged for.
  base::Result<> append(Series series, Value& to);
  // Drops series without values.
  static void prune(Value& value);
  // After labels were taken away: series with the same labels become one; a step at which two of
  // them have a value is an error.
  base::Result<> merge_same_labels(Value& value) const;

  // Takes series as they are made, so that they need not all be held. It is not kept beyond the call.
  using SeriesSink = std::function<base::Result<>(const SeriesView& series)>;

  // eval_selector.cc
  enum class Yield : uint8_t { kValue, kTimestamp };
  base::Result<Value> eval_selector(const VectorSelector& selector, Yield yield);
  base::Result<> selector_into(const VectorSelector& selector, Yield yield,
                               store::SeriesOrder order, const SeriesSink& sink);
  // The column of one series. Thread-safe.
  void fill_column(const VectorSelector& selector, Yield yield, std::vector<model::Sample>& samples,
                   std::span<double> values) const;
  store::TimeRangeMs range_of(const VectorSelector& selector, const RangeVector& range) const;
  base::Result<RangeVector> eval_matrix(const MatrixSelector& matrix);
  // The same without samples.
  base::Result<RangeVector> empty_matrix(const MatrixSelector& matrix) const;
  base::Result<RangeVector> eval_subquery(const Subquery& subquery);
  // Empty, with its ends set.
  base::Result<RangeVector> new_range_vector(const TimeShift& shift, int64_t range_ms) const;
  base::Result<std::vector<store::SeriesData>> select(const VectorSelector& selector,
                                                      store::TimeRangeMs range,
                                                      SampleCharge& charge);
  // Where a selector or subquery looks: at step.time - offset, or always at `fixed`.
  struct Placement {
    std::optional<int64_t> fixed;  // with @
    int64_t offset_ms = 0;

    int64_t at(int64_t step_time_ms) const { return fixed.value_or(step_time_ms) - offset_ms; }
  };
  base::Result<Placement> place_of(const TimeShift& shift) const;
  base::Result<int64_t> resolve(const Duration& duration, bool positive) const;

  // eval_range_function.cc
  base::Result<Value> eval_range_function(const Call& call);
  base::Result<> range_function_into(const Call& call, store::SeriesOrder order,
                                     const SeriesSink& sink);
  struct RangeCall;
  // The column of one series. Thread-safe.
  base::Result<> fill_column(const RangeCall& call, const std::vector<model::Sample>& samples,
                             std::span<double> values) const;
  base::Result<> range_series_into(const RangeCall& call, RangeVector& range,
                                   const SeriesSink& sink);
  base::Result<> matrix_into(const RangeCall& call, const VectorSelector& selector,
                             store::SeriesOrder order, const SeriesSink& sink);
  base::Result<Value> eval_absent_over_time(const Call& call);
  base::Result<> check_range_params(const Call& call, const std::vector<Value>& params);

  // eval_call.cc
  base::Result<Value> eval_call(const Expr& expr, const Call& call);
  base::Result<Value> eval_map(const Call& call);
  base::Result<Value> eval_date(const Call& call);
  base::Result<Value> eval_absent(const Call& call);
  base::Result<Value> eval_scalar(const Call& call);
  base::Result<Value> eval_vector(const Call& call);
  base::Result<Value> eval_time();
  base::Result<Value> eval_query_bound(Function function);
  base::Result<Value> eval_timestamp(const Call& call);
  base::Result<Value> eval_sort(const Expr& expr, const Call& call);
  base::Result<Value> eval_sort_by_label(const Expr& expr, const Call& call);
  // eval_histogram.cc
  base::Result<Value> eval_histogram_quantile(const Call& call);
  base::Result<Value> eval_histogram_quantiles(const Call& call);
  base::Result<Value> eval_histogram_fraction(const Call& call);
  // Of native histograms alone: floats have no such value and are left out.
  base::Result<Value> eval_native_histogram(const Call& call);

  // eval_info.cc
  base::Result<Value> eval_info(const Call& call);

  // eval_labels.cc
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
  base::Result<Value> aggregate_simple(const Aggregation& aggregation);
  base::Result<Value> aggregate_quantile(const Aggregation& aggregation, const Value& input,
                                         const Value& param);
  base::Result<Value> aggregate_topk(const Aggregation& aggregation, Value input,
                                     const Value& param);
  base::Result<Value> aggregate_limit(const Aggregation& aggregation, Value input,
                                      const Value& param);
  base::Result<Value> aggregate_count_values(const Aggregation& aggregation, const Value& input,
                                             const std::string& label);

  QueryState& state_;
  const Frame frame_;
};

}  // namespace tripod::query::promql
