#include "insight/counter_increases.h"

#include <algorithm>
#include <cmath>

namespace tripod::insight {

namespace {

constexpr int64_t kLookbackMs = 5 * 60 * 1000;

// Into `grown`; whether anything was added.
bool add_growth(std::span<const model::Sample> samples, int64_t start_ms, int64_t step_ms, std::span<double> grown) {
  bool has_grown = false;
  double before = NAN;
  for (const model::Sample& sample : samples) {
    if (std::isnan(sample.value)) continue;  // the series ended here; should it come back it begins with 0
    const double increase = std::isnan(before) ? 0 : sample.value >= before ? sample.value - before : sample.value;
    before = sample.value;
    if (sample.time_ms < start_ms || increase <= 0) continue;
    grown[std::min(static_cast<size_t>((sample.time_ms - start_ms) / step_ms), grown.size() - 1)] += increase;
    has_grown = true;
  }
  return has_grown;
}

}  // namespace

base::Result<> read_increases(store::MetricStore& metrics, const IncreasePlan& plan, const IncreaseSink& sink) {
  const int64_t start_ms = plan.range.start / base::kNanosPerMilli, end_ms = plan.range.end / base::kNanosPerMilli - 1;
  if (end_ms < start_ms) return {};
  const int64_t step_ms = std::max<int64_t>((end_ms - start_ms + static_cast<int64_t>(plan.steps)) / static_cast<int64_t>(plan.steps), 1);
  const auto set = metrics.open_series(plan.matchers, {start_ms - kLookbackMs, end_ms}, {.max_series = plan.max_series, .order = store::SeriesOrder::kAny, .poll = plan.poll});
  if (!set) return base::fail(set.error());
  const auto reader = (*set)->reader();
  std::vector<model::Label> labels;
  std::vector<model::Sample> samples;
  std::vector<double> grown(plan.steps);
  size_t left = plan.max_samples;
  for (size_t i = 0; i < (*set)->size(); ++i) {
    if (i % 64 == 0 && plan.poll) {
      if (auto ok = plan.poll(); !ok) return ok;
    }
    if (auto ok = reader->read(i, labels, samples, left); !ok) return ok;
    left -= std::min(left, samples.size());
    std::ranges::fill(grown, 0);
    if (add_growth(samples, start_ms, step_ms, grown)) sink(labels, grown);
  }
  return {};
}

std::string_view label_of(std::span<const model::Label> labels, std::string_view name) {
  const auto found = std::ranges::find(labels, name, &model::Label::name);
  return found == labels.end() ? std::string_view() : found->value;
}

}  // namespace tripod::insight
