// Sums of what delta series report: OTLP's delta temporality as the cumulative series that Prometheus knows.
// https://opentelemetry.io/docs/specs/otel/metrics/data-model/#sums-delta-to-cumulative
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "model/batch.h"
#include "model/delta.h"

namespace tripod::pipeline {

// Thread-safe. A series begins at 0 when it is first seen, after an hour of silence, and after a restart: to PromQL a counter that was
// reset, so that rate() and increase() are right.
class DeltaSums {
 public:
  explicit DeltaSums(size_t most_series = 100'000) : most_series_(most_series) {}

  // Replaces the values of the batch's series in `deltas` by sums. A sample that is not newer than the last one is rejected
  // ("out_of_order_delta"), but the last one sent again gives the same sum again; one series too many is ("too_many_delta_series").
  void accumulate(model::Batch& batch, const model::Deltas& deltas, base::UnixNanos now);

 private:
  struct Sum {
    int64_t last_ms = 0;
    double value = 0;
    double last_delta = 0;
    uint64_t shape = 0;
    base::UnixNanos used = 0;
  };
  using Key = std::pair<uint64_t, uint64_t>;  // 128 bits of the labels' hash

  static Key key_of(std::span<const model::Label> labels);
  // Why not, else empty.
  std::string_view add(const model::SeriesSamples& series, uint64_t shape, base::UnixNanos now);
  void forget_old(base::UnixNanos now);

  const size_t most_series_;
  std::mutex mu_;
  boost::unordered_flat_map<Key, Sum> sums_;  // guarded by mu_, as is the next
  base::UnixNanos next_sweep_ = 0;
};

}  // namespace tripod::pipeline
