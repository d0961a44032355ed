#include "scrape/process_hops.h"

#include <algorithm>

namespace tripod::scrape {

namespace {

std::string_view name_of(const model::SeriesSamples& series) {
  const auto at = std::ranges::find(series.labels, std::string_view("__name__"), &model::Label::name);
  return at == series.labels.end() ? std::string_view() : at->value;
}

}  // namespace

void ProcessHops::saw(std::span<const model::SeriesSamples> series) {
  std::optional<double> start;
  double counters = 0;
  for (const model::SeriesSamples& one : series) {
    const std::string_view name = name_of(one);
    if (one.samples.empty()) continue;
    const double value = one.samples.front().value;
    if (name == "process_start_time_seconds" && one.labels.size() == 1) start = value;
    if (value > 0 && (name.ends_with("_total") || name.ends_with("_count"))) counters += value;
  }
  since_hop_ = hopped(start, counters) ? 0 : std::min(since_hop_ + 1, kMemory);
}

bool ProcessHops::hopped(std::optional<double> start, double counters) {
  falls_ = (falls_ << 1 | (counters < last_counters_ ? 1u : 0u)) & ((1u << kWindow) - 1);
  last_counters_ = counters;
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
