// What evaluation passes from node to node: columns of one value per step. Private to query/logql.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "query/logql/label_set.h"

namespace tripod::query::logql {

// "No sample at this step": a signalling NaN, which arithmetic never makes.
inline constexpr uint64_t kAbsentBits = 0x7ff0000000000002ULL;
inline constexpr double kAbsent = std::bit_cast<double>(kAbsentBits);
inline bool is_present(double value) { return std::bit_cast<uint64_t>(value) != kAbsentBits; }

// The steps of an evaluation, in nanoseconds: start, start + step, …
struct Frame {
  int64_t start = 0;
  int64_t step = 1;
  size_t steps = 1;
  int64_t time(size_t i) const { return start + static_cast<int64_t>(i) * step; }
  int64_t last() const { return time(steps - 1); }
};

// One value per step; kAbsent where there is none.
struct Series {
  Labels labels;
  std::vector<double> values;
};

// An instant vector over all steps, or a scalar (one series without labels).
struct Value {
  bool is_scalar = false;
  std::vector<Series> series;
};

// Bytes that are equal for equal label sets alone: a map's key.
std::string label_key(const Labels& labels);

}  // namespace tripod::query::logql
