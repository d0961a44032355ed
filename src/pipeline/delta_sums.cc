#include "pipeline/delta_sums.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "base/clock.h"
#include "base/hash.h"
#include "pipeline/time_bounds.h"

namespace tripod::pipeline {

namespace {

// A start that is further back is that of the process, not of what the delta covers: 0 there would be out of reach of most windows.
constexpr int64_t kFurthestStartMs = base::kNanosPerHour / base::kNanosPerMilli;
// How far late points may push a sum's newest sample beyond its newest point, a millisecond each.
constexpr int64_t kMostAheadMs = 1000;

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

uint64_t DeltaSums::fingerprint_of(Point point) {
  uint64_t out = 0;
  for (const model::SeriesSamples& series : point) {
    const uint64_t words[] = {out, std::bit_cast<uint64_t>(series.samples.front().value)};
    out = base::hash64({reinterpret_cast<const char*>(words), sizeof(words)});
  }
  return out;
}

size_t DeltaSums::bytes_of(size_t series) {
  constexpr size_t kPlace = 2 * sizeof(void*) + 2 * sizeof(std::pair<Key, Sums::iterator>);  // in the list and the table
  return sizeof(Sum) + kPlace + kRemembered * sizeof(Taken) + (kRemembered + 1) * series * sizeof(double);
}

// The samples of the point that is remembered at `taken`.
void DeltaSums::put(const Sum& sum, size_t taken, Point point, base::Arena& arena) {
  const int64_t time_ms = sum.taken[taken].stored_ms;
  const bool with_zero = time_ms == sum.first_ms && sum.zero_ms < time_ms;
  for (size_t i = 0; i < point.size(); ++i) {
    const model::Sample samples[] = {{sum.zero_ms, 0}, {time_ms, sum.values[taken * point.size() + i]}};
    point[i].samples = arena.copy_array(std::span<const model::Sample>(samples).subspan(with_zero ? 0 : 1));
  }
}

// Gives where. The oldest makes room: of what is as old as that it is not known any more whether it was taken.
size_t DeltaSums::remember(Sum& sum, const Taken& one) {
  size_t at = sum.taken.size();
  if (at < kRemembered) {
    sum.taken.push_back(one);
    sum.values.insert(sum.values.end(), sum.totals.begin(), sum.totals.end());
    return at;
  }
  const auto oldest = std::ranges::min_element(sum.taken, {}, &Taken::time_ms);
  sum.edge_ms = std::max(sum.edge_ms, oldest->time_ms);
  *oldest = one;
  at = static_cast<size_t>(oldest - sum.taken.begin());
  std::ranges::copy(sum.totals, sum.values.begin() + static_cast<ptrdiff_t>(at * sum.totals.size()));
  return at;
}

void DeltaSums::forget(Sums::iterator sum) {
  bytes_ -= bytes_of(sum->totals.size());
  by_key_.erase(sum->key);
  sums_.erase(sum);
}

base::MemoryCharge DeltaSums::make_room(size_t bytes) {
  while (bytes_ + bytes > most_bytes_ && !sums_.empty()) forget(std::prev(sums_.end()));
  if (memory_ == nullptr) return {};
  if (auto charge = memory_->try_charge(bytes)) return charge;
  // The budget is used up by others: what is charged past it is what went before.
  for (const size_t had = bytes_; had - bytes_ < bytes && !sums_.empty();) forget(std::prev(sums_.end()));
  return memory_->charge(bytes);
}

void DeltaSums::begin(const model::DeltaPoint& delta, Point point, const Key& key, int64_t after_ms) {
  const int64_t time_ms = time_of(point);
  const bool has_start = delta.start_ms > 0 && delta.start_ms < time_ms - 1 && time_ms - delta.start_ms <= kFurthestStartMs;
  const size_t bytes = bytes_of(point.size());
  base::MemoryCharge charge = make_room(bytes);
  Sum& sum = sums_.emplace_front();
  by_key_[key] = sums_.begin();
  bytes_ += bytes;
  sum.charge = std::move(charge);
  sum.key = key;
  sum.shape = delta.shape;
  sum.edge_ms = std::max(has_start ? delta.start_ms : time_ms - 1, after_ms);
  // After the start: before the sum was forgotten, or the process started anew, a sample of that very time may have been stored.
  sum.zero_ms = has_start ? delta.start_ms + 1 : time_ms - 1;
  if (after_ms >= sum.zero_ms) sum.zero_ms = after_ms + 1;
  sum.first_ms = sum.newest_ms = sum.last_ms = time_ms;
  sum.taken.reserve(kRemembered);
  sum.values.reserve(kRemembered * point.size());
  for (const model::SeriesSamples& series : point) sum.totals.push_back(series.samples.front().value);
  remember(sum, {time_ms, time_ms, fingerprint_of(point)});
}

std::string_view DeltaSums::add(Sum& sum, const model::DeltaPoint& delta, Point point, base::Arena& arena) {
  const int64_t time_ms = time_of(point);
  const int64_t stored_ms = std::max(time_ms, sum.last_ms + 1);
  const bool late = time_ms <= sum.edge_ms && !delta.sent_once;
  if (late || (time_ms <= sum.newest_ms && stored_ms > sum.newest_ms + kMostAheadMs)) return "out_of_order_delta";
  for (size_t i = 0; i < point.size(); ++i) {
    if (!std::isfinite(sum.totals[i] + point[i].samples.front().value)) return "invalid_delta";
  }
  for (size_t i = 0; i < point.size(); ++i) sum.totals[i] += point[i].samples.front().value;
  sum.newest_ms = std::max(sum.newest_ms, time_ms);
  sum.last_ms = stored_ms;
  put(sum, remember(sum, {time_ms, stored_ms, fingerprint_of(point)}), point, arena);
  return {};
}

std::string_view DeltaSums::take(const model::DeltaPoint& delta, Point point, int64_t newest_ms, base::Arena& arena) {
  const int64_t time_ms = time_of(point);
  // Before anything is changed: a time of the future would shut out everything up to then.
  if (time_ms > newest_ms) return kTimestampTooNew;
  for (const model::SeriesSamples& series : point) {
    if (!std::isfinite(series.samples.front().value)) return "invalid_delta";
  }
  if (bytes_of(point.size()) > most_bytes_ / 2) return "delta_histogram_too_large";
  const Key key = key_of(point.back().labels);
  int64_t after_ms = std::numeric_limits<int64_t>::min();
  if (const auto known = by_key_.find(key); known != by_key_.end()) {
    const Sums::iterator sum = known->second;
    if (sum->shape == delta.shape && sum->totals.size() == point.size()) {
      const auto same = delta.sent_once ? sum->taken.end() : std::ranges::find_if(sum->taken, [&, fingerprint = fingerprint_of(point)](const Taken& one) {
        return one.time_ms == time_ms && one.fingerprint == fingerprint;
      });
      if (same != sum->taken.end()) {
        put(*sum, static_cast<size_t>(same - sum->taken.begin()), point, arena);
        return {};
      }
      const std::string_view why = add(*sum, delta, point, arena);
      if (why.empty()) sums_.splice(sums_.begin(), sums_, sum);
      return why;
    }
    if (time_ms <= sum->last_ms) return "out_of_order_delta";
    after_ms = sum->last_ms;
    forget(sum);
  } else if (is_stored_ && is_stored_(point.back().labels, time_ms)) {
    return "out_of_order_delta";
  }
  begin(delta, point, key, after_ms);
  put(sums_.front(), 0, point, arena);
  return {};
}

void DeltaSums::accumulate(model::Batch& batch, int64_t newest_ms) {
  if (batch.deltas.empty()) return;
  std::vector<bool> refused(batch.series.size());
  {
    std::lock_guard lock(mu_);
    for (const model::DeltaPoint& delta : batch.deltas) {
      const Point point = Point(batch.series).subspan(delta.first, delta.count);
      const std::string_view why = take(delta, point, newest_ms, batch.arena);
      if (why.empty()) continue;
      for (size_t i = 0; i < point.size(); ++i) refused[delta.first + i] = true;
      batch.reject(why, name_of(point.back()));
    }
  }
  batch.deltas.clear();
  size_t at = 0;
  std::erase_if(batch.series, [&](const model::SeriesSamples&) { return refused[at++]; });
}

}  // namespace tripod::pipeline
