// How many active series there may be: one exploded label must not take the others, or the process, down.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "model/batch.h"
#include "store/metrics/head_index.h"
#include "store/metrics/metric_store.h"

namespace tripod::store::metrics {

// Why a new series may not be made. `of` points into its labels.
struct SeriesRefusal {
  std::string_view reason;  // "too_many_series", "too_many_series_of_metric", "too_many_series_of_job"
  std::string_view of;      // the metric or job; empty: all series
  uint64_t limit = 0;

  // For people, with the series (as series_text() gives it) that was refused first.
  std::string detail(const std::string& example) const;
};

// Externally synchronised by the store's lock.
class SeriesBudget {
 public:
  // Not more than `ceiling` series in all, whatever the limits.
  explicit SeriesBudget(uint64_t ceiling) : ceiling_(ceiling) { set_limits({}); }

  // Known series that are beyond new limits go on.
  void set_limits(const SeriesLimits& limits);
  // Those in force: there is always one in all.
  const SeriesLimits& limits() const { return limits_; }
  // Why no series with these labels, which `index` does not have, may be made; nullopt: it may.
  std::optional<SeriesRefusal> refusal(const HeadIndex& index, std::span<const model::Label> labels);
  // There was no memory for a new series.
  void note_no_memory() { has_refused_ = true; }
  // Whether any was refused since the last call: series that are gone are worth looking for.
  bool take_refused() { return std::exchange(has_refused_, false); }

 private:
  std::optional<SeriesRefusal> find_full(const HeadIndex& index, std::span<const model::Label> labels) const;

  const uint64_t ceiling_;
  SeriesLimits limits_;
  bool has_refused_ = false;
};

}  // namespace tripod::store::metrics
