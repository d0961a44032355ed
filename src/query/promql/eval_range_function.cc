// rate(), *_over_time() and the other functions of range vectors: one pass per series, the window
// sliding with the steps.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "query/promql/column_stream.h"
#include "query/promql/evaluator.h"
#include "query/promql/labels.h"
#include "query/promql/range_kernels.h"
#include "query/promql/text.h"

namespace tripod::query::promql {

using base::Code;
using base::fail;
using base::Result;

namespace {

// The window of each step in turn: both ends only move forward.
class SlidingWindow {
 public:
  SlidingWindow(const RangeVector& range, const std::vector<model::Sample>& samples)
      : before_ms_(range.range_ms + (range.extension != Extension::kNone ? range.lookback_ms : 0)),
        behind_ms_(range.extension == Extension::kSmoothed ? range.lookback_ms : 0),
        samples_(samples) {}

  std::span<const model::Sample> at(int64_t end_ms) {
    while (last_ < samples_.size() && samples_[last_].time_ms <= end_ms + behind_ms_) ++last_;
    while (first_ < last_ && samples_[first_].time_ms <= end_ms - before_ms_) ++first_;
    return {samples_.data() + first_, last_ - first_};
  }

  // Looks for the samples that are lower than the one before; once, before the first window.
  void find_resets() {
    for (size_t i = 1; i < samples_.size(); ++i) {
      if (!(samples_[i].value < samples_[i - 1].value)) continue;
      reset_at_.push_back(i);
      before_reset_.push_back(samples_[i - 1].value);
    }
  }
  // The values before the resets inside the window last asked for, in order.
  std::span<const double> resets() {
    while (last_reset_ < reset_at_.size() && reset_at_[last_reset_] < last_) ++last_reset_;
    while (first_reset_ < last_reset_ && reset_at_[first_reset_] <= first_) ++first_reset_;
    return {before_reset_.data() + first_reset_, last_reset_ - first_reset_};
  }

 private:
  const int64_t before_ms_;  // an extended range reaches beyond its own ends
  const int64_t behind_ms_;
  const std::vector<model::Sample>& samples_;
  size_t first_ = 0;
  size_t last_ = 0;
  std::vector<size_t> reset_at_;
  std::vector<double> before_reset_;
  size_t first_reset_ = 0;
  size_t last_reset_ = 0;
};

bool named_like_counter(std::string_view name) {
  return name.ends_with("_total") || name.ends_with("_sum") || name.ends_with("_count") ||
         name.ends_with("_bucket");
}

// Samples looked at between two looks at the clock: long windows over many steps take long even for
// one series.
constexpr size_t kPollEvery = 1'000'000;

// What is said where a function does not know how to see an extended range; empty where it does.
std::string extension_fault(Function function, std::string_view name, Extension extension) {
  const bool smoothed_too = function == Function::kDelta || function == Function::kIncrease ||
                            function == Function::kRate;
  const bool anchored =
      smoothed_too || function == Function::kChanges || function == Function::kResets;
  if (extension == Extension::kAnchored && !anchored) {
    return "anchored modifier can only be used with: changes, delta, increase, rate, resets - not "
           "with " +
           std::string(name);
  }
  if (extension == Extension::kSmoothed && !smoothed_too) {
    return "smoothed modifier can only be used with: delta, increase, rate - not with " +
           std::string(name);
  }
  return {};
}

size_t matrix_argument(const Call& call) {
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (call.args[i]->type == ValueType::kMatrix) return i;
  }
  return 0;
}

}  // namespace

Result<> Evaluator::check_range_params(const Call& call, const std::vector<Value>& params) {
  const Function function = call.function->id;
  for (size_t i = 0; i < params.size(); ++i) {
    for (const double value : params[i].series.front().values) {
      if (function == Function::kQuantileOverTime && !(value >= 0 && value <= 1)) {
        state_.warn(call.args.front()->pos,
                    "quantile value should be between 0 and 1, got " + format_number(value));
      }
      if (function == Function::kDoubleExponentialSmoothing && !(value > 0 && value < 1)) {
        return fail(Code::kInvalidArgument,
                    fmt::format("invalid {} factor. Expected: 0 < {} < 1, got: {:f}",
                                i == 0 ? "smoothing" : "trend", i == 0 ? "sf" : "tf", value));
      }
    }
  }
  return {};
}

// One call of a range function over all series and steps.
struct Evaluator::RangeCall {
  const Call& call;
  const Expr& argument;  // the range vector
  const RangeVector& range;
  RangeKernel kernel;
  bool counter;  // rate() or increase()
  std::vector<Value> params;
};

Result<Value> Evaluator::eval_range_function(const Call& call) {
  Value out;
  auto ok = range_function_into(call, store::SeriesOrder::kLabels, [&](const SeriesView& series) {
    return append({to_labels(series.labels), {series.values.begin(), series.values.end()}, series.drop_name},
                  out);
  });
  if (!ok) return fail(std::move(ok.error()));
  return out;
}

Result<> Evaluator::fill_column(const RangeCall& call, const std::vector<model::Sample>& samples,
                                std::span<double> values) const {
  SlidingWindow sliding(call.range, samples);
  if (call.counter) sliding.find_resets();
  std::vector<double> arguments(call.params.size());
  Window window;
  window.range_ms = call.range.range_ms;
  window.params = arguments;
  size_t work = 0;
  for (size_t step = 0; step < frame_.steps; ++step) {
    window.eval_ms = frame_.time(step);
    window.end_ms = call.range.end(window.eval_ms);
    window.samples = sliding.at(window.end_ms);
    window.resets = sliding.resets();
    if (window.samples.empty()) continue;
    work += call.counter ? 1 + window.resets.size() : window.samples.size();
    if (work > kPollEvery) {
      work = 0;
      if (auto ok = state_.poll(); !ok) return ok;
    }
    for (size_t i = 0; i < arguments.size(); ++i)
      arguments[i] = call.params[i].series.front().values[step];
    values[step] = call.kernel(window);
  }
  return {};
}

Result<> Evaluator::range_function_into(const Call& call, store::SeriesOrder order,
                                        const SeriesSink& sink) {
  const size_t at = matrix_argument(call);
  std::vector<Value> params;
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (i == at) continue;
    auto param = eval(*call.args[i]);
    if (!param) return fail(std::move(param.error()));
    params.push_back(std::move(*param));
  }
  if (auto ok = check_range_params(call, params); !ok) return fail(std::move(ok.error()));
  const Expr& argument = *call.args[at];
  const auto* matrix = strip_parens(argument).as<MatrixSelector>();
  auto range = matrix != nullptr ? empty_matrix(*matrix) : eval_range_vector(argument);
  if (!range) return fail(std::move(range.error()));
  if (auto fault = extension_fault(call.function->id, call.function->name, range->extension);
      !fault.empty())
    return fail(Code::kInvalidArgument, std::move(fault));

  const Function function = call.function->id;
  const RangeCall range_call{call,
                             argument,
                             *range,
                             range_kernel(function, range->extension),
                             function == Function::kRate || function == Function::kIncrease,
                             std::move(params)};
  const SeriesSink noted = [&](const SeriesView& series) {
    const std::string_view name = get_label(series.labels, kMetricName);
    if (range_call.counter && !name.empty() && !named_like_counter(name)) {
      state_.inform(argument.pos,
                    "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: " +
                        quote(name));
    }
    return sink(series);
  };
  if (matrix == nullptr) return range_series_into(range_call, *range, noted);
  return matrix_into(range_call, matrix->selector, order, noted);
}

// Series that are held already.
Result<> Evaluator::range_series_into(const RangeCall& call, RangeVector& range,
                                      const SeriesSink& sink) {
  std::vector<double> values;
  for (RangeSeries& data : range.series) {
    if (auto ok = state_.poll(); !ok) return ok;
    values.assign(frame_.steps, kAbsent);
    if (auto ok = fill_column(call, data.samples, values); !ok) return ok;
    data.samples = {};
    if (std::ranges::none_of(values, is_present)) continue;
    const auto labels = views_of(data.labels);
    const bool drop_name = data.drop_name || !keeps_metric_name(call.call.function->id);
    if (auto ok = sink({labels, values, drop_name}); !ok) return ok;
  }
  return {};
}

// Series of the store, as they are read.
Result<> Evaluator::matrix_into(const RangeCall& call, const VectorSelector& selector,
                                store::SeriesOrder order, const SeriesSink& sink) {
  if (frame_.steps == 0) return {};
  if (state_.asked != nullptr) state_.asked->note(selector.matchers);
  const auto set = state_.store.open_series(selector.matchers, range_of(selector, call.range),
                                            {.order = order, .poll = [this] { return state_.poll(); }});
  if (!set) return fail(set.error());
  const bool drop_name = !keeps_metric_name(call.call.function->id);
  const ColumnStream stream{
      .set = **set,
      .steps = frame_.steps,
      .max_samples = std::max<size_t>(1, state_.samples.left()),
      .memory = state_.samples.memory(),
      .make =
          [&](std::vector<model::Sample>& samples, std::span<double> values) {
            erase_stale_markers(samples);
            return fill_column(call, samples, values);
          },
      .take = [&](std::span<const model::Label> labels,
                  std::span<const double> values) { return sink({labels, values, drop_name}); },
      .poll = [this] { return state_.poll(); }};
  return run(stream, state_.with_helpers);
}

Result<Value> Evaluator::eval_absent_over_time(const Call& call) {
  auto range = eval_range_vector(*call.args.front());
  if (!range) return fail(std::move(range.error()));
  if (auto fault = extension_fault(call.function->id, call.function->name, range->extension);
      !fault.empty())
    return fail(Code::kInvalidArgument, std::move(fault));
  auto out = new_vector(1);
  if (!out) return out;
  Series series{absent_labels(*call.args.front()), std::vector<double>(frame_.steps, 1.0)};
  for (const RangeSeries& data : range->series) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    SlidingWindow sliding(*range, data.samples);
    for (size_t step = 0; step < frame_.steps; ++step) {
      if (!sliding.at(range->end(frame_.time(step))).empty()) series.values[step] = kAbsent;
    }
  }
  out->series.push_back(std::move(series));
  prune(*out);
  return out;
}

}  // namespace tripod::query::promql
