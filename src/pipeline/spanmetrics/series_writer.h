// Counters and histograms as samples of series.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "model/batch.h"
#include "pipeline/spanmetrics/duration_histogram.h"

namespace tripod::pipeline::spanmetrics {

// How a counted thing stands to the store. Its series begin with a sample of 0 at `zero_ms`, before it was first counted, so that
// the first count is an increase too, after a restart as well.
struct Emission {
  int64_t zero_ms = 0;
  bool written = false;     // its series have begun: the store has them
  bool on_its_way = false;  // was part of the last collection
  uint32_t idle_ticks = 0;  // collections since it was last counted
};

inline constexpr uint32_t kMostIdleTicks = 80;  // 20 minutes; then the series end, and make room

// The longest span of a histogram since the last collection.
struct Example {
  model::TraceId trace_id;
  model::SpanId span_id;
  int64_t duration_ns = -1;  // -1: none
  int64_t time_ms = 0;       // when it ended
};

// Appends to a batch, all at one time (milliseconds). Label values are not copied: they outlive the batch, or are in its arena.
class SeriesWriter {
 public:
  SeriesWriter(model::Batch& batch, int64_t now_ms) : batch_(batch), now_ms_(now_ms) {}

  // `labels` are sorted by name, without __name__; those with an empty value are left out.
  void counter(std::string_view name, std::span<const model::Label> labels, const Emission& emission, uint64_t value);
  // Metrics `name`_bucket, _sum (seconds) and _count.
  struct HistogramNames {
    std::string_view bucket, sum, count;
  };
  void histogram(const HistogramNames& names, std::span<const model::Label> labels, const Emission& emission, const DurationHistogram& histogram,
                 const Example& example);
  // From now on what is written ends its series instead: a stale marker.
  void end_series(bool ends) { ends_ = ends; }

 private:
  std::span<model::Label> labels_of(std::string_view name, std::span<const model::Label> labels, std::string_view le);
  std::span<model::Label> sample(std::string_view name, std::span<const model::Label> labels, std::string_view le, const Emission& emission, double value);
  void exemplar(std::span<model::Label> series, const Example& example);

  model::Batch& batch_;
  const int64_t now_ms_;
  bool ends_ = false;
};

}  // namespace tripod::pipeline::spanmetrics
