// Functions of one window of one series: rate(), avg_over_time() and their kind. Private to
// query/promql.
#pragma once

#include <cstdint>
#include <span>

#include "model/batch.h"
#include "query/promql/functions.h"
#include "query/promql/value.h"

namespace tripod::query::promql {

// What a kernel sees at one step: the samples in (end - range, end], of an extended range those
// within the lookback before it (and, smoothed, behind it) too; never empty; and the scalar
// arguments.
struct Window {
  std::span<const model::Sample> samples;
  // rate() and increase(): the values before each fall inside the window, so that its samples need
  // not be gone through again at every step.
  std::span<const double> resets;
  int64_t range_ms = 0;
  int64_t end_ms = 0;
  int64_t eval_ms = 0;             // the step's own time: differs from end_ms with offset or @
  std::span<const double> params;  // scalar arguments in order
};

// kAbsent: no result at this step.
using RangeKernel = double (*)(const Window& window);

// Null for a function that is not one of windows.
RangeKernel range_kernel(Function function, Extension extension = Extension::kNone);
// last_over_time and first_over_time give a sample of the series itself, so its name stays.
bool keeps_metric_name(Function function);

}  // namespace tripod::query::promql
