// The functions of PromQL: names, argument and result types. What they do is the evaluator's
// business. https://prometheus.io/docs/prometheus/latest/querying/functions/
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "query/promql/ast.h"

namespace tripod::query::promql {

enum class Function : uint8_t {
  // of one instant vector, value by value
  kAbs,
  kAcos,
  kAcosh,
  kAsin,
  kAsinh,
  kAtan,
  kAtanh,
  kCeil,
  kCos,
  kCosh,
  kDeg,
  kExp,
  kFloor,
  kLn,
  kLog10,
  kLog2,
  kRad,
  kSgn,
  kSin,
  kSinh,
  kSqrt,
  kTan,
  kTanh,
  // of an instant vector and scalars
  kClamp,
  kClampMax,
  kClampMin,
  kRound,
  // dates, UTC
  kDayOfMonth,
  kDayOfWeek,
  kDayOfYear,
  kDaysInMonth,
  kHour,
  kMinute,
  kMonth,
  kYear,
  // of range vectors
  kAbsentOverTime,
  kAvgOverTime,
  kChanges,
  kCountOverTime,
  kDelta,
  kDeriv,
  kDoubleExponentialSmoothing,
  kFirstOverTime,
  kIdelta,
  kIncrease,
  kIrate,
  kLastOverTime,
  kMadOverTime,
  kMaxOverTime,
  kMinOverTime,
  kPredictLinear,
  kPresentOverTime,
  kQuantileOverTime,
  kRate,
  kResets,
  kStddevOverTime,
  kStdvarOverTime,
  kSumOverTime,
  kTsOfFirstOverTime,
  kTsOfLastOverTime,
  kTsOfMaxOverTime,
  kTsOfMinOverTime,
  // the rest
  kAbsent,
  kEnd,
  kHistogramAvg,
  kHistogramCount,
  kHistogramFraction,
  kHistogramQuantile,
  kHistogramQuantiles,
  kHistogramStddev,
  kHistogramStdvar,
  kHistogramSum,
  kInfo,
  kLabelJoin,
  kLabelReplace,
  kPi,
  kRange,
  kScalar,
  kSort,
  kSortByLabel,
  kSortByLabelDesc,
  kSortDesc,
  kStart,
  kStep,
  kTime,
  kTimestamp,
  kVector,
};

struct FunctionSignature {
  std::string_view name;
  Function id;
  ValueType result;
  uint8_t arg_count;  // of arg_types
  std::array<ValueType, 5> arg_types;
  int8_t variadic;  // 0: exactly arg_count; n > 0: the last may be missing, up to n of it; -1: any
                    // number
  bool at_safe;     // false: depends on the evaluation time itself, so @ inside does not make it
                    // constant
};

// Null when there is no such function.
const FunctionSignature* find_function(std::string_view name);

}  // namespace tripod::query::promql
