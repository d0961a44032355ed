// rate(), *_over_time() and the other functions of range vectors: one pass per series, the window
// sliding with the steps.
#include <fmt/format.h>

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

Result<Value> Evaluator::eval_range_function(const Call& call) {
  Value out;
  auto ok = range_function_into(
      call, [&](Series series) -> Result<> { return append(std::move(series), out); });
  if (!ok) return fail(std::move(ok.error()));
  return out;
}

Result<> Evaluator::range_function_into(const Call& call, const SeriesSink& sink) {
  const size_t matrix = matrix_argument(call);
  std::vector<Value> params;
  for (size_t i = 0; i < call.args.size(); ++i) {
    if (i == matrix) continue;
    auto param = eval(*call.args[i]);
    if (!param) return fail(std::move(param.error()));
    params.push_back(std::move(*param));
  }
  if (auto ok = check_range_params(call, params); !ok) return fail(std::move(ok.error()));
  auto range = eval_range_vector(*call.args[matrix]);
  if (!range) return fail(std::move(range.error()));
  if (auto fault = extension_fault(call.function->id, call.function->name, range->extension);
      !fault.empty())
    return fail(Code::kInvalidArgument, std::move(fault));

  const RangeKernel kernel = range_kernel(call.function->id, range->extension);
  const bool counter =
      call.function->id == Function::kRate || call.function->id == Function::kIncrease;
  std::vector<double> arguments(params.size());
  size_t work = 0;
  for (RangeSeries& data : range->series) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    Series series{std::move(data.labels), std::vector<double>(frame_.steps, kAbsent),
                  data.drop_name || !keeps_metric_name(call.function->id)};
    SlidingWindow sliding(*range, data.samples);
    if (counter) sliding.find_resets();
    Window window;
    window.range_ms = range->range_ms;
    window.params = arguments;
    for (size_t step = 0; step < frame_.steps; ++step) {
      window.eval_ms = frame_.time(step);
      window.end_ms = range->end(window.eval_ms);
      window.samples = sliding.at(window.end_ms);
      window.resets = sliding.resets();
      if (window.samples.empty()) continue;
      work += counter ? 1 : window.samples.size();
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
    data.samples = {};
    if (auto ok = sink(std::move(series)); !ok) return ok;
  }
  return {};
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
