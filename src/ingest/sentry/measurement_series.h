// Measurements -> the series of a batch: those of one series are added up. Internal to this folder.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ingest/sentry/context.h"
#include "ingest/sentry/measurement.h"
#include "model/batch.h"

namespace tripod::ingest::sentry {

// Not thread-safe. The batch and the context outlive it.
class MeasurementSeries {
 public:
  // Series take from `bytes_left`; those for which it does not suffice are refused ("too_many_metrics").
  MeasurementSeries(const SentryContext& context, model::Batch& batch, size_t& bytes_left)
      : context_(context), batch_(batch), bytes_left_(bytes_left) {}

  Refusal add(const Measurement& measurement);
  // Appends what was added to the batch. Once.
  void finish();

 private:
  struct Series {
    std::string_view name;  // as Prometheus has it
    std::string_view unit;  // as OpenTelemetry has it
    MeasurementType type{};
    std::vector<model::Label> labels;
    std::span<const double> bounds;      // of a distribution
    std::vector<uint64_t> counts;        // of each bucket; one more than bounds
    uint64_t count = 0;
    double sum = 0;                      // of a counter: how much it grew
    std::vector<model::Sample> samples;  // of a gauge
    // of the last measurement with a trace
    model::TraceId trace_id;
    model::SpanId span_id;
    double exemplar = 0;
    int64_t exemplar_ms = 0;
  };

  Series* series_of(const Measurement& measurement);
  void append(Series& series);
  void append_gauge(Series& series);
  void append_delta(Series& series);
  void append_series(const Series& series, std::string_view name, std::span<const model::Sample> samples, model::Label extra = {});
  void append_exemplar(const Series& series, size_t to);
  void append_metadata(const Series& series);

  const SentryContext& context_;
  model::Batch& batch_;
  size_t& bytes_left_;
  std::vector<Series> series_;
  std::unordered_map<std::string, size_t> by_labels_;
  std::unordered_set<std::string_view> families_;  // with metadata
};

}  // namespace tripod::ingest::sentry
