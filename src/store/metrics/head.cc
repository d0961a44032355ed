#include "store/metrics/head.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "base/result.h"

namespace tripod::store::metrics {
namespace {

bool same_bits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

AddOutcome compare(double stored, double offered) {
  return same_bits(stored, offered) ? AddOutcome::kDuplicate : AddOutcome::kConflict;
}

std::optional<double> only_value(const std::vector<model::Sample>& found) {
  if (found.empty()) return std::nullopt;
  return found.front().value;
}

std::optional<double> value_at(const OpenChunk& chunk, int64_t time) {
  std::vector<model::Sample> found;
  TRIPOD_CHECK(decode_open_chunk(chunk.bytes(), chunk.count(), time, time, found));
  return only_value(found);
}

std::optional<double> value_at(const SealedChunk& chunk, int64_t time, ChunkScratch& scratch) {
  std::vector<model::Sample> found;
  chunk.decode(time, time, scratch, found);
  return only_value(found);
}

std::optional<double> find_in_order(const Series& series, int64_t time, ChunkScratch& scratch) {
  if (!series.open.empty() && time >= series.open.min_time()) return value_at(series.open, time);
  auto chunk = std::ranges::lower_bound(series.sealed, time, {}, &SealedChunk::max_time);
  if (chunk == series.sealed.end() || time < chunk->min_time()) return std::nullopt;
  return value_at(*chunk, time, scratch);
}

// Looks through a bounded number of overlapping chunks; a duplicate it does not see is left out by
// the reader.
std::optional<double> find_out_of_order(const OutOfOrder& late, int64_t time, ChunkScratch& scratch) {
  constexpr int kMostChunks = 8;
  auto at = std::ranges::lower_bound(late.recent, time, {}, &model::Sample::time_ms);
  if (at != late.recent.end() && at->time_ms == time) return at->value;
  int looked = 0;
  for (auto chunk = late.sealed.rbegin(); chunk != late.sealed.rend(); ++chunk) {
    if (time < chunk->min_time() || time > chunk->max_time()) continue;
    if (++looked > kMostChunks) break;
    if (auto value = value_at(*chunk, time, scratch)) return value;
  }
  return std::nullopt;
}

// Series that began together, as those of a start or after a cut do, are not to be full in the same moment: who waits for an
// acknowledgement would wait for all of them.
bool is_full(const Series& series) {
  constexpr uint64_t kSpread = kSamplesPerHeadChunk / 2;
  const uint64_t less = series.sealed.empty() ? series.hash % kSpread : 0;
  return series.open.count() + less >= kSamplesPerHeadChunk;
}

void seal_late(OutOfOrder& late) {
  if (late.recent.empty()) return;
  late.sealed.push_back(SealedChunk::of(late.recent));
  late.recent.clear();
  late.recent.shrink_to_fit();
}

bool overlap(int64_t min_time, int64_t max_time, int64_t start, int64_t end) {
  return min_time <= end && max_time >= start;
}

}  // namespace

Series& Head::find_or_create(std::span<const model::Label> labels) {
  const uint64_t hash = hash_labels(labels);
  Series* found = index_->find(labels, hash);
  return found != nullptr ? *found : create(labels, hash);
}

Series& Head::create(std::span<const model::Label> labels, uint64_t hash) {
  Series& made = index_->create(labels, hash);
  made.ref = next_ref_++;
  return made;
}

void Head::forget_deleted(std::span<const uint32_t> numbers, int64_t start, int64_t end) {
  bool any_left = false;
  for (const uint32_t number : numbers) {
    Series& series = index_->at(number);
    if (series.last_time < start || series.last_time > end) continue;
    if (!series.open.empty() || !series.sealed.empty()) continue;  // it came after the deletion
    if (series.has_samples()) {
      series.last_is_gone = true;
      continue;
    }
    series.last_time = std::numeric_limits<int64_t>::min();
    series.alive = false;
    any_left = true;
  }
  if (!any_left) return;
  collect_garbage(true);
  ++epoch_;
}

void Head::restore_ref(Series& series, uint64_t ref) {
  series.ref = ref;
  series.logged = true;
  series.in_log = true;
  next_ref_ = std::max(next_ref_, ref + 1);
}

AddOutcome Head::add(Series& series, const model::Sample& sample) {
  if (sample.time_ms == series.last_time && !series.last_is_gone)
    return compare(series.last_value, sample.value);
  if (sample.time_ms <= series.last_time) return add_late(series, sample);
  const size_t before = series.open.heap_bytes();
  series.open.append(sample.time_ms, sample.value);
  series.last_time = sample.time_ms;
  series.last_value = sample.value;
  series.last_is_gone = false;
  ++samples_;
  min_time_ = std::min(min_time_, sample.time_ms);
  max_time_ = std::max(max_time_, sample.time_ms);
  chunk_bytes_ += series.open.heap_bytes() - before;
  if (is_full(series)) seal(series);
  return AddOutcome::kAccepted;
}

void Head::seal(Series& series) {
  chunk_bytes_ -= series.open.heap_bytes();
  series.sealed.push_back(series.open.seal_columns());
  chunk_bytes_ += series.sealed.back().memory();
}

AddOutcome Head::add_late(Series& series, const model::Sample& sample) {
  if (auto stored = find_in_order(series, sample.time_ms, scratch_)) return compare(*stored, sample.value);
  if (series.out_of_order == nullptr) {
    series.out_of_order = std::make_unique<OutOfOrder>();
    chunk_bytes_ += sizeof(OutOfOrder);
  }
  OutOfOrder& late = *series.out_of_order;
  if (auto stored = find_out_of_order(late, sample.time_ms, scratch_)) return compare(*stored, sample.value);
  const size_t before = late.recent.capacity() * sizeof(model::Sample);
  auto at = std::ranges::lower_bound(late.recent, sample.time_ms, {}, &model::Sample::time_ms);
  late.recent.insert(at, sample);
  if (late.recent.size() >= kSamplesPerHeadChunk) {
    seal_late(late);
    chunk_bytes_ += late.sealed.back().memory();
  }
  chunk_bytes_ += late.recent.capacity() * sizeof(model::Sample) - before;
  ++samples_;
  min_time_ = std::min(min_time_, sample.time_ms);
  max_time_ = std::max(max_time_, sample.time_ms);
  return AddOutcome::kAccepted;
}

bool Head::overlaps(const Series& series, int64_t start, int64_t end) {
  auto chunk_overlaps = [&](const SealedChunk& chunk) {
    return overlap(chunk.min_time(), chunk.max_time(), start, end);
  };
  if (!series.open.empty() && overlap(series.open.min_time(), series.open.max_time(), start, end)) {
    return true;
  }
  if (std::ranges::any_of(series.sealed, chunk_overlaps)) return true;
  if (series.out_of_order == nullptr) return false;
  const OutOfOrder& late = *series.out_of_order;
  return std::ranges::any_of(late.sealed, chunk_overlaps) ||
         std::ranges::any_of(late.recent, [&](const model::Sample& sample) {
           return sample.time_ms >= start && sample.time_ms <= end;
         });
}

void Head::forget_logged() {
  for (Series& series : index_->all_series()) series.logged = false;
}

FrozenHead Head::freeze() {
  FrozenHead out;
  out.index = index_;
  forget_logged();
  for (Series& series : index_->all_series()) {
    if (!series.open.empty()) series.sealed.push_back(series.open.seal());
    if (series.out_of_order != nullptr) seal_late(*series.out_of_order);
    if (!series.has_samples()) continue;
    series.frozen = static_cast<uint32_t>(series.sealed.size());
    const auto first = static_cast<uint32_t>(out.chunks.size());
    out.chunks.insert(out.chunks.end(), series.sealed.begin(), series.sealed.end());
    if (series.out_of_order != nullptr) {
      const auto& late = series.out_of_order->sealed;
      series.out_of_order->frozen = static_cast<uint32_t>(late.size());
      out.chunks.insert(out.chunks.end(), late.begin(), late.end());
    }
    out.series.push_back({series.labels(), first, static_cast<uint32_t>(out.chunks.size()) - first});
  }
  recount();
  return out;
}

void Head::unfreeze() {
  for (Series& series : index_->all_series()) {
    series.frozen = 0;
    if (series.out_of_order != nullptr) series.out_of_order->frozen = 0;
  }
}

void Head::drop_frozen(bool crowded) {
  for (Series& series : index_->all_series()) {
    const bool frozen_any =
        series.frozen > 0 || (series.out_of_order && series.out_of_order->frozen > 0);
    series.sealed.erase(series.sealed.begin(), series.sealed.begin() + series.frozen);
    series.frozen = 0;
    if (series.out_of_order != nullptr) {
      OutOfOrder& late = *series.out_of_order;
      late.sealed.erase(late.sealed.begin(), late.sealed.begin() + late.frozen);
      late.frozen = 0;
      if (late.sealed.empty() && late.recent.empty()) series.out_of_order.reset();
    }
    // A series without new samples since the freeze stays known for one more cut: it is likely to
    // go on.
    series.alive = frozen_any || series.has_samples();
    series.in_log = series.logged;
  }
  collect_garbage(crowded);
  recount();
  ++epoch_;
}

// The log's records of a series must be known as long as they could be replayed: see delete_series().
void Head::collect_garbage(bool crowded) {
  auto alive = [](const Series& series) {
    return series.alive || series.in_log || series.has_samples();
  };
  const auto& all = index_->all_series();
  const auto living = static_cast<size_t>(std::ranges::count_if(all, alive));
  const size_t dead = all.size() - living;
  if (dead == 0 || (!crowded && dead * 4 <= all.size())) return;
  auto fresh = std::make_shared<HeadIndex>();
  std::vector<model::Label> labels;
  for (Series& series : index_->all_series()) {
    if (!alive(series)) continue;
    labels.clear();
    for (const LabelRef& ref : series.labels()) {
      labels.push_back({index_->symbols()->text(ref.name), index_->symbols()->text(ref.value)});
    }
    Series& moved = fresh->create(labels, series.hash);
    const LabelRef* refs = moved.label_refs;
    moved = std::move(series);
    moved.label_refs = refs;
  }
  index_ = std::move(fresh);
}

void Head::recount() {
  samples_ = 0;
  chunk_bytes_ = 0;
  min_time_ = std::numeric_limits<int64_t>::max();
  max_time_ = std::numeric_limits<int64_t>::min();
  auto add_chunk = [&](const SealedChunk& chunk) {
    samples_ += chunk.count();
    chunk_bytes_ += chunk.memory();
    min_time_ = std::min(min_time_, chunk.min_time());
    max_time_ = std::max(max_time_, chunk.max_time());
  };
  for (const Series& series : index_->all_series()) {
    for (const SealedChunk& chunk : series.sealed) add_chunk(chunk);
    if (!series.open.empty()) {
      samples_ += series.open.count();
      chunk_bytes_ += series.open.heap_bytes();
      min_time_ = std::min(min_time_, series.open.min_time());
      max_time_ = std::max(max_time_, series.open.max_time());
    }
    if (series.out_of_order == nullptr) continue;
    const OutOfOrder& late = *series.out_of_order;
    chunk_bytes_ += sizeof(OutOfOrder) + late.recent.capacity() * sizeof(model::Sample);
    for (const SealedChunk& chunk : late.sealed) add_chunk(chunk);
    samples_ += late.recent.size();
    if (late.recent.empty()) continue;
    min_time_ = std::min(min_time_, late.recent.front().time_ms);
    max_time_ = std::max(max_time_, late.recent.back().time_ms);
  }
}

}  // namespace tripod::store::metrics
