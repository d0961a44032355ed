// How much counters of the metric store grew, step by step, exactly: without the extrapolation of PromQL's increase().
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/events/plan.h"  // TimeRange
#include "store/metrics/metric_store.h"

namespace tripod::insight {

struct IncreasePlan {
  std::vector<store::LabelMatcher> matchers;
  store::TimeRange range;        // nanoseconds, the end exclusive
  size_t steps = 1;              // the range is cut into so many, of the same length but for the last
  size_t max_series = 100'000;
  size_t max_samples = 20'000'000;
  std::function<base::Result<>()> poll = nullptr;  // why to stop, asked every 64 series at least; may be empty
};

// `grown` has one value a step; both are valid during the call. Series that did not grow are left out.
using IncreaseSink = std::function<void(std::span<const model::Label> labels, std::span<const double> grown)>;

// Of each series that matches: from the last sample before a step (up to five minutes before the range) to the last in it. A value
// below the one before is a counter that began anew at 0. A series that begins in the range counts from its first sample.
// kResourceExhausted: more than the plan allows. Errors of `poll` and of the store.
base::Result<> read_increases(store::MetricStore& metrics, const IncreasePlan& plan, const IncreaseSink& sink);

// The value in a label list, or empty.
std::string_view label_of(std::span<const model::Label> labels, std::string_view name);

}  // namespace tripod::insight
