#include "scrape/process_hops.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace tripod::scrape {

namespace {

std::string_view name_of(const model::SeriesSamples& series) {
  const auto at = std::ranges::find(series.labels, std::string_view("__name__"), &model::Label::name);
  return at == series.labels.end() ? std::string_view() : at->value;
}

// Whether this series only ever rises: a counter, or how many observations a histogram or summary has.
class CounterNames {
 public:
  explicit CounterNames(std::span<const model::MetricMetadata> families) {
    using Type = model::MetricType;
    for (const model::MetricMetadata& family : families) {
      if (family.type == Type::kCounter) counters_.insert(family.family);
      if (family.type == Type::kHistogram || family.type == Type::kSummary) observed_.insert(family.family);
    }
  }
  bool has(std::string_view name) const {
    const std::string_view stem = name.substr(0, name.rfind('_'));
    if (name.ends_with("_count")) return observed_.contains(stem);
    // OpenMetrics names a counter's family without "_total".
    return name.ends_with("_total") && (counters_.contains(name) || counters_.contains(stem));
  }

 private:
  std::unordered_set<std::string_view> counters_, observed_;
};

}  // namespace

void ProcessHops::saw(std::span<const model::SeriesSamples> series, std::span<const model::MetricMetadata> families) {
  const CounterNames names(families);
  std::optional<double> start;
  Counters counters;
  for (const model::SeriesSamples& one : series) {
    const std::string_view name = name_of(one);
    if (one.samples.empty()) continue;
    const double value = one.samples.front().value;
    if (name == "process_start_time_seconds" && one.labels.size() == 1) start = value;
    if (!(value >= 0) || !names.has(name)) continue;
    counters.sum += value;
    ++counters.series;
  }
  since_hop_ = hopped(start, counters) ? 0 : std::min(since_hop_ + 1, kMemory);
}

bool ProcessHops::hopped(std::optional<double> start, const Counters& counters) {
  // Series that end take their part of the sum along.
  const bool fell = counters.sum < last_.sum && counters.series >= last_.series;
  falls_ = (falls_ << 1 | (fell ? 1u : 0u)) & ((1u << kWindow) - 1);
  last_ = counters;
  // Without the process's own metrics: a restart takes counters back once, workers in turn again and again.
  if (!start) return std::popcount(falls_) >= kFalls;
  if (!starts_.empty() && starts_.back() == *start) return false;
  // A process that was restarted never comes back.
  const auto known = std::ranges::find(starts_, *start);
  const bool is_back = known != starts_.end();
  if (is_back) starts_.erase(known);
  starts_.push_back(*start);
  if (starts_.size() > kMostStarts) starts_.pop_front();
  return is_back;
}

}  // namespace tripod::scrape
