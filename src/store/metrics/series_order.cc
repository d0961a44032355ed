#include "store/metrics/series_order.h"

#include <algorithm>

namespace tripod::store::metrics {

bool labels_less(std::span<const model::Label> a, std::span<const model::Label> b) {
  return std::ranges::lexicographical_compare(a, b, [](const auto& x, const auto& y) {
    const int names = x.name.compare(y.name);
    return names != 0 ? names < 0 : x.value < y.value;
  });
}

void order_samples(std::vector<model::Sample>& samples) {
  const auto by_time = &model::Sample::time_ms;
  if (!std::ranges::is_sorted(samples, {}, by_time)) std::ranges::stable_sort(samples, {}, by_time);
  const auto same = std::ranges::unique(samples, {}, by_time);
  samples.erase(same.begin(), same.end());
}

}  // namespace tripod::store::metrics
