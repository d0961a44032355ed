#include "ingest/sentry/measurement_series.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "base/hash.h"
#include "ingest/naming/prometheus_names.h"

namespace tripod::ingest::sentry {
namespace {

using model::Label;
using model::Sample;

// Sentry's words for units (https://develop.sentry.dev/sdk/telemetry/metrics/#units) and OpenTelemetry's.
std::string_view unit_of(std::string_view word) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 19> kUnits = {{{"nanosecond", "ns"},
                                                                                            {"microsecond", "us"},
                                                                                            {"millisecond", "ms"},
                                                                                            {"second", "s"},
                                                                                            {"minute", "min"},
                                                                                            {"hour", "h"},
                                                                                            {"day", "d"},
                                                                                            {"byte", "By"},
                                                                                            {"kilobyte", "KBy"},
                                                                                            {"megabyte", "MBy"},
                                                                                            {"gigabyte", "GBy"},
                                                                                            {"terabyte", "TBy"},
                                                                                            {"kibibyte", "KiBy"},
                                                                                            {"mebibyte", "MiBy"},
                                                                                            {"gibibyte", "GiBy"},
                                                                                            {"tebibyte", "TiBy"},
                                                                                            {"ratio", "1"},
                                                                                            {"percent", "%"},
                                                                                            {"none", ""}}};
  const auto found = std::ranges::find(kUnits, word, &std::pair<std::string_view, std::string_view>::first);
  return found == kUnits.end() ? word : found->second;
}

// The bounds of a distribution's buckets: those of Prometheus's clients for seconds, tenths for ratios, OpenTelemetry's else.
std::span<const double> bounds_of(std::string_view unit) {
  static constexpr std::array<double, 11> kSeconds = {.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
  static constexpr std::array<double, 11> kRatios = {0, .1, .2, .3, .4, .5, .6, .7, .8, .9, 1};
  static constexpr std::array<double, 15> kOthers = {0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000};
  if (unit == "s") return kSeconds;
  if (unit == "1") return kRatios;
  return kOthers;
}

naming::MetricKind kind_of(MeasurementType type) {
  if (type == MeasurementType::kCounter) return naming::MetricKind::kMonotonicSum;
  return type == MeasurementType::kGauge ? naming::MetricKind::kGauge : naming::MetricKind::kOther;
}

int64_t millis(base::UnixNanos time) { return time / base::kNanosPerMilli; }

}  // namespace

MeasurementSeries::Series* MeasurementSeries::series_of(const Measurement& one) {
  std::string key;
  const auto put = [&](std::string_view text) { key.append(text).push_back('\xff'); };  // is in no UTF-8 text
  put(one.name);
  put(one.unit);
  key.push_back(static_cast<char>(one.type));
  for (const Label& label : one.labels) {
    put(label.name);
    put(label.value);
  }
  if (const auto known = by_labels_.find(key); known != by_labels_.end()) return &series_[known->second];
  const std::string_view unit = unit_of(one.unit);
  const auto bounds = one.type == MeasurementType::kDistribution ? bounds_of(unit) : std::span<const double>();
  const size_t count = bounds.empty() ? 1 : bounds.size() + 3;  // sum, count, +Inf
  const size_t bytes = count * (sizeof(model::SeriesSamples) + sizeof(Sample) + (one.labels.size() + 2) * sizeof(Label)) + key.size() + sizeof(Series);
  if (bytes > bytes_left_) return nullptr;
  bytes_left_ -= bytes;
  Series& series = series_.emplace_back();
  series.name = batch_.arena.copy(naming::metric_name(one.name, unit, kind_of(one.type)));
  series.unit = unit;
  series.type = one.type;
  series.labels = one.labels;
  series.bounds = bounds;
  if (!bounds.empty()) series.counts.assign(bounds.size() + 1, 0);
  by_labels_.emplace(std::move(key), series_.size() - 1);
  return &series;
}

Refusal MeasurementSeries::add(const Measurement& one) {
  Series* series = series_of(one);
  if (series == nullptr) return {"too_many_metrics", "is of a series for which there is no room: too many labels in one envelope"};
  if (one.type == MeasurementType::kGauge) {
    series->samples.push_back({millis(one.time), one.value});
    return {};
  }
  if (!std::isfinite(series->sum + one.value)) return {"invalid_metric", "adds up to more than a number holds"};
  series->sum += one.value;
  ++series->count;
  if (!series->counts.empty()) ++series->counts[static_cast<size_t>(std::ranges::lower_bound(series->bounds, one.value) - series->bounds.begin())];
  if (!one.trace_id.empty()) {
    series->trace_id = one.trace_id;
    series->span_id = one.span_id;
    series->exemplar = one.value;
    series->exemplar_ms = millis(one.time);
  }
  return {};
}

void MeasurementSeries::append_series(const Series& series, std::string_view name, std::span<const Sample> samples, Label extra) {
  std::vector<Label> labels = series.labels;
  const auto put = [&](const Label& label) {
    const auto at = std::ranges::lower_bound(labels, label.name, {}, &Label::name);
    if (at != labels.end() && at->name == label.name) {
      *at = label;
    } else {
      labels.insert(at, label);
    }
  };
  put({"__name__", name});
  if (!extra.name.empty()) put(extra);
  batch_.series.push_back({batch_.arena.copy_array(std::span<const Label>(labels)), batch_.arena.copy_array(samples)});
}

void MeasurementSeries::append_gauge(Series& series) {
  // In order of time; of those of one millisecond the last that was measured.
  std::ranges::stable_sort(series.samples, {}, &Sample::time_ms);
  std::vector<Sample> samples;
  for (const Sample& sample : series.samples) {
    if (!samples.empty() && samples.back().time_ms == sample.time_ms) samples.pop_back();
    samples.push_back(sample);
  }
  append_series(series, series.name, samples);
}

void MeasurementSeries::append_delta(Series& series) {
  const size_t first = batch_.series.size();
  const auto grew = [&](double by) { return std::array<Sample, 1>{Sample{millis(context_.received_time), by}}; };
  uint64_t shape = 0;
  size_t with_exemplar = first;
  if (series.type == MeasurementType::kCounter) {
    append_series(series, series.name, grew(series.sum));
  } else {
    const std::string name(series.name);
    const std::string_view bucket = batch_.arena.copy(name + "_bucket");
    append_series(series, batch_.arena.copy(name + "_sum"), grew(series.sum));
    append_series(series, batch_.arena.copy(name + "_count"), grew(static_cast<double>(series.count)));
    with_exemplar = batch_.series.size() + static_cast<size_t>(std::ranges::lower_bound(series.bounds, series.exemplar) - series.bounds.begin());
    uint64_t cumulative = 0;
    for (size_t i = 0; i < series.counts.size(); ++i) {
      cumulative += series.counts[i];
      const std::string le = i < series.bounds.size() ? naming::bound_text(series.bounds[i]) : "+Inf";
      append_series(series, bucket, grew(static_cast<double>(cumulative)), {"le", batch_.arena.copy(le)});
    }
    shape = base::hash64({reinterpret_cast<const char*>(series.bounds.data()), series.bounds.size_bytes()});
  }
  const auto count = static_cast<uint32_t>(batch_.series.size() - first);
  batch_.deltas.push_back({.first = static_cast<uint32_t>(first), .count = count, .shape = shape, .start_ms = 0, .sent_once = true});
  if (!series.trace_id.empty()) append_exemplar(series, with_exemplar);
}

void MeasurementSeries::append_exemplar(const Series& series, size_t to) {
  std::vector<Label> labels = {{"trace_id", batch_.arena.copy(series.trace_id.hex())}};
  if (!series.span_id.empty()) labels.insert(labels.begin(), {"span_id", batch_.arena.copy(series.span_id.hex())});
  const model::Exemplar exemplar{.labels = batch_.arena.copy_array(std::span<const Label>(labels)), .value = series.exemplar, .time_ms = series.exemplar_ms};
  batch_.exemplars.push_back({batch_.series[to].labels, batch_.arena.copy_array(std::span<const model::Exemplar>(&exemplar, 1))});
}

void MeasurementSeries::append_metadata(const Series& series) {
  model::MetricMetadata metadata{.family = series.name, .type = model::MetricType::kGauge, .help = {}, .unit = series.unit};
  if (series.type == MeasurementType::kCounter) metadata.type = model::MetricType::kCounter;
  if (series.type == MeasurementType::kDistribution) metadata.type = model::MetricType::kHistogram;
  if (families_.insert(metadata.family).second) batch_.metadata.push_back(metadata);
}

void MeasurementSeries::finish() {
  for (Series& series : series_) {
    if (series.type == MeasurementType::kGauge) {
      append_gauge(series);
    } else {
      append_delta(series);
    }
    append_metadata(series);
  }
}

}  // namespace tripod::ingest::sentry
