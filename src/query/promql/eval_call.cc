// Functions of instant vectors and scalars.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>

#include "query/promql/evaluator.h"
#include "query/promql/labels.h"
#include "query/promql/numeric.h"
#include "query/promql/range_kernels.h"

namespace tripod::query::promql {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double sgn(double v) { return v < 0 ? -1 : v > 0 ? 1 : v; }
double degrees(double v) { return v * 180 / std::numbers::pi; }
double radians(double v) { return v * std::numbers::pi / 180; }

double round_to(double v, double nearest) {
  // The inverse first: rounding to 0.1 then gives 1.1 and not 1.1000000000000001.
  const double inverse = 1 / nearest;
  return std::floor(v * inverse + 0.5) / inverse;
}

using Unary1 = double (*)(double);

Unary1 math_function(Function function) {
  switch (function) {
    case Function::kAbs:
      return [](double v) { return std::fabs(v); };
    case Function::kAcos:
      return [](double v) { return std::acos(v); };
    case Function::kAcosh:
      return [](double v) { return std::acosh(v); };
    case Function::kAsin:
      return [](double v) { return std::asin(v); };
    case Function::kAsinh:
      return [](double v) { return std::asinh(v); };
    case Function::kAtan:
      return [](double v) { return std::atan(v); };
    case Function::kAtanh:
      return [](double v) { return std::atanh(v); };
    case Function::kCeil:
      return [](double v) { return std::ceil(v); };
    case Function::kCos:
      return [](double v) { return std::cos(v); };
    case Function::kCosh:
      return [](double v) { return std::cosh(v); };
    case Function::kDeg:
      return degrees;
    case Function::kExp:
      return [](double v) { return std::exp(v); };
    case Function::kFloor:
      return [](double v) { return std::floor(v); };
    case Function::kLn:
      return [](double v) { return std::log(v); };
    case Function::kLog10:
      return [](double v) { return std::log10(v); };
    case Function::kLog2:
      return [](double v) { return std::log2(v); };
    case Function::kRad:
      return radians;
    case Function::kSgn:
      return sgn;
    case Function::kSin:
      return [](double v) { return std::sin(v); };
    case Function::kSinh:
      return [](double v) { return std::sinh(v); };
    case Function::kSqrt:
      return [](double v) { return std::sqrt(v); };
    case Function::kTan:
      return [](double v) { return std::tan(v); };
    case Function::kTanh:
      return [](double v) { return std::tanh(v); };
    default:
      return nullptr;
  }
}

// One value with up to two scalar arguments; kAbsent drops the sample.
double apply(Function function, double v, double a, double b) {
  switch (function) {
    case Function::kClamp:
      return b < a ? kAbsent : greater_of(a, lesser_of(b, v));
    case Function::kClampMax:
      return lesser_of(a, v);
    case Function::kClampMin:
      return greater_of(a, v);
    case Function::kRound:
      return round_to(v, a);
    default:
      return math_function(function)(v);
  }
}

double date_part(Function function, double unix_seconds) {
  // Outside of what a 64-bit count of seconds can name there is no date.
  if (!(std::fabs(unix_seconds) < 9e11)) return kNan;
  using namespace std::chrono;
  const sys_seconds at{seconds(static_cast<int64_t>(unix_seconds))};
  const sys_days day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss time(at - day);
  switch (function) {
    case Function::kDayOfMonth:
      return static_cast<unsigned>(date.day());
    case Function::kDayOfWeek:
      return weekday(day).c_encoding();
    case Function::kDayOfYear:
      return static_cast<double>((day - sys_days(date.year() / January / 1)).count() + 1);
    case Function::kDaysInMonth:
      return static_cast<unsigned>(
          year_month_day_last(date.year(), month_day_last(date.month())).day());
    case Function::kHour:
      return static_cast<double>(time.hours().count());
    case Function::kMinute:
      return static_cast<double>(time.minutes().count());
    case Function::kMonth:
      return static_cast<unsigned>(date.month());
    default:
      return static_cast<int>(date.year());
  }
}

bool is_date(Function function) {
  return function >= Function::kDayOfMonth && function <= Function::kYear;
}

// Numbers inside texts compare as numbers: "node2" before "node10".
int natural_compare(std::string_view a, std::string_view b) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (digit(a[i]) && digit(b[j])) {
      const auto run = [&](std::string_view text, size_t& at) {
        while (at < text.size() && text[at] == '0') ++at;
        const size_t from = at;
        while (at < text.size() && digit(text[at])) ++at;
        return text.substr(from, at - from);
      };
      const std::string_view x = run(a, i);
      const std::string_view y = run(b, j);
      if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
      if (const int order = x.compare(y); order != 0) return order;
    } else {
      if (a[i] != b[j])
        return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]) ? -1 : 1;
      ++i;
      ++j;
    }
  }
  return static_cast<int>(i < a.size()) - static_cast<int>(j < b.size());
}

}  // namespace

store::Labels absent_labels(const Expr& expr) {
  const Expr& inner = strip_parens(expr);
  const VectorSelector* selector = inner.as<VectorSelector>();
  if (const auto* matrix = inner.as<MatrixSelector>()) selector = &matrix->selector;
  store::Labels out;
  if (selector == nullptr) return out;
  std::vector<std::string_view> seen;
  for (const store::LabelMatcher& matcher : selector->matchers) {
    if (matcher.name == kMetricName) continue;
    const bool again = std::ranges::find(seen, matcher.name) != seen.end();
    if (matcher.op == store::LabelMatcher::Op::kEqual && !again) {
      set_label(out, matcher.name, matcher.value);
      seen.push_back(matcher.name);
    } else {
      erase_label(out, matcher.name);
    }
  }
  return out;
}

Result<Value> Evaluator::eval_call(const Expr& expr, const Call& call) {
  const Function function = call.function->id;
  if (range_kernel(function) != nullptr) return eval_range_function(call);
  if (is_date(function)) return eval_date(call);
  switch (function) {
    case Function::kAbsentOverTime:
      return eval_absent_over_time(call);
    case Function::kAbsent:
      return eval_absent(call);
    case Function::kHistogramQuantile:
      return eval_histogram_quantile(call);
    case Function::kHistogramQuantiles:
      return eval_histogram_quantiles(call);
    case Function::kHistogramFraction:
      return eval_histogram_fraction(call);
    case Function::kHistogramAvg:
    case Function::kHistogramCount:
    case Function::kHistogramStddev:
    case Function::kHistogramStdvar:
    case Function::kHistogramSum:
      return eval_native_histogram(call);
    case Function::kInfo:
      return eval_info(call);
    case Function::kStart:
    case Function::kEnd:
    case Function::kRange:
    case Function::kStep:
      return eval_query_bound(function);
    case Function::kLabelJoin:
      return eval_label_join(call);
    case Function::kLabelReplace:
      return eval_label_replace(call);
    case Function::kScalar:
      return eval_scalar(call);
    case Function::kSort:
    case Function::kSortDesc:
      return eval_sort(expr, call);
    case Function::kSortByLabel:
    case Function::kSortByLabelDesc:
      return eval_sort_by_label(expr, call);
    case Function::kTime:
      return eval_time();
    case Function::kTimestamp:
      return eval_timestamp(call);
    case Function::kVector:
      return eval_vector(call);
    case Function::kPi:
      return new_scalar(std::numbers::pi);
    default:
      return eval_map(call);
  }
}

Result<Value> Evaluator::eval_map(const Call& call) {
  auto value = eval(*call.args.front());
  if (!value) return value;
  Value params[2];
  const std::vector<double>* columns[2] = {nullptr, nullptr};
  for (size_t i = 1; i < call.args.size(); ++i) {
    auto param = eval(*call.args[i]);
    if (!param) return param;
    params[i - 1] = std::move(*param);
    columns[i - 1] = &params[i - 1].series.front().values;
  }
  const double no_param = 1;  // round() goes to whole numbers
  const auto param_at = [&](size_t i, size_t step) {
    return columns[i] != nullptr ? (*columns[i])[step] : no_param;
  };
  for (Series& series : value->series) {
    if (auto ok = state_.poll(); !ok) return fail(std::move(ok.error()));
    series.drop_name = true;
    for (size_t step = 0; step < series.values.size(); ++step) {
      double& v = series.values[step];
      if (is_present(v)) v = apply(call.function->id, v, param_at(0, step), param_at(1, step));
    }
  }
  prune(*value);
  return value;
}

Result<Value> Evaluator::eval_date(const Call& call) {
  if (call.args.empty()) {
    auto out = new_scalar();
    if (!out) return out;
    out->type = ValueType::kVector;
    for (size_t step = 0; step < frame_.steps; ++step) {
      const int64_t now = frame_.time(step) / 1000;
      out->series.front().values[step] = date_part(call.function->id, static_cast<double>(now));
    }
    return out;
  }
  auto value = eval(*call.args.front());
  if (!value) return value;
  for (Series& series : value->series) {
    series.drop_name = true;
    for (double& v : series.values) {
      if (is_present(v)) v = date_part(call.function->id, v);
    }
  }
  return value;
}

Result<Value> Evaluator::eval_absent(const Call& call) {
  auto value = eval(*call.args.front());
  if (!value) return value;
  auto out = new_vector(1);
  if (!out) return out;
  Series series{absent_labels(*call.args.front()), std::vector<double>(frame_.steps, 1.0)};
  for (const Series& one : value->series) {
    for (size_t step = 0; step < frame_.steps; ++step) {
      if (is_present(one.values[step])) series.values[step] = kAbsent;
    }
  }
  out->series.push_back(std::move(series));
  prune(*out);
  return out;
}

Result<Value> Evaluator::eval_scalar(const Call& call) {
  auto value = eval(*call.args.front());
  if (!value) return value;
  auto out = new_scalar();
  if (!out) return out;
  for (size_t step = 0; step < frame_.steps; ++step) {
    size_t found = 0;
    for (const Series& series : value->series) {
      if (!is_present(series.values[step])) continue;
      out->series.front().values[step] = series.values[step];
      if (++found > 1) break;
    }
    if (found != 1) out->series.front().values[step] = kNan;
  }
  return out;
}

Result<Value> Evaluator::eval_vector(const Call& call) {
  auto value = eval(*call.args.front());
  if (value) value->type = ValueType::kVector;
  return value;
}

Result<Value> Evaluator::eval_time() {
  auto out = new_scalar();
  if (!out) return out;
  for (size_t step = 0; step < frame_.steps; ++step) {
    out->series.front().values[step] = static_cast<double>(frame_.time(step)) / 1000;
  }
  return out;
}

Result<Value> Evaluator::eval_query_bound(Function function) {
  int64_t ms = 0;
  if (function == Function::kStart) ms = state_.query_start_ms;
  if (function == Function::kEnd) ms = state_.query_end_ms;
  if (function == Function::kRange) ms = state_.query_end_ms - state_.query_start_ms;
  if (function == Function::kStep) ms = state_.query_step_ms;
  return new_scalar(static_cast<double>(ms) / 1000);
}

Result<Value> Evaluator::eval_timestamp(const Call& call) {
  // Of a selector it is the sample's own time, of anything computed the step's.
  const auto* selector = strip_parens(*call.args.front()).as<VectorSelector>();
  auto value =
      selector != nullptr ? eval_selector(*selector, Yield::kTimestamp) : eval(*call.args.front());
  if (!value) return value;
  for (Series& series : value->series) {
    series.drop_name = true;
    if (selector != nullptr) continue;
    for (size_t step = 0; step < frame_.steps; ++step) {
      if (is_present(series.values[step]))
        series.values[step] = static_cast<double>(frame_.time(step)) / 1000;
    }
  }
  return value;
}

namespace {

constexpr const char* kSortInRange =
    "sort is ineffective for range queries since results are always ordered by labels";

}  // namespace

Result<Value> Evaluator::eval_sort(const Expr& expr, const Call& call) {
  auto value = eval(*call.args.front());
  if (state_.query_step_ms != 0) state_.warn(expr.pos, kSortInRange);
  if (!value || frame_.steps != 1) return value;  // only an instant query has an order
  const bool descending = call.function->id == Function::kSortDesc;
  std::ranges::stable_sort(value->series, [&](const Series& x, const Series& y) {
    const double a = x.values.front();
    const double b = y.values.front();
    if (std::isnan(a) || std::isnan(b)) return !std::isnan(a);  // NaN last either way
    return descending ? a > b : a < b;
  });
  return value;
}

Result<Value> Evaluator::eval_sort_by_label(const Expr& expr, const Call& call) {
  auto value = eval(*call.args.front());
  if (state_.query_step_ms != 0) state_.warn(expr.pos, kSortInRange);
  if (!value || frame_.steps != 1) return value;
  std::vector<std::string> names;
  for (size_t i = 1; i < call.args.size(); ++i) {
    auto name = eval(*call.args[i]);
    if (!name) return name;
    names.push_back(std::move(name->text));
  }
  const bool descending = call.function->id == Function::kSortByLabelDesc;
  std::ranges::stable_sort(value->series, [&](const Series& x, const Series& y) {
    for (const std::string& name : names) {
      const int order = natural_compare(get_label(x.labels, name), get_label(y.labels, name));
      if (order != 0) return descending ? order > 0 : order < 0;
    }
    return descending ? x.labels > y.labels : x.labels < y.labels;
  });
  return value;
}

}  // namespace tripod::query::promql
