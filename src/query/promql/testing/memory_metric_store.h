// A MetricStore in memory for tests of what stands above the store: plain loops, no index.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "store/metrics/metric_store.h"

namespace tripod::query::promql::testing {

// Not thread-safe.
class MemoryMetricStore final : public store::MetricStore {
 public:
  // Adds samples to a series (made at the first call); times must rise.
  void add(store::Labels labels, std::span<const model::Sample> samples);
  void clear() { series_.clear(); }
  // How often select() was called.
  size_t selects() const { return selects_; }

  void append(std::span<const model::SeriesSamples> series,
              std::span<const model::MetricMetadata> metadata,
              std::span<const model::SeriesExemplars> exemplars, Done done) override;
  using MetricStore::append;
  base::Result<std::vector<store::SeriesData>> select(std::span<const store::LabelMatcher> matchers,
                                                      store::TimeRangeMs range,
                                                      store::SelectLimits limits) override;
  // All samples are laid out at once.
  base::Result<std::unique_ptr<store::SeriesSet>> open_series(
      std::span<const store::LabelMatcher> matchers, store::TimeRangeMs range,
      const store::OpenOptions& options) override;
  base::Result<std::vector<store::Labels>> series(std::span<const store::LabelMatcher> matchers,
                                                  store::TimeRangeMs range) override;
  base::Result<bool> has_sample_since(std::span<const model::Label> labels, int64_t time_ms) override;
  base::Result<std::vector<std::string>> label_names(std::span<const store::LabelMatcher> matchers,
                                                     store::TimeRangeMs range) override;
  base::Result<std::vector<std::string>> label_values(std::string_view label,
                                                      std::span<const store::LabelMatcher> matchers,
                                                      store::TimeRangeMs range) override;
  std::vector<store::Metadata> metadata() override { return {}; }
  base::Result<std::vector<store::SeriesExemplars>> exemplars(std::span<const store::LabelMatcher>,
                                                              store::TimeRangeMs) override {
    return std::vector<store::SeriesExemplars>();  // none are kept
  }
  base::Result<uint64_t> delete_series(std::span<const store::LabelMatcher> matchers,
                                       store::TimeRangeMs range) override;
  base::Result<std::vector<store::Cardinality>> cardinality(std::span<const store::LabelMatcher>,
                                                            size_t) override {
    return base::fail(base::Code::kUnsupported, "a store for tests counts nothing");
  }
  void set_series_limits(const store::SeriesLimits&) override {}  // takes any number
  store::MetricStoreStats stats() override { return {}; }
  base::Result<> flush() override { return {}; }

 private:
  std::map<store::Labels, std::vector<model::Sample>> series_;
  size_t selects_ = 0;
};

}  // namespace tripod::query::promql::testing
