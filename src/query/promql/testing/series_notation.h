// The series notation of Prometheus's test language: `name{label="v"} 1 2+3x4 _ stale`.
// https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/#series
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "query/promql/value.h"
#include "store/metrics/metric_store.h"

namespace tripod::query::promql::testing {

// One place of a series. kAbsent without `stale`: no sample there.
struct Slot {
  double value = kAbsent;
  bool stale = false;
};

// Blanks and carriage returns at both ends taken away.
std::string_view trim(std::string_view text);
// Takes the first blank-separated word off `text`.
std::string_view take_word(std::string_view& text);

// A duration ("5m", "-1h30m") or seconds; milliseconds.
std::optional<int64_t> parse_time(std::string_view text);
// A number with a sign.
std::optional<double> parse_value(std::string_view text);

// "name{...} values" parted behind the labels; braces inside quotes do not count.
std::pair<std::string_view, std::string_view> split_series(std::string_view text);
// The labels of a series as it is written; {} is the empty set.
base::Result<store::Labels> parse_labels(std::string_view text);
// 5, 5x3 (four of it), 1+2x5, 1-2x5, _, _x3, stale, NaN, Inf, blank-separated. kUnsupported for a
// native histogram.
base::Result<std::vector<Slot>> parse_slots(std::string_view values);

}  // namespace tripod::query::promql::testing
