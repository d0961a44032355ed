#include "pipeline/delta_sums.h"

#include <string>
#include <vector>

#include "base/hash.h"

namespace tripod::pipeline {

namespace {

constexpr int64_t kForgottenAfter = base::kNanosPerHour;
constexpr int64_t kSweepEvery = 5 * base::kNanosPerMinute;

std::string name_of(const model::SeriesSamples& series) {
  for (const model::Label& label : series.labels) {
    if (label.name == "__name__") return std::string(label.value.substr(0, 100));
  }
  return "";
}

}  // namespace

DeltaSums::Key DeltaSums::key_of(std::span<const model::Label> labels) {
  std::string text;
  for (const model::Label& label : labels) {
    for (const std::string_view part : {label.name, label.value}) {
      text += part;
      text += '\xff';  // is in no UTF-8 text
    }
  }
  return {base::hash64(text), base::hash64(text, 1)};
}

void DeltaSums::forget_old(base::UnixNanos now) {
  if (now < next_sweep_ && next_sweep_ - now <= kSweepEvery) return;
  next_sweep_ = now + kSweepEvery;
  boost::unordered::erase_if(sums_, [&](const auto& one) { return now - one.second.used > kForgottenAfter; });
}

std::string_view DeltaSums::add(const model::SeriesSamples& series, uint64_t shape, base::UnixNanos now) {
  model::Sample& sample = series.samples.front();
  const Key key = key_of(series.labels);
  auto at = sums_.find(key);
  if (at == sums_.end()) {
    if (sums_.size() >= most_series_) return "too_many_delta_series";
    at = sums_.emplace(key, Sum{.last_ms = INT64_MIN, .shape = shape}).first;
  }
  Sum& sum = at->second;
  sum.used = now;
  const double delta = sample.value;
  const bool again = sample.time_ms == sum.last_ms && delta == sum.last_delta && shape == sum.shape;
  if (!again && sample.time_ms <= sum.last_ms) return "out_of_order_delta";
  if (!again) {
    sum.value = (sum.shape == shape ? sum.value : 0) + delta;
    sum.last_ms = sample.time_ms;
    sum.last_delta = delta;
    sum.shape = shape;
  }
  sample.value = sum.value;
  return {};
}

void DeltaSums::accumulate(model::Batch& batch, const model::Deltas& deltas, base::UnixNanos now) {
  if (deltas.empty()) return;
  std::vector<bool> refused(batch.series.size());
  std::lock_guard lock(mu_);
  forget_old(now);
  for (const model::DeltaSample& delta : deltas) {
    const model::SeriesSamples& series = batch.series[delta.series];
    const std::string_view why = add(series, delta.shape, now);
    if (why.empty()) continue;
    refused[delta.series] = true;
    batch.reject(why, name_of(series));
  }
  size_t at = 0;
  std::erase_if(batch.series, [&](const model::SeriesSamples&) { return refused[at++]; });
}

}  // namespace tripod::pipeline
