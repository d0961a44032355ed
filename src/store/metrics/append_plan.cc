#include "store/metrics/append_plan.h"

#include <algorithm>

#include "base/utf8.h"

namespace tripod::store::metrics {
namespace {

// Why the labels cannot be those of a series; empty when they can. Decoders see to UTF-8 and names.
std::string_view label_fault(std::span<const model::Label> labels) {
  if (labels.empty()) return "no_labels";
  if (labels.size() > kMostLabelsPerSeries) return "too_many_labels";
  bool has_name = false;
  std::string_view last;
  for (const model::Label& label : labels) {
    if (label.name.empty() || label.value.empty()) return "empty_label";
    if (label.name.size() > kMostLabelBytes || label.value.size() > kMostLabelBytes) {
      return "label_too_long";
    }
    if (label.name <= last) return "labels_not_sorted";
    last = label.name;
    has_name = has_name || label.name == "__name__";
  }
  return has_name ? std::string_view() : "missing_metric_name";
}

}  // namespace

std::string series_text(std::span<const model::Label> labels) {
  constexpr size_t kMostBytes = 300;
  std::string name;
  std::string rest;
  for (const model::Label& label : labels) {
    if (label.name == "__name__") {
      name = base::utf8_prefix(label.value, kMostBytes);
      continue;
    }
    if (rest.size() > kMostBytes) {
      rest += ", …";
      break;
    }
    rest += rest.empty() ? "" : ", ";
    rest += base::utf8_prefix(label.name, 100);
    rest += "=\"";
    rest += base::utf8_prefix(label.value, 100);
    rest += '"';
  }
  return rest.empty() ? name : name + "{" + rest + "}";
}

void add_rejection(std::vector<model::Rejection>& rejections, std::string_view reason,
                   const std::string& detail, uint64_t count) {
  constexpr size_t kMostDetails = 20;
  constexpr const char* kOthers = "others";
  size_t same_reason = 0;
  model::Rejection* others = nullptr;
  for (model::Rejection& rejection : rejections) {
    if (rejection.reason != reason) continue;
    if (rejection.detail == detail) {
      rejection.count += count;
      return;
    }
    ++same_reason;
    if (rejection.detail == kOthers) others = &rejection;
  }
  if (others != nullptr) {
    others->count += count;
    return;
  }
  rejections.push_back({std::string(reason), same_reason < kMostDetails ? detail : kOthers, count});
}

void AppendPlan::take_in_range(const model::SeriesSamples& series, const AppendRules& rules,
                               MetricAppendSummary& summary) {
  uint64_t too_old = 0;
  uint64_t too_new = 0;
  for (const model::Sample& sample : series.samples) {
    if (sample.time_ms < rules.oldest_ms) {
      ++too_old;
    } else if (sample.time_ms > rules.newest_ms) {
      ++too_new;
    } else {
      samples_.push_back(sample);
    }
  }
  if (too_old + too_new == 0) return;
  const std::string detail = series_text(series.labels);
  if (too_old > 0) add_rejection(summary.rejections, "out_of_retention", detail, too_old);
  if (too_new > 0) add_rejection(summary.rejections, "timestamp_in_future", detail, too_new);
}

void AppendPlan::refuse(const SeriesRefusal& refusal, std::span<const model::Label> labels,
                        uint64_t samples, MetricAppendSummary& summary) {
  // A batch may have thousands of them: the text is made once.
  for (const Refused& known : refused_) {
    if (known.refusal.reason != refusal.reason || known.refusal.of != refusal.of) continue;
    summary.rejections[known.at].count += samples;
    return;
  }
  const size_t before = summary.rejections.size();
  add_rejection(summary.rejections, refusal.reason, refusal.detail(series_text(labels)), samples);
  if (summary.rejections.size() > before) refused_.push_back({refusal, before});
}

// nullptr: there are as many as there may be, or there is no memory.
Series* AppendPlan::series_of(const model::SeriesSamples& series, uint64_t hash, uint64_t samples,
                              MetricAppendSummary& summary) {
  constexpr size_t kBetweenLooks = 256;
  if (Series* known = head_.find(series.labels, hash)) return known;
  if (const auto refusal = budget_.refusal(*head_.index(), series.labels)) {
    refuse(*refusal, series.labels, samples, summary);
    return nullptr;
  }
  if (++made_ % kBetweenLooks == 0 && !has_memory_()) {
    budget_.note_no_memory();
    out_of_memory_ = true;
    return nullptr;
  }
  return &head_.create(series.labels, hash);
}

void AppendPlan::plan_exemplars(const model::SeriesExemplars& exemplars, const AppendRules& rules,
                                MetricAppendSummary& summary) {
  const auto refuse = [&](std::string_view reason, uint64_t count) {
    add_rejection(summary.rejections, reason, series_text(exemplars.series), count);
  };
  if (const std::string_view fault = label_fault(exemplars.series); !fault.empty())
    return refuse(fault, exemplars.exemplars.size());
  // As Prometheus does; and those of series that were refused would be kept without a bound on the series.
  if (head_.find(exemplars.series, hash_labels(exemplars.series)) == nullptr)
    return refuse("exemplar_of_unknown_series", exemplars.exemplars.size());
  uint64_t too_old = 0;
  uint64_t too_new = 0;
  uint64_t too_long = 0;
  for (const model::Exemplar& exemplar : exemplars.exemplars) {
    size_t bytes = 0;
    for (const model::Label& label : exemplar.labels) bytes += label.name.size() + label.value.size();
    if (exemplar.time_ms < rules.oldest_ms) {
      ++too_old;
    } else if (exemplar.time_ms > rules.newest_ms) {
      ++too_new;
    } else if (bytes > kMostExemplarBytes) {
      ++too_long;
    } else if (exemplars_.would_keep(exemplars.series, exemplar)) {
      record_.add_exemplar(exemplars.series, exemplar);
      new_exemplars_.push_back({exemplars.series, &exemplar});
    }
  }
  if (too_old > 0) refuse("out_of_retention", too_old);
  if (too_new > 0) refuse("timestamp_in_future", too_new);
  if (too_long > 0) refuse("exemplar_too_long", too_long);
}

// Hundreds of thousands of series are in no cache: for several at a time memory is asked for what the next step needs.
void AppendPlan::look_ahead(std::span<const model::SeriesSamples> series) {
  const HeadIndex& index = head_.lookups();
  for (size_t i = 0; i < series.size(); ++i) {
    hashes_[i] = hash_labels(series[i].labels);
    index.prefetch_slot(hashes_[i]);
  }
  const std::span<const uint64_t> hashes = std::span(hashes_).first(series.size());
  for (const uint64_t hash : hashes) index.prefetch_series(hash);
  for (const uint64_t hash : hashes) index.prefetch_labels(hash);
}

void AppendPlan::plan_series(const model::SeriesSamples& series, uint64_t hash, const AppendRules& rules,
                             MetricAppendSummary& summary) {
  if (series.samples.empty()) return;
  if (const std::string_view fault = label_fault(series.labels); !fault.empty()) {
    add_rejection(summary.rejections, fault, series_text(series.labels), series.samples.size());
    return;
  }
  Item item;
  item.first = samples_.size();
  take_in_range(series, rules, summary);
  item.count = samples_.size() - item.first;
  if (item.count == 0) return;
  item.series = series_of(series, hash, item.count, summary);
  if (item.series == nullptr) {
    samples_.resize(item.first);
    return;
  }
  if (!item.series->logged) {
    record_.add_series(item.series->ref, series.labels);
  }
  record_.add_samples(item.series->ref, std::span(samples_).subspan(item.first, item.count));
  items_.push_back(item);
}

void AppendPlan::plan_metadata(const model::MetricMetadata& metadata,
                               MetricAppendSummary& summary) {
  switch (metadata_.check(metadata)) {
    case MetadataTable::Change::kNone:
      return;
    case MetadataTable::Change::kFull:
      add_rejection(summary.rejections, "too_many_metric_families", "", 1);
      return;
    case MetadataTable::Change::kChanged:
      record_.add_metadata(metadata);
      new_metadata_.push_back(metadata);
      return;
  }
}

base::Result<std::string> AppendPlan::build(std::span<const model::SeriesSamples> series,
                              std::span<const model::MetricMetadata> metadata,
                              std::span<const model::SeriesExemplars> exemplars,
                              const AppendRules& rules, MetricAppendSummary& summary) {
  items_.clear();
  samples_.clear();
  new_metadata_.clear();
  new_exemplars_.clear();
  refused_.clear();
  made_ = 0;
  out_of_memory_ = false;
  for (size_t from = 0; from < series.size() && !out_of_memory_; from += kAhead) {
    const auto some = series.subspan(from, std::min(kAhead, series.size() - from));
    look_ahead(some);
    for (size_t i = 0; i < some.size() && !out_of_memory_; ++i) plan_series(some[i], hashes_[i], rules, summary);
  }
  if (out_of_memory_) {
    record_.finish();
    return base::fail(base::Code::kResourceExhausted, "metrics: the memory budget is used up");
  }
  for (const model::MetricMetadata& one : metadata) plan_metadata(one, summary);
  for (const model::SeriesExemplars& one : exemplars) plan_exemplars(one, rules, summary);
  return record_.finish();
}

std::optional<int64_t> AppendPlan::oldest_ms() const {
  if (samples_.empty()) return std::nullopt;
  return std::ranges::min(samples_, {}, &model::Sample::time_ms).time_ms;
}

void AppendPlan::insert(MetricAppendSummary& summary) {
  for (size_t at = 0; at < items_.size(); ++at) {
    if (at + kAhead < items_.size()) items_[at + kAhead].series->open.prefetch();
    const Item& item = items_[at];
    item.series->logged = true;
    item.series->in_log = true;
    uint64_t series_conflicts = 0;
    for (size_t i = item.first; i < item.first + item.count; ++i) {
      switch (head_.add(*item.series, samples_[i])) {
        case AddOutcome::kAccepted:
          ++summary.accepted;
          break;
        case AddOutcome::kDuplicate:
          ++summary.duplicates;
          break;
        case AddOutcome::kConflict:
          ++series_conflicts;
          break;
      }
    }
    if (series_conflicts == 0) continue;
    std::vector<model::Label> labels;
    const SymbolTable& symbols = *head_.index()->symbols();
    for (const LabelRef& ref : item.series->labels()) {
      labels.push_back({symbols.text(ref.name), symbols.text(ref.value)});
    }
    add_rejection(summary.rejections, "duplicate_timestamp_different_value", series_text(labels),
                  series_conflicts);
  }
  for (const model::MetricMetadata& metadata : new_metadata_) metadata_.set(metadata);
  for (const NewExemplar& one : new_exemplars_) {
    if (exemplars_.add(one.series, *one.exemplar)) ++summary.exemplars;
  }
}

}  // namespace tripod::store::metrics
