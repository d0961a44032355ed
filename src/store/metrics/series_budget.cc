#include "store/metrics/series_budget.h"

#include <algorithm>

namespace tripod::store::metrics {

std::string SeriesRefusal::detail(const std::string& example) const {
  std::string out = "new series are refused while there are ";
  out += std::to_string(limit) + " active ones";
  if (reason == "too_many_series_of_metric") out += " of the metric " + std::string(of.substr(0, 200));
  if (reason == "too_many_series_of_job") out += " of the job " + std::string(of.substr(0, 200));
  return out + ", as " + example;
}

void SeriesBudget::set_limits(const SeriesLimits& limits) {
  limits_ = limits;
  limits_.in_all = limits.in_all == 0 ? ceiling_ : std::min(limits.in_all, ceiling_);
}

std::optional<SeriesRefusal> SeriesBudget::refusal(const HeadIndex& index, std::span<const model::Label> labels) {
  auto out = find_full(index, labels);
  has_refused_ = has_refused_ || out.has_value();
  return out;
}

std::optional<SeriesRefusal> SeriesBudget::find_full(const HeadIndex& index, std::span<const model::Label> labels) const {
  if (index.size() >= limits_.in_all) return SeriesRefusal{"too_many_series", {}, limits_.in_all};
  const auto of = [&](std::string_view reason, std::string_view name, uint64_t limit) -> std::optional<SeriesRefusal> {
    if (limit == 0) return std::nullopt;
    const auto label = std::ranges::find(labels, name, &model::Label::name);
    if (label == labels.end() || index.count(name, label->value) < limit) return std::nullopt;
    return SeriesRefusal{reason, label->value, limit};
  };
  // The metric first: it says more about what exploded.
  if (auto full = of("too_many_series_of_metric", "__name__", limits_.per_metric)) return full;
  return of("too_many_series_of_job", "job", limits_.per_job);
}

}  // namespace tripod::store::metrics
