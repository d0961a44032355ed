#include "pipeline/spanmetrics/series_writer.h"

#include <algorithm>

namespace tripod::pipeline::spanmetrics {

std::span<model::Label> SeriesWriter::labels_of(std::string_view name, std::span<const model::Label> labels, std::string_view le) {
  const auto out = batch_.arena.make_array<model::Label>(labels.size() + 2);
  size_t size = 0;
  out[size++] = {"__name__", name};
  bool has_le = le.empty();
  for (const model::Label& label : labels) {
    if (!has_le && label.name > "le") {
      out[size++] = {"le", le};
      has_le = true;
    }
    if (!label.value.empty()) out[size++] = label;
  }
  if (!has_le) out[size++] = {"le", le};
  return out.first(size);
}

std::span<model::Label> SeriesWriter::sample(std::string_view name, std::span<const model::Label> labels, std::string_view le, const Emission& emission, double value) {
  const auto series = labels_of(name, labels, le);
  const bool begins = !ends_ && !emission.written && emission.zero_ms < now_ms_;
  const auto samples = batch_.arena.make_array<model::Sample>(begins ? 2 : 1);
  if (begins) samples.front() = {emission.zero_ms, 0};
  samples.back() = {now_ms_, ends_ ? model::stale_marker() : value};
  batch_.series.push_back({series, samples});
  return series;
}

void SeriesWriter::counter(std::string_view name, std::span<const model::Label> labels, const Emission& emission, uint64_t value) {
  sample(name, labels, {}, emission, static_cast<double>(value));
}

void SeriesWriter::histogram(const HistogramNames& names, std::span<const model::Label> labels, const Emission& emission, const DurationHistogram& histogram,
                             const Example& example) {
  const bool has_example = !ends_ && example.duration_ns >= 0;
  const size_t example_bucket = has_example ? DurationHistogram::bucket_of(example.duration_ns) : histogram.buckets.size();
  uint64_t below = 0;
  for (size_t i = 0; i < histogram.buckets.size(); ++i) {
    below += histogram.buckets[i];
    const auto series = sample(names.bucket, labels, kBoundTexts[i], emission, static_cast<double>(below));
    if (i == example_bucket) exemplar(series, example);
  }
  sample(names.sum, labels, {}, emission, static_cast<double>(histogram.sum_ns) / static_cast<double>(base::kNanosPerSecond));
  sample(names.count, labels, {}, emission, static_cast<double>(histogram.count));
}

void SeriesWriter::exemplar(std::span<model::Label> series, const Example& example) {
  const auto labels = batch_.arena.make_array<model::Label>(2);
  labels[0] = {"span_id", batch_.arena.copy(example.span_id.hex())};
  labels[1] = {"trace_id", batch_.arena.copy(example.trace_id.hex())};
  const auto one = batch_.arena.make_array<model::Exemplar>(1);
  one[0] = {.labels = labels, .value = static_cast<double>(example.duration_ns) / static_cast<double>(base::kNanosPerSecond), .time_ms = example.time_ms};
  batch_.exemplars.push_back({series, one});
}

}  // namespace tripod::pipeline::spanmetrics
