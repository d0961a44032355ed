// rate(), *_over_time() and the other functions of range vectors: one pass per series, the window
// sliding with the steps.
#include <algorithm>
#include <cmath>

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
      : range_(range), samples_(samples) {}

  std::span<const model::Sample> at(int64_t end_ms) {
    while (last_ < samples_.size() && samples_[last_].time_ms <= end_ms) ++last_;
    while (first_ < last_ && samples_[first_].time_ms <= end_ms - range_.range_ms) ++first_;
    return {samples_.data() + first_, last_ - first_};
  }

 private:
  const RangeVector& range_;
  const std::vector<model::Sample>& samples_;
  size_t first_ = 0;
  size_t last_ = 0;
};

bool named_like_counter(std::string_view name) {
  return name.ends_with("_total") || name.ends_with("_sum") || name.ends_with("_count") ||
         name.ends_with("_bucket");
}

// Samples looked at between two looks at the clock: long windows over many steps take long even for
// one series.
constexpr size_t kPollEvery = 1'000'000;

size_t matrix_argument(const Call& call) {
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (call.args[i]->type == ValueType::kMatrix) return i;
  }
  return 0;
}

}  // namespace

Result<> Evaluator::check_range_params(const Expr& expr, const Call& call,
                                       const std::vector<Value>& params) {
  const Function function = call.function->id;
  for (size_t i = 0; i < params.size(); ++i) {
    for (const double value : params[i].series.front().values) {
      if (function == Function::kQuantileOverTime && !(value >= 0 && value <= 1)) {
        state_.warn(call.args.front()->pos,
                    "quantile value should be between 0 and 1, got " + format_number(value));
      }
      if (function == Function::kDoubleExponentialSmoothing && !(value > 0 && value < 1)) {
        const std::string what = i == 0 ? "smoothing" : "trend";
        return fail(Code::kInvalidArgument, place(state_.text, expr.pos.start) + ": invalid " +
                                                what + " factor. Expected: 0 < " +
                                                (i == 0 ? "sf" : "tf") +
                                                " < 1, got: " + format_number(value));
      }
    }
  }
  return {};
}

Result<Value> Evaluator::eval_range_function(const Expr& expr, const Call& call) {
  const size_t matrix = matrix_argument(call);
  std::vector<Value> params;
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (i == matrix) continue;
    auto param = eval(*call.args[i]);
    if (!param) return param;
    params.push_back(std::move(*param));
  }
  if (auto ok = check_range_params(expr, call, params); !ok) return fail(std::move(ok.error()));
  auto range = eval_range_vector(*call.args[matrix]);
  if (!range) return fail(std::move(range.error()));
  auto out = new_vector(range->series.size());
  if (!out) return out;

  const RangeKernel kernel = range_kernel(call.function->id);
  const bool counter =
      call.function->id == Function::kRate || call.function->id == Function::kIncrease;
  std::vector<double> arguments(params.size());
  size_t work = 0;
  for (store::SeriesData& data : range->series) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    Series series{std::move(data.labels), std::vector<double>(frame_.steps, kAbsent)};
    SlidingWindow sliding(*range, data.samples);
    Window window;
    window.range_ms = range->range_ms;
    window.params = arguments;
    for (size_t step = 0; step < frame_.steps; ++step) {
      window.eval_ms = frame_.time(step);
      window.end_ms = range->end(window.eval_ms);
      window.samples = sliding.at(window.end_ms);
      if (window.samples.empty()) continue;
      work += window.samples.size();
      if (work > kPollEvery) {
        work = 0;
        if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
      }
      for (size_t i = 0; i < params.size(); ++i)
        arguments[i] = params[i].series.front().values[step];
      series.values[step] = kernel(window);
    }
    if (std::ranges::none_of(series.values, is_present)) continue;
    const std::string_view name = get_label(series.labels, kMetricName);
    if (counter && !name.empty() && !named_like_counter(name)) {
      state_.inform(
          call.args[matrix]->pos,
          "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: " +
              quote(name));
    }
    if (!keeps_metric_name(call.function->id)) erase_label(series.labels, kMetricName);
    out->series.push_back(std::move(series));
  }
  if (auto ok = require_distinct_labels(*out); !ok) return fail(std::move(ok.error()));
  return out;
}

Result<Value> Evaluator::eval_absent_over_time(const Call& call) {
  auto range = eval_range_vector(*call.args.front());
  if (!range) return fail(std::move(range.error()));
  auto out = new_vector(1);
  if (!out) return out;
  Series series{absent_labels(*call.args.front()), std::vector<double>(frame_.steps, 1.0)};
  for (const store::SeriesData& data : range->series) {
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
