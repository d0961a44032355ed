// Metrics out of spans: what the pipeline counts as it stores them, and what the metric store is told of it every 15 s.
// docs/service-map.md says which series, and what their numbers mean.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/result.h"
#include "model/batch.h"
#include "pipeline/spanmetrics/service_graph.h"
#include "pipeline/spanmetrics/span_groups.h"

namespace tripod::pipeline::spanmetrics {

// Spans of one batch, counted. Views into the batch.
struct Tally {
  SpanGroups::Tally groups;
  ServiceGraph::Tally graph;
};

// Thread-safe.
Tally tally_of(const model::Batch& batch);

// Thread-safe. Counts what was stored, once: a batch is looked at with tally_of() and added when all of it is on the disk.
class SpanMetrics {
 public:
  SpanMetrics(const base::Clock& clock, base::MetricRegistry& registry, GroupLimits groups = {}, GraphLimits graph = {});

  // Short.
  void add(const Tally& tally);
  // All counters as of now, for the metric store. `is_last`: requests whose other side has not come yet are counted by what is known.
  model::Batch collect(bool is_last = false);
  // Spans of OpenTelemetry came of the service: those of Sentry's SDK tell of the same requests again.
  bool is_traced_by_otel(std::string_view service) const;
  // The batch that was collected last is stored.
  void stored();

 private:
  const base::Clock& clock_;
  mutable std::mutex mu_;
  // guarded by mu_
  SpanGroups groups_;
  ServiceGraph graph_;
  int64_t last_ms_;  // of the last collection, or of the start
};

// Collects every 15 s and submits, on a thread of its own. What could not be stored is part of the next collection.
class SpanMetricsWriter {
 public:
  // Waits until it is stored.
  using Submit = std::function<base::Result<>(model::Batch&&)>;
  SpanMetricsWriter(SpanMetrics& metrics, const base::Clock& clock, base::Logger& log, Submit submit);
  ~SpanMetricsWriter();

  void start();
  // Ends the thread, and writes a last time. Nothing is counted any more.
  void stop();
  // Whether it was due at multiples of 15 s; what the thread does, for tests.
  bool run_due();

 private:
  void run();
  void write(bool is_last);

  SpanMetrics& metrics_;
  const base::Clock& clock_;
  base::Logger& log_;
  const Submit submit_;
  base::UnixNanos due_;  // the thread's
  std::mutex mu_;
  std::condition_variable wake_;
  bool stopping_ = false;  // guarded by mu_
  std::thread thread_;
};

}  // namespace tripod::pipeline::spanmetrics
