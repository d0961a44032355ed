// Sums of what delta points report: OTLP's delta temporality as the cumulative series that Prometheus knows.
// https://opentelemetry.io/docs/specs/otel/metrics/data-model/#sums-delta-to-cumulative
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "base/memory_budget.h"
#include "model/batch.h"

namespace tripod::pipeline {

// Thread-safe. A sum begins with a sample of 0 at its start, so that rate() and increase() see the first delta too: where its series
// is first seen (or again, after it was forgotten or the process started anew), and where a histogram has other bounds than before.
// The last points of each sum are remembered: one of them that is sent again gives the same samples again, and one that comes late is
// added behind the newest sample. What is older than those cannot be told from a repeat and is refused. Points that are sent once
// (model::DeltaPoint) are never taken for a repeat.
class DeltaSums {
 public:
  // Whether a sample of the series from that time (milliseconds) on is stored. Asked where a sum begins: a point that was counted before
  // the process started anew, or before its sum was forgotten, must not put a 0 among the samples of that sum.
  using IsStored = std::function<bool(std::span<const model::Label> series, int64_t from_ms)>;
  // `memory` outlives it; null: not charged. Past `most_bytes` the sums that were used least recently are forgotten: they begin anew
  // with their next point, which loses nothing but the memory of their last points.
  explicit DeltaSums(base::MemoryBudget* memory = nullptr, size_t most_bytes = 64u << 20, IsStored is_stored = nullptr)
      : memory_(memory), most_bytes_(most_bytes), is_stored_(std::move(is_stored)) {}

  // Puts the sums into the series of Batch::deltas, which it empties. A point that cannot be taken is rejected as a whole, and changes
  // nothing: "timestamp_too_new" (after `newest_ms`), "invalid_delta" (no finite number), "out_of_order_delta" (older than what is
  // remembered, or not newer than what is stored), "delta_histogram_too_large".
  void accumulate(model::Batch& batch, int64_t newest_ms);

  // What a sum of points with so many series takes.
  static size_t bytes_of(size_t series);

 private:
  static constexpr size_t kRemembered = 8;
  using Key = std::pair<uint64_t, uint64_t>;  // 128 bits of the hash of the point's last series' labels
  struct Taken {
    int64_t time_ms = 0;       // as sent
    int64_t stored_ms = 0;     // later where the point came late
    uint64_t fingerprint = 0;  // of its deltas
  };
  struct Sum {
    Key key;
    uint64_t shape = 0;
    int64_t edge_ms = 0;    // nothing up to here is remembered
    int64_t zero_ms = 0;    // where the sum began
    int64_t first_ms = 0;   // of its first sample after that
    int64_t newest_ms = 0;  // of all points
    int64_t last_ms = 0;    // the newest time of a sample
    std::vector<double> totals;  // of each series
    std::vector<Taken> taken;    // at most kRemembered, in no order
    std::vector<double> values;  // totals after each of `taken`, one after the other
    base::MemoryCharge charge;
  };
  using Sums = std::list<Sum>;
  using Point = std::span<model::SeriesSamples>;  // each with one sample, all of the same time

  static Key key_of(std::span<const model::Label> labels);
  static uint64_t fingerprint_of(Point point);
  static int64_t time_of(Point point) { return point.front().samples.front().time_ms; }
  static void put(const Sum& sum, size_t taken, Point point, base::Arena& arena);
  // Why not, else empty. These change nothing when they refuse.
  std::string_view take(const model::DeltaPoint& delta, Point point, int64_t newest_ms, base::Arena& arena);
  std::string_view add(Sum& sum, const model::DeltaPoint& delta, Point point, base::Arena& arena);
  // A sum of `delta` alone, after what was stored at `after_ms`.
  void begin(const model::DeltaPoint& delta, Point point, const Key& key, int64_t after_ms);
  static size_t remember(Sum& sum, const Taken& one);
  void forget(Sums::iterator sum);
  base::MemoryCharge make_room(size_t bytes);

  base::MemoryBudget* const memory_;
  const size_t most_bytes_;
  const IsStored is_stored_;
  std::mutex mu_;
  // guarded by mu_
  Sums sums_;  // the one used last is the first
  boost::unordered_flat_map<Key, Sums::iterator> by_key_;
  size_t bytes_ = 0;
};

}  // namespace tripod::pipeline
