// Samples of range aggregations, gathered into the windows (t - range, t] of all steps. Private to query/logql.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "query/logql/ast.h"
#include "query/logql/value.h"
#include "query/logql/window_reducer.h"

namespace tripod::query::logql {

struct WindowOptions {
  RangeOp op = RangeOp::kRate;
  double param = 0;         // quantile_over_time
  bool unwrapped = false;   // rate of values, not of lines
  int64_t range = 0;        // nanoseconds
  int64_t offset = 0;       // nanoseconds
  Frame frame;
  size_t max_series = 0;
  size_t max_bytes = 0;     // of what is held
  base::MemoryBudget* memory = nullptr;  // charged; null: not
  Poll poll = {};           // asked now and then by finish(); empty: not
};

// Takes samples in order of time, gives a value per step and series. Counts and sums of lines are kept per step, of
// anything else every sample. Errors: kInvalidArgument for a query that needs more series (in Loki's words) or memory than it
// may have, kResourceExhausted where the process has none left.
// Not thread-safe.
class Windows {
 public:
  explicit Windows(WindowOptions options);

  base::Result<> add(const Labels& labels, int64_t time, double value);
  // Once. Errors: those of `poll`.
  base::Result<std::vector<Series>> finish();

 private:
  struct Slot {
    Labels labels;
    std::vector<double> changes;  // counters: added at the first step of a sample's windows, taken off behind the last
    std::vector<int64_t> lines;
    std::vector<Sample> samples;
  };
  bool counts() const;
  base::Result<> hold(size_t bytes);
  base::Result<Slot*> slot_of(const Labels& labels);
  void finish_counts(const Slot& slot, Series& out) const;
  base::Result<> finish_samples(const Slot& slot, WindowReducer& reducer, Series& out) const;

  const WindowOptions options_;
  std::unordered_map<std::string, size_t> index_;
  std::vector<Slot> slots_;
  size_t held_ = 0;
  size_t charged_ = 0;
  std::vector<base::MemoryCharge> charges_;
};

}  // namespace tripod::query::logql
