// What evaluation passes from node to node: columns of one value per step. Private to query/promql.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "model/batch.h"
#include "query/promql/ast.h"
#include "store/metrics/metric_store.h"

namespace tripod::query::promql {

// "No sample at this step": the stale marker's bits. It is a signalling NaN, which arithmetic never
// makes, so no value a query computes can be mistaken for it.
inline constexpr double kAbsent = std::bit_cast<double>(model::kStaleMarkerBits);
inline bool is_present(double value) {
  return std::bit_cast<uint64_t>(value) != model::kStaleMarkerBits;
}

// Samples a query holds at once, counted against its limit and the process's memory budget.
class SampleBudget {
 public:
  SampleBudget(size_t limit, base::MemoryBudget* memory) : limit_(limit), memory_(memory) {}
  size_t limit() const { return limit_; }
  size_t used() const { return used_; }
  size_t left() const { return limit_ - used_; }
  base::MemoryBudget* memory() const { return memory_; }

 private:
  friend class SampleCharge;
  const size_t limit_;
  base::MemoryBudget* const memory_;
  size_t used_ = 0;
};

// Samples held; given back on destruction. The budget outlives it.
class SampleCharge {
 public:
  SampleCharge() = default;
  SampleCharge(SampleCharge&& other) noexcept
      : budget_(std::exchange(other.budget_, nullptr)),
        count_(std::exchange(other.count_, 0)),
        memory_(std::move(other.memory_)) {}
  SampleCharge& operator=(SampleCharge&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(count_, other.count_);
    std::swap(memory_, other.memory_);
    return *this;
  }
  ~SampleCharge() {
    if (budget_ != nullptr) budget_->used_ -= count_;
  }

  static base::Result<SampleCharge> make(SampleBudget& budget, size_t count, size_t bytes_each);
  // Takes over what the other holds, of the same budget.
  void join(SampleCharge&& other);

 private:
  SampleBudget* budget_ = nullptr;
  size_t count_ = 0;
  std::vector<base::MemoryCharge> memory_;
};

// One value per step of the frame it was evaluated in; kAbsent where there is none.
struct Series {
  store::Labels labels;
  std::vector<double> values;
  // The value is no longer the metric's: its name goes when the whole query is answered, and until
  // then it can be read and replaced (label_replace, by (__name__)).
  bool drop_name = false;
};

// A series as it passes by: valid during the call it is given to.
struct SeriesView {
  std::span<const model::Label> labels;
  std::span<const double> values;
  bool drop_name = false;
};

// The samples of one series for a range vector.
struct RangeSeries {
  store::Labels labels;
  std::vector<model::Sample> samples;  // without stale markers
  bool drop_name = false;
};

// A scalar (one series without labels, no absent values), an instant vector, or a string. Series
// have at least one present value and distinct labels.
struct Value {
  ValueType type = ValueType::kVector;
  std::vector<Series> series;
  std::string text;
  SampleCharge charge;
};

// A range vector over all steps: each step sees the samples in (end(step) - range, end(step)].
struct RangeVector {
  std::vector<RangeSeries> series;
  int64_t range_ms = 0;
  Extension extension = Extension::kNone;
  int64_t lookback_ms = 0;  // how far beyond its ends an extended range reaches
  int64_t offset_ms = 0;    // end(step) = the step's time - offset
  bool fixed = false;       // with @: end(step) = fixed_end_ms
  int64_t fixed_end_ms = 0;
  SampleCharge charge;

  int64_t end(int64_t step_time_ms) const {
    return fixed ? fixed_end_ms : step_time_ms - offset_ms;
  }
};

}  // namespace tripod::query::promql
