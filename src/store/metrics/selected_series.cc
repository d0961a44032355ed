// open_series() of a store that has only select(): all samples are laid out at once.
#include "store/metrics/metric_store.h"

namespace tripod::store {

namespace {

class SelectedSeries final : public SeriesSet {
 public:
  explicit SelectedSeries(std::vector<SeriesData> series) : series_(std::move(series)) {}

  size_t size() const override { return series_.size(); }

  class ReaderOfAll final : public Reader {
   public:
    explicit ReaderOfAll(const std::vector<SeriesData>& series) : series_(series) {}
    base::Result<> read(size_t series, std::vector<model::Label>& labels, std::vector<model::Sample>& samples,
                        size_t max_samples) override {
      const SeriesData& one = series_[series];
      if (one.samples.size() > max_samples) {
        return base::fail(base::Code::kResourceExhausted, "a series has more than " + std::to_string(max_samples) + " samples in the range");
      }
      labels.clear();
      for (const auto& [name, value] : one.labels) labels.push_back({name, value});
      samples.assign(one.samples.begin(), one.samples.end());
      return {};
    }

   private:
    const std::vector<SeriesData>& series_;
  };
  std::unique_ptr<Reader> reader() const override { return std::make_unique<ReaderOfAll>(series_); }

 private:
  const std::vector<SeriesData> series_;
};

}  // namespace

base::Result<std::unique_ptr<SeriesSet>> MetricStore::open_series(std::span<const LabelMatcher> matchers, TimeRangeMs range,
                                                                  const OpenOptions& options) {
  auto selected = select(matchers, range, {.max_series = options.max_series});
  if (!selected) return base::fail(std::move(selected.error()));
  return std::make_unique<SelectedSeries>(std::move(*selected));
}

}  // namespace tripod::store
