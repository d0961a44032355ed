#include "query/promql/functions.h"

#include <algorithm>
#include <initializer_list>
#include <vector>

namespace tripod::query::promql {
namespace {

constexpr ValueType kS = ValueType::kScalar;
constexpr ValueType kV = ValueType::kVector;
constexpr ValueType kM = ValueType::kMatrix;
constexpr ValueType kT = ValueType::kString;

constexpr FunctionSignature fn(std::string_view name, Function id, ValueType result,
                               std::initializer_list<ValueType> args, int variadic = 0) {
  FunctionSignature out{
      name, id, result, static_cast<uint8_t>(args.size()), {}, static_cast<int8_t>(variadic), true};
  std::copy(args.begin(), args.end(), out.arg_types.begin());
  return out;
}

constexpr FunctionSignature unsafe(FunctionSignature signature) {
  signature.at_safe = false;
  return signature;
}

// Sorted by name.
constexpr FunctionSignature kFunctions[] = {
    fn("abs", Function::kAbs, kV, {kV}),
    fn("absent", Function::kAbsent, kV, {kV}),
    fn("absent_over_time", Function::kAbsentOverTime, kV, {kM}),
    fn("acos", Function::kAcos, kV, {kV}),
    fn("acosh", Function::kAcosh, kV, {kV}),
    fn("asin", Function::kAsin, kV, {kV}),
    fn("asinh", Function::kAsinh, kV, {kV}),
    fn("atan", Function::kAtan, kV, {kV}),
    fn("atanh", Function::kAtanh, kV, {kV}),
    fn("avg_over_time", Function::kAvgOverTime, kV, {kM}),
    fn("ceil", Function::kCeil, kV, {kV}),
    fn("changes", Function::kChanges, kV, {kM}),
    fn("clamp", Function::kClamp, kV, {kV, kS, kS}),
    fn("clamp_max", Function::kClampMax, kV, {kV, kS}),
    fn("clamp_min", Function::kClampMin, kV, {kV, kS}),
    fn("cos", Function::kCos, kV, {kV}),
    fn("cosh", Function::kCosh, kV, {kV}),
    fn("count_over_time", Function::kCountOverTime, kV, {kM}),
    unsafe(fn("day_of_month", Function::kDayOfMonth, kV, {kV}, 1)),
    unsafe(fn("day_of_week", Function::kDayOfWeek, kV, {kV}, 1)),
    unsafe(fn("day_of_year", Function::kDayOfYear, kV, {kV}, 1)),
    unsafe(fn("days_in_month", Function::kDaysInMonth, kV, {kV}, 1)),
    fn("deg", Function::kDeg, kV, {kV}),
    fn("delta", Function::kDelta, kV, {kM}),
    fn("deriv", Function::kDeriv, kV, {kM}),
    fn("double_exponential_smoothing", Function::kDoubleExponentialSmoothing, kV, {kM, kS, kS}),
    fn("end", Function::kEnd, kS, {}),
    fn("exp", Function::kExp, kV, {kV}),
    fn("first_over_time", Function::kFirstOverTime, kV, {kM}),
    fn("floor", Function::kFloor, kV, {kV}),
    fn("histogram_avg", Function::kHistogramAvg, kV, {kV}),
    fn("histogram_count", Function::kHistogramCount, kV, {kV}),
    fn("histogram_fraction", Function::kHistogramFraction, kV, {kS, kS, kV}),
    fn("histogram_quantile", Function::kHistogramQuantile, kV, {kS, kV}),
    fn("histogram_quantiles", Function::kHistogramQuantiles, kV, {kV, kT, kS, kS}, 9),
    fn("histogram_stddev", Function::kHistogramStddev, kV, {kV}),
    fn("histogram_stdvar", Function::kHistogramStdvar, kV, {kV}),
    fn("histogram_sum", Function::kHistogramSum, kV, {kV}),
    unsafe(fn("hour", Function::kHour, kV, {kV}, 1)),
    fn("idelta", Function::kIdelta, kV, {kM}),
    fn("increase", Function::kIncrease, kV, {kM}),
    fn("info", Function::kInfo, kV, {kV, kV}, 1),
    fn("irate", Function::kIrate, kV, {kM}),
    fn("label_join", Function::kLabelJoin, kV, {kV, kT, kT, kT}, -1),
    fn("label_replace", Function::kLabelReplace, kV, {kV, kT, kT, kT, kT}),
    fn("last_over_time", Function::kLastOverTime, kV, {kM}),
    fn("ln", Function::kLn, kV, {kV}),
    fn("log10", Function::kLog10, kV, {kV}),
    fn("log2", Function::kLog2, kV, {kV}),
    fn("mad_over_time", Function::kMadOverTime, kV, {kM}),
    fn("max_over_time", Function::kMaxOverTime, kV, {kM}),
    fn("min_over_time", Function::kMinOverTime, kV, {kM}),
    unsafe(fn("minute", Function::kMinute, kV, {kV}, 1)),
    unsafe(fn("month", Function::kMonth, kV, {kV}, 1)),
    fn("pi", Function::kPi, kS, {}),
    unsafe(fn("predict_linear", Function::kPredictLinear, kV, {kM, kS})),
    fn("present_over_time", Function::kPresentOverTime, kV, {kM}),
    fn("quantile_over_time", Function::kQuantileOverTime, kV, {kS, kM}),
    fn("rad", Function::kRad, kV, {kV}),
    fn("range", Function::kRange, kS, {}),
    fn("rate", Function::kRate, kV, {kM}),
    fn("resets", Function::kResets, kV, {kM}),
    fn("round", Function::kRound, kV, {kV, kS}, 1),
    fn("scalar", Function::kScalar, kS, {kV}),
    fn("sgn", Function::kSgn, kV, {kV}),
    fn("sin", Function::kSin, kV, {kV}),
    fn("sinh", Function::kSinh, kV, {kV}),
    fn("sort", Function::kSort, kV, {kV}),
    fn("sort_by_label", Function::kSortByLabel, kV, {kV, kT}, -1),
    fn("sort_by_label_desc", Function::kSortByLabelDesc, kV, {kV, kT}, -1),
    fn("sort_desc", Function::kSortDesc, kV, {kV}),
    fn("sqrt", Function::kSqrt, kV, {kV}),
    fn("start", Function::kStart, kS, {}),
    fn("stddev_over_time", Function::kStddevOverTime, kV, {kM}),
    fn("stdvar_over_time", Function::kStdvarOverTime, kV, {kM}),
    fn("step", Function::kStep, kS, {}),
    fn("sum_over_time", Function::kSumOverTime, kV, {kM}),
    fn("tan", Function::kTan, kV, {kV}),
    fn("tanh", Function::kTanh, kV, {kV}),
    unsafe(fn("time", Function::kTime, kS, {})),
    unsafe(fn("timestamp", Function::kTimestamp, kV, {kV})),
    fn("ts_of_first_over_time", Function::kTsOfFirstOverTime, kV, {kM}),
    fn("ts_of_last_over_time", Function::kTsOfLastOverTime, kV, {kM}),
    fn("ts_of_max_over_time", Function::kTsOfMaxOverTime, kV, {kM}),
    fn("ts_of_min_over_time", Function::kTsOfMinOverTime, kV, {kM}),
    fn("vector", Function::kVector, kV, {kS}),
    unsafe(fn("year", Function::kYear, kV, {kV}, 1)),
};

}  // namespace

const FunctionSignature* find_function(std::string_view name) {
  const auto* end = std::end(kFunctions);
  const auto* at =
      std::lower_bound(std::begin(kFunctions), end, name,
                       [](const FunctionSignature& f, std::string_view n) { return f.name < n; });
  return at != end && at->name == name ? at : nullptr;
}

}  // namespace tripod::query::promql
