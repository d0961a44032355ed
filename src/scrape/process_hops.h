// Notices a target behind whose address several processes answer in turn, each with counters of its own: gunicorn's workers without
// PROMETHEUS_MULTIPROC_DIR. Rates over such counters are wrong, and nothing else says so.
#pragma once

#include <bit>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>

#include "model/batch.h"

namespace tripod::scrape {

// One target; not thread-safe.
class ProcessHops {
 public:
  // The series of a scrape that succeeded, as they came, and what their families are.
  void saw(std::span<const model::SeriesSamples> series, std::span<const model::MetricMetadata> families);
  // Of the last kMemory scrapes some were of one process and some of another.
  bool found() const { return since_hop_ < kMemory; }

 private:
  static constexpr uint32_t kMemory = 40;        // scrapes
  static constexpr size_t kMostStarts = 32;      // processes remembered
  static constexpr int kFalls = 3;               // of kWindow scrapes: a restart is one fall
  static constexpr uint32_t kWindow = 10;

  // All counters of a scrape.
  struct Counters {
    double sum = 0;
    size_t series = 0;
  };
  bool hopped(std::optional<double> start, const Counters& counters);

  std::deque<double> starts_;   // process_start_time_seconds that were seen, the newest last
  Counters last_;
  uint32_t falls_ = 0;          // a bit for each of the last scrapes
  uint32_t since_hop_ = kMemory;
};

}  // namespace tripod::scrape
