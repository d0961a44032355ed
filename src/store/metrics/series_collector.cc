#include "store/metrics/series_collector.h"

#include <algorithm>

#include "store/metrics/varint.h"

namespace tripod::store::metrics {

using base::Code;
using base::fail;
using base::Result;

void order_samples(std::vector<model::Sample>& samples) {
  const auto by_time = &model::Sample::time_ms;
  if (!std::ranges::is_sorted(samples, {}, by_time)) std::ranges::stable_sort(samples, {}, by_time);
  const auto same = std::ranges::unique(samples, {}, by_time);
  samples.erase(same.begin(), same.end());
}

Labels to_labels(std::span<const model::Label> labels) {
  Labels out;
  out.reserve(labels.size());
  for (const model::Label& label : labels) out.emplace_back(label.name, label.value);
  return out;
}

Result<uint32_t> SeriesCollector::series(std::span<const model::Label> labels) {
  key_.clear();
  for (const model::Label& label : labels) {
    put_text(key_, label.name);
    put_text(key_, label.value);
  }
  const auto [at, is_new] = numbers_.try_emplace(key_, static_cast<uint32_t>(found_.size()));
  if (!is_new) return at->second;
  if (limits_.max_series > 0 && found_.size() >= limits_.max_series) {
    return fail(Code::kResourceExhausted,
                "the query selects more than " + std::to_string(limits_.max_series) + " series");
  }
  found_.push_back({to_labels(labels), {}});
  return at->second;
}

Result<> SeriesCollector::added(size_t count) {
  constexpr size_t kSamplesPerCharge = 1 << 16;
  samples_ += count;
  if (limits_.max_samples > 0 && samples_ > limits_.max_samples) {
    return fail(Code::kResourceExhausted,
                "the query reads more than " + std::to_string(limits_.max_samples) + " samples");
  }
  while (samples_ > charged_samples_ + kSamplesPerCharge) {
    auto charge = budget_.try_charge(kSamplesPerCharge * sizeof(model::Sample));
    if (!charge) {
      return fail(Code::kResourceExhausted, "the query needs more memory than there is left");
    }
    charges_.push_back(std::move(charge));
    charged_samples_ += kSamplesPerCharge;
  }
  return {};
}

std::vector<SeriesData> SeriesCollector::finish() {
  std::erase_if(found_, [](const SeriesData& series) { return series.samples.empty(); });
  for (SeriesData& series : found_) order_samples(series.samples);
  std::ranges::sort(found_, {}, &SeriesData::labels);
  return std::move(found_);
}

}  // namespace tripod::store::metrics
