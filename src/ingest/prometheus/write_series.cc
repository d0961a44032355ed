#include "ingest/prometheus/write_series.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/utf8.h"

namespace tripod::ingest::prometheus {

namespace {

bool is_ascii(std::string_view text) {
  const char* at = text.data();
  size_t left = text.size();
  uint64_t high = 0;
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word = 0;
    std::memcpy(&word, at, 8);
    high |= word;
  }
  for (; left > 0; ++at, --left) high |= static_cast<uint8_t>(*at);
  return (high & 0x8080808080808080ULL) == 0;
}

std::string quoted_labels(const std::vector<model::Label>& labels) {
  constexpr size_t kMostBytes = 300;
  std::string out = "{";
  for (const model::Label& label : labels) {
    if (out.size() > kMostBytes) {
      out += ", …";
      break;
    }
    if (out.size() > 1) out += ", ";
    out += base::replace_invalid_utf8(label.name.substr(0, 100));
    out += "=\"";
    out += base::replace_invalid_utf8(label.value.substr(0, 100));
    out += '"';
  }
  return out + "}";
}

// Puts the labels in the model's order; gives why they cannot be kept, or nothing.
std::string_view prepare_labels(std::vector<model::Label>& labels) {
  bool sorted = true;
  bool empty_value = false;
  bool named = false;
  for (size_t i = 0; i < labels.size(); ++i) {
    const model::Label& one = labels[i];
    if (one.name.empty()) return "empty_label_name";
    if (!is_utf8(one.name) || !is_utf8(one.value)) return "invalid_utf8";
    sorted = sorted && (i == 0 || labels[i - 1].name < one.name);
    empty_value = empty_value || one.value.empty();
    named = named || (one.name == "__name__" && !one.value.empty());
  }
  if (!named) return "missing_metric_name";
  if (!sorted) {
    std::ranges::stable_sort(labels, {}, &model::Label::name);
    if (std::ranges::adjacent_find(labels, {}, &model::Label::name) != labels.end()) {
      return "duplicate_label_name";
    }
  }
  if (empty_value) std::erase_if(labels, [](const model::Label& l) { return l.value.empty(); });
  return {};
}

}  // namespace

bool is_utf8(std::string_view text) { return is_ascii(text) || base::is_valid_utf8(text); }

model::MetricType write_metric_type(int32_t value) {
  using model::MetricType;
  constexpr MetricType kTypes[] = {MetricType::kUnknown,        MetricType::kCounter, MetricType::kGauge, MetricType::kHistogram,
                                   MetricType::kGaugeHistogram, MetricType::kSummary, MetricType::kInfo,  MetricType::kStateSet};
  return value >= 0 && value < static_cast<int32_t>(std::size(kTypes)) ? kTypes[value] : MetricType::kUnknown;
}

void WriteSeries::clear() {
  labels.clear();
  samples.clear();
  histograms = 0;
  exemplars.clear();
}

void WriteSeries::finish(WriteBatch& to, std::string_view fault) {
  const auto text = [&] { return quoted_labels(labels); };
  if (histograms > 0) to.rejections().add("unsupported_native_histogram", text, histograms);
  if (samples.empty() && exemplars.empty()) return;
  if (fault.empty()) fault = prepare_labels(labels);
  if (!fault.empty()) {
    to.rejections().add(fault, text, samples.size() + exemplars.size());
    return;
  }
  std::ranges::stable_sort(exemplars, {}, &model::Exemplar::time_ms);
  if (exemplars.size() > kMostExemplarsOfSeries) {
    const size_t older = exemplars.size() - kMostExemplarsOfSeries;
    to.batch().add_unkept("exemplar", older);
    exemplars.erase(exemplars.begin(), exemplars.begin() + static_cast<ptrdiff_t>(older));
  }
  to.charge(sizeof(model::SeriesSamples) + sizeof(model::SeriesExemplars));
  model::Batch& batch = to.batch();
  const auto kept = batch.arena.copy_array(std::span<const model::Label>(labels));
  if (!samples.empty()) batch.series.push_back({kept, batch.arena.copy_array(std::span<const model::Sample>(samples))});
  if (!exemplars.empty()) batch.exemplars.push_back({kept, batch.arena.copy_array(std::span<const model::Exemplar>(exemplars))});
}

void WriteSeries::add_exemplar(model::Exemplar exemplar, std::vector<model::Label>& of_exemplar, std::string_view fault, WriteBatch& to) {
  for (const model::Label& label : of_exemplar) {
    if (label.name.empty()) fault = "empty_label_name";
    if (!is_utf8(label.name) || !is_utf8(label.value)) fault = "invalid_utf8";
  }
  std::erase_if(of_exemplar, [](const model::Label& label) { return label.value.empty(); });
  std::ranges::stable_sort(of_exemplar, {}, &model::Label::name);
  if (fault.empty() && std::ranges::adjacent_find(of_exemplar, {}, &model::Label::name) != of_exemplar.end()) fault = "duplicate_label_name";
  if (!fault.empty()) return to.rejections().add(fault, [&] { return "an exemplar of " + quoted_labels(labels); });
  exemplar.labels = to.batch().arena.copy_array(std::span<const model::Label>(of_exemplar));
  to.push(exemplar, exemplars);
}

void add_metadata(const model::MetricMetadata& metadata, WriteBatch& to) {
  if (metadata.family.empty() || !is_utf8(metadata.family) || !is_utf8(metadata.help) || !is_utf8(metadata.unit)) {
    to.rejections().add("invalid_metadata", [&] { return base::replace_invalid_utf8(metadata.family.substr(0, 100)); });
    return;
  }
  to.push(metadata, to.batch().metadata);
}

}  // namespace tripod::ingest::prometheus
