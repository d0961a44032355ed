#include "query/promql/testing/memory_metric_store.h"

#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "query/promql/labels.h"

namespace tripod::query::promql::testing {
namespace {

bool matches(const store::LabelMatcher& matcher, const store::Labels& labels) {
  using Op = store::LabelMatcher::Op;
  const std::string value(get_label(labels, matcher.name));
  RE2::Options options;
  options.set_dot_nl(true);
  switch (matcher.op) {
    case Op::kEqual:
      return value == matcher.value;
    case Op::kNotEqual:
      return value != matcher.value;
    case Op::kRegex:
      return RE2::FullMatch(value, RE2(matcher.value, options));
    case Op::kNotRegex:
      return !RE2::FullMatch(value, RE2(matcher.value, options));
  }
  return false;
}

class SelectedSeries final : public store::SeriesSet {
 public:
  explicit SelectedSeries(std::vector<store::SeriesData> series) : series_(std::move(series)) {}

  size_t size() const override { return series_.size(); }

  class ReaderOfAll final : public Reader {
   public:
    explicit ReaderOfAll(const std::vector<store::SeriesData>& series) : series_(series) {}
    base::Result<> read(size_t series, std::vector<model::Label>& labels, std::vector<model::Sample>& samples,
                        size_t max_samples) override {
      const store::SeriesData& one = series_[series];
      if (one.samples.size() > max_samples) {
        return base::fail(base::Code::kResourceExhausted, "a series has more than " + std::to_string(max_samples) + " samples in the range");
      }
      labels.clear();
      for (const auto& [name, value] : one.labels) labels.push_back({name, value});
      samples.assign(one.samples.begin(), one.samples.end());
      return {};
    }

   private:
    const std::vector<store::SeriesData>& series_;
  };
  std::unique_ptr<Reader> reader() const override { return std::make_unique<ReaderOfAll>(series_); }

 private:
  const std::vector<store::SeriesData> series_;
};

}  // namespace

void MemoryMetricStore::add(store::Labels labels, std::span<const model::Sample> samples) {
  std::ranges::sort(labels);
  auto& to = series_[std::move(labels)];
  to.insert(to.end(), samples.begin(), samples.end());
}

void MemoryMetricStore::append(std::span<const model::SeriesSamples> series,
                               std::span<const model::MetricMetadata>,
                               std::span<const model::SeriesExemplars>, Done done) {
  store::MetricAppendSummary summary;
  for (const model::SeriesSamples& one : series) {
    store::Labels labels;
    for (const model::Label& label : one.labels) labels.emplace_back(label.name, label.value);
    add(std::move(labels), one.samples);
    summary.accepted += one.samples.size();
  }
  done(std::move(summary));
}

base::Result<std::vector<store::SeriesData>> MemoryMetricStore::select(
    std::span<const store::LabelMatcher> matchers, store::TimeRangeMs range,
    store::SelectLimits limits) {
  ++selects_;
  std::vector<store::SeriesData> out;
  size_t samples = 0;
  for (const auto& [labels, all] : series_) {
    if (!std::ranges::all_of(matchers,
                             [&](const auto& matcher) { return matches(matcher, labels); }))
      continue;
    store::SeriesData data{labels, {}};
    for (const model::Sample& sample : all) {
      if (sample.time_ms >= range.start && sample.time_ms <= range.end)
        data.samples.push_back(sample);
    }
    if (data.samples.empty()) continue;
    samples += data.samples.size();
    if (limits.max_samples != 0 && samples > limits.max_samples) {
      return base::fail(base::Code::kResourceExhausted, "too many samples");
    }
    out.push_back(std::move(data));
  }
  return out;
}

base::Result<std::unique_ptr<store::SeriesSet>> MemoryMetricStore::open_series(
    std::span<const store::LabelMatcher> matchers, store::TimeRangeMs range,
    const store::OpenOptions& options) {
  auto selected = select(matchers, range, {.max_series = options.max_series});
  if (!selected) return base::fail(std::move(selected.error()));
  return std::make_unique<SelectedSeries>(std::move(*selected));
}

base::Result<uint64_t> MemoryMetricStore::delete_series(
    std::span<const store::LabelMatcher> matchers, store::TimeRangeMs range) {
  uint64_t changed = 0;
  for (auto& [labels, samples] : series_) {
    if (!std::ranges::all_of(matchers,
                             [&](const auto& matcher) { return matches(matcher, labels); }))
      continue;
    const size_t gone = std::erase_if(samples, [&](const model::Sample& sample) {
      return sample.time_ms >= range.start && sample.time_ms <= range.end;
    });
    if (gone > 0) ++changed;
  }
  return changed;
}

base::Result<std::vector<store::Labels>> MemoryMetricStore::series(
    std::span<const store::LabelMatcher> matchers, store::TimeRangeMs range) {
  auto selected = select(matchers, range, {});
  if (!selected) return base::fail(std::move(selected.error()));
  std::vector<store::Labels> out;
  for (store::SeriesData& data : *selected) out.push_back(std::move(data.labels));
  return out;
}

base::Result<bool> MemoryMetricStore::has_sample_since(std::span<const model::Label> labels, int64_t time_ms) {
  store::Labels key;
  for (const model::Label& label : labels) key.emplace_back(label.name, label.value);
  const auto found = series_.find(key);
  return found != series_.end() && std::ranges::any_of(found->second, [&](const model::Sample& sample) { return sample.time_ms >= time_ms; });
}

base::Result<std::vector<std::string>> MemoryMetricStore::label_names(
    std::span<const store::LabelMatcher> matchers, store::TimeRangeMs range) {
  auto selected = series(matchers, range);
  if (!selected) return base::fail(std::move(selected.error()));
  std::set<std::string> names;
  for (const store::Labels& labels : *selected) {
    for (const auto& [name, value] : labels) names.insert(name);
  }
  return std::vector<std::string>(names.begin(), names.end());
}

base::Result<std::vector<std::string>> MemoryMetricStore::label_values(
    std::string_view label, std::span<const store::LabelMatcher> matchers,
    store::TimeRangeMs range) {
  auto selected = series(matchers, range);
  if (!selected) return base::fail(std::move(selected.error()));
  std::set<std::string> values;
  for (const store::Labels& labels : *selected) {
    if (const auto value = get_label(labels, label); !value.empty()) values.emplace(value);
  }
  return std::vector<std::string>(values.begin(), values.end());
}

}  // namespace tripod::query::promql::testing
