#include "query/promql/range_kernels.h"

#include <cmath>

#include "query/promql/numeric.h"

namespace tripod::query::promql {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double seconds(int64_t ms) { return static_cast<double>(ms) / 1000; }

enum class Of : uint8_t { kCounter, kGauge };
enum class Per : uint8_t { kRange, kSecond };

// The change over the window, stretched to its ends: all the way to an end nearer than 1.1 times
// the mean distance of samples, otherwise by half of that distance, and for a counter never past
// the point where it would have been zero.
template <Of kOf, Per kPer>
double extrapolated(const Window& window) {
  const auto samples = window.samples;
  if (samples.size() < 2) return kAbsent;
  double change = samples.back().value - samples.front().value;
  if constexpr (kOf == Of::kCounter) {
    for (const double before : window.resets) change += before;
  }
  double to_start = seconds(samples.front().time_ms - (window.end_ms - window.range_ms));
  double to_end = seconds(window.end_ms - samples.back().time_ms);
  const double sampled = seconds(samples.back().time_ms - samples.front().time_ms);
  const double spacing = sampled / static_cast<double>(samples.size() - 1);
  const double near = spacing * 1.1;
  if (to_start >= near) to_start = spacing / 2;
  if constexpr (kOf == Of::kCounter) {
    double to_zero = to_start;
    if (change > 0 && samples.front().value >= 0)
      to_zero = sampled * (samples.front().value / change);
    to_start = std::min(to_start, to_zero);
  }
  if (to_end >= near) to_end = spacing / 2;
  double factor = (sampled + to_start + to_end) / sampled;
  if constexpr (kPer == Per::kSecond) factor /= seconds(window.range_ms);
  return change * factor;
}

// The last sample at or before the window's start, or the first sample where there is none.
size_t anchor(std::span<const model::Sample> samples, int64_t start_ms) {
  size_t behind = 0;
  while (behind + 1 < samples.size() && samples[behind].time_ms <= start_ms) ++behind;
  return behind == 0 ? 0 : behind - 1;
}

// The value at `at_ms` on the line between two samples; where a counter fell between them, it began
// again at zero.
template <Of kOf>
double interpolated(const model::Sample& a, const model::Sample& b, int64_t at_ms) {
  const double from = kOf == Of::kCounter && b.value < a.value ? 0 : a.value;
  return from + (b.value - from) * static_cast<double>(at_ms - a.time_ms) /
                    static_cast<double>(b.time_ms - a.time_ms);
}

// The change between the window's ends without extrapolation: anchored, from the sample before its
// start to the last one in it; smoothed, between values interpolated at both ends.
template <Of kOf, Per kPer, bool kSmoothed>
double extended(const Window& window) {
  const auto samples = window.samples;
  const int64_t start_ms = window.end_ms - window.range_ms;
  size_t first = anchor(samples, start_ms);
  size_t last = samples.size() - 1;
  if constexpr (kSmoothed) {
    last = 0;
    while (last + 1 < samples.size() && samples[last].time_ms < window.end_ms) ++last;
  }
  if (samples[last].time_ms <= start_ms) return kAbsent;
  double left = samples[first].value;
  double right = samples[last].value;
  if (kSmoothed && samples[first].time_ms < start_ms)
    left = interpolated<kOf>(samples[first], samples[first + 1], start_ms);
  if (kSmoothed && last > 0 && samples[last].time_ms > window.end_ms)
    right = interpolated<kOf>(samples[last - 1], samples[last], window.end_ms);
  double change = right - left;
  if constexpr (kOf == Of::kCounter) {
    // Samples at the ends are in `left` and `right` already.
    if (samples[first].time_ms <= start_ms) ++first;
    const size_t end = samples[last].time_ms >= window.end_ms ? last : last + 1;
    double previous = left;
    for (size_t i = first; i < end; ++i) {
      if (samples[i].value < previous) change += previous;
      previous = samples[i].value;
    }
    if (right < previous) change += previous;
  }
  if constexpr (kPer == Per::kSecond) change /= seconds(window.range_ms);
  return change;
}

// The last two samples only.
template <Of kOf, Per kPer>
double instant(const Window& window) {
  const auto samples = window.samples;
  if (samples.size() < 2) return kAbsent;
  const model::Sample& last = samples.back();
  const model::Sample& before = samples[samples.size() - 2];
  const bool reset = kOf == Of::kCounter && last.value < before.value;
  const double change = reset ? last.value : last.value - before.value;
  if constexpr (kPer == Per::kSecond) return change / seconds(last.time_ms - before.time_ms);
  return change;
}

struct Line {
  double slope;
  double intercept;
};

// Least squares; x in seconds from `origin_ms`.
Line regression(std::span<const model::Sample> samples, int64_t origin_ms) {
  KahanSum sum_x;
  KahanSum sum_y;
  KahanSum sum_xy;
  KahanSum sum_x2;
  const double first = samples.front().value;
  bool constant = true;
  for (const model::Sample& sample : samples) {
    constant = constant && sample.value == first;
    const double x = seconds(sample.time_ms - origin_ms);
    sum_x.add(x);
    sum_y.add(sample.value);
    sum_xy.add(x * sample.value);
    sum_x2.add(x * x);
  }
  if (constant) return std::isinf(first) ? Line{kNan, kNan} : Line{0, first};
  const auto n = static_cast<double>(samples.size());
  const double covariance = sum_xy.value() - sum_x.value() * sum_y.value() / n;
  const double variance = sum_x2.value() - sum_x.value() * sum_x.value() / n;
  const double slope = covariance / variance;
  return {slope, sum_y.value() / n - slope * sum_x.value() / n};
}

double deriv(const Window& window) {
  if (window.samples.size() < 2) return kAbsent;
  return regression(window.samples, window.samples.front().time_ms).slope;
}

double predict_linear(const Window& window) {
  if (window.samples.size() < 2) return kAbsent;
  const Line line = regression(window.samples, window.eval_ms);
  return line.slope * window.params[0] + line.intercept;
}

double changes(const Window& window) {
  double count = 0;
  double previous = window.samples.front().value;
  for (const model::Sample& sample : window.samples.subspan(1)) {
    if (sample.value != previous && !(std::isnan(sample.value) && std::isnan(previous))) count += 1;
    previous = sample.value;
  }
  return count;
}

double resets(const Window& window) {
  double count = 0;
  double previous = window.samples.front().value;
  for (const model::Sample& sample : window.samples.subspan(1)) {
    if (sample.value < previous) count += 1;
    previous = sample.value;
  }
  return count;
}

template <class Accumulator>
double accumulate(const Window& window) {
  Accumulator accumulator;
  for (const model::Sample& sample : window.samples) accumulator.add(sample.value);
  return accumulator.value();
}

double sum(const Window& window) {
  KahanSum total;
  for (const model::Sample& sample : window.samples) total.add(sample.value);
  return std::isinf(total.sum) ? total.sum : total.value();
}

double stddev(const Window& window) { return std::sqrt(accumulate<Variance>(window)); }

// The sample with the largest (kSign 1) or smallest (-1) value; of equal ones the last. A NaN gives
// way to anything.
template <int kSign>
const model::Sample& extreme(const Window& window) {
  const model::Sample* best = &window.samples.front();
  for (const model::Sample& sample : window.samples.subspan(1)) {
    const bool better = kSign > 0 ? sample.value >= best->value : sample.value <= best->value;
    if (better || std::isnan(best->value)) best = &sample;
  }
  return *best;
}

double quantile(const Window& window) {
  std::vector<double> values;
  values.reserve(window.samples.size());
  for (const model::Sample& sample : window.samples) values.push_back(sample.value);
  return quantile_of(window.params[0], values);
}

// Median of the distances from the median.
double mad(const Window& window) {
  std::vector<double> values;
  values.reserve(window.samples.size());
  for (const model::Sample& sample : window.samples) values.push_back(sample.value);
  const double median = quantile_of(0.5, values);
  for (double& value : values) value = std::fabs(value - median);
  return quantile_of(0.5, values);
}

// Holt-Winters with a smoothing and a trend factor; both were checked to lie between 0 and 1.
double double_exponential_smoothing(const Window& window) {
  const auto samples = window.samples;
  if (samples.size() < 2) return kAbsent;
  const double smoothing = window.params[0];
  const double trend_factor = window.params[1];
  double previous = 0;
  double level = samples[0].value;
  double trend = samples[1].value - samples[0].value;
  for (size_t i = 1; i < samples.size(); ++i) {
    if (i > 1) trend = trend_factor * (level - previous) + (1 - trend_factor) * trend;
    const double next = smoothing * samples[i].value + (1 - smoothing) * (level + trend);
    previous = level;
    level = next;
  }
  return level;
}

double first(const Window& window) { return window.samples.front().value; }
double last(const Window& window) { return window.samples.back().value; }
double count(const Window& window) { return static_cast<double>(window.samples.size()); }
double present(const Window&) { return 1; }
double max(const Window& window) { return extreme<1>(window).value; }
double min(const Window& window) { return extreme<-1>(window).value; }
double ts_of_first(const Window& window) { return seconds(window.samples.front().time_ms); }
double ts_of_last(const Window& window) { return seconds(window.samples.back().time_ms); }
double ts_of_max(const Window& window) { return seconds(extreme<1>(window).time_ms); }
double ts_of_min(const Window& window) { return seconds(extreme<-1>(window).time_ms); }

// changes() and resets() from the sample before the window on.
template <double (*kCount)(const Window&)>
double anchored(const Window& window) {
  const int64_t start_ms = window.end_ms - window.range_ms;
  if (window.samples.back().time_ms <= start_ms) return kAbsent;
  Window from = window;
  from.samples = window.samples.subspan(anchor(window.samples, start_ms));
  return kCount(from);
}

RangeKernel smoothed_kernel(Function function) {
  switch (function) {
    case Function::kDelta:
      return extended<Of::kGauge, Per::kRange, true>;
    case Function::kIncrease:
      return extended<Of::kCounter, Per::kRange, true>;
    case Function::kRate:
      return extended<Of::kCounter, Per::kSecond, true>;
    default:
      return nullptr;
  }
}

RangeKernel anchored_kernel(Function function) {
  switch (function) {
    case Function::kChanges:
      return anchored<changes>;
    case Function::kResets:
      return anchored<resets>;
    case Function::kDelta:
      return extended<Of::kGauge, Per::kRange, false>;
    case Function::kIncrease:
      return extended<Of::kCounter, Per::kRange, false>;
    case Function::kRate:
      return extended<Of::kCounter, Per::kSecond, false>;
    default:
      return nullptr;
  }
}

}  // namespace

RangeKernel range_kernel(Function function, Extension extension) {
  if (extension == Extension::kSmoothed) return smoothed_kernel(function);
  if (extension == Extension::kAnchored) return anchored_kernel(function);
  switch (function) {
    case Function::kAvgOverTime:
      return accumulate<KahanMean>;
    case Function::kChanges:
      return changes;
    case Function::kCountOverTime:
      return count;
    case Function::kDelta:
      return extrapolated<Of::kGauge, Per::kRange>;
    case Function::kDeriv:
      return deriv;
    case Function::kDoubleExponentialSmoothing:
      return double_exponential_smoothing;
    case Function::kFirstOverTime:
      return first;
    case Function::kIdelta:
      return instant<Of::kGauge, Per::kRange>;
    case Function::kIncrease:
      return extrapolated<Of::kCounter, Per::kRange>;
    case Function::kIrate:
      return instant<Of::kCounter, Per::kSecond>;
    case Function::kLastOverTime:
      return last;
    case Function::kMadOverTime:
      return mad;
    case Function::kMaxOverTime:
      return max;
    case Function::kMinOverTime:
      return min;
    case Function::kPredictLinear:
      return predict_linear;
    case Function::kPresentOverTime:
      return present;
    case Function::kQuantileOverTime:
      return quantile;
    case Function::kRate:
      return extrapolated<Of::kCounter, Per::kSecond>;
    case Function::kResets:
      return resets;
    case Function::kStddevOverTime:
      return stddev;
    case Function::kStdvarOverTime:
      return accumulate<Variance>;
    case Function::kSumOverTime:
      return sum;
    case Function::kTsOfFirstOverTime:
      return ts_of_first;
    case Function::kTsOfLastOverTime:
      return ts_of_last;
    case Function::kTsOfMaxOverTime:
      return ts_of_max;
    case Function::kTsOfMinOverTime:
      return ts_of_min;
    default:
      return nullptr;
  }
}

bool keeps_metric_name(Function function) {
  return function == Function::kFirstOverTime || function == Function::kLastOverTime;
}

}  // namespace tripod::query::promql
