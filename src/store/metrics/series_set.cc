#include "store/metrics/series_set.h"

#include <algorithm>

#include "store/metrics/series_order.h"

namespace tripod::store::metrics {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr size_t kSeriesPerStep = 1024;
constexpr size_t kBytesPerCharge = 256u << 10;

bool same_labels(const std::vector<model::Label>& a, const std::vector<model::Label>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return x.value == y.value && x.name == y.name; });
}

}  // namespace

base::Error StoreSeriesSet::damaged(size_t block, base::Error error) const {
  if (error.code != Code::kDataLoss) return error;
  const Block& at = *(*blocks_)[block];
  error.message = "metrics block " + block_name(at.meta().id) + ": " + error.message;
  list_.set_aside(at, error);
  return error;
}

Result<> StoreSeriesSet::add_block(size_t block, const std::vector<uint32_t>& ids, bool alone) {
  const Block& from = *(*blocks_)[block];
  std::vector<model::Label> labels;
  ++sources_;
  for (size_t i = 0; i < ids.size(); ++i) {
    const uint32_t id = ids[i];
    const Part part{static_cast<uint32_t>(block), id};
    if (auto ok = step(i); !ok) return ok;
    // A series without a sample in the range may be among them, but not count.
    if (alone && options_.order != SeriesOrder::kHash && options_.max_series == 0) {
      if (auto done = add(part, nullptr, 0); !done) return done;
      continue;
    }
    if (auto read = from.index().series(id, scratch_); !read) return fail(damaged(block, std::move(read.error())));
    if (!from.has_series_in(id, scratch_, range_.start, range_.end)) continue;
    labels = scratch_.labels;
    if (auto done = add(part, alone ? nullptr : &labels, hash_labels(labels)); !done) return done;
  }
  return {};
}

Result<> StoreSeriesSet::add_head(std::unique_ptr<HeadCopy> head, bool alone) {
  head_ = std::move(head);
  ++sources_;
  std::vector<model::Label> labels;
  for (uint32_t i = 0; i < head_->size(); ++i) {
    const Part part{static_cast<uint32_t>(blocks_->size()), i};
    if (auto ok = step(i); !ok) return ok;
    if (!alone) head_->labels(i, labels);
    if (auto done = add(part, alone ? nullptr : &labels, head_->hash(i)); !done) return done;
  }
  return {};
}

// Without labels the series is known to be in no other source.
Result<> StoreSeriesSet::add(Part part, const std::vector<model::Label>* labels, uint64_t hash) {
  const auto at = static_cast<uint32_t>(parts_.size());
  const uint64_t own_hash = hash;
  if (labels != nullptr) {
    // Labels with the hash of others go under the next free one.
    for (;; ++hash) {
      const auto [found, is_new] = by_hash_.try_emplace(hash, static_cast<uint32_t>(series_.size()));
      if (is_new) break;
      Chain& chain = series_[found->second];
      if (auto read = labels_of(parts_[chain.first], other_labels_, scratch_); !read) return read;
      if (!same_labels(*labels, other_labels_)) continue;
      parts_[chain.last].next = at;
      chain.last = at;
      parts_.push_back(part);
      return {};
    }
  }
  if (options_.max_series > 0 && series_.size() >= options_.max_series) {
    return fail(Code::kResourceExhausted, "the query selects more than " + std::to_string(options_.max_series) + " series");
  }
  parts_.push_back(part);
  series_.push_back({at, at});
  if (options_.order == SeriesOrder::kHash) hashes_.push_back(own_hash);
  return {};
}

Result<> StoreSeriesSet::labels_of(const Part& part, std::vector<model::Label>& out, BlockSeries& scratch) const {
  if (part.source == blocks_->size()) {
    head_->labels(part.number, out);
    return {};
  }
  auto read = (*blocks_)[part.source]->index().series(part.number, scratch);
  if (!read) return fail(damaged(part.source, std::move(read.error())));
  out.assign(scratch.labels.begin(), scratch.labels.end());
  return {};
}

size_t StoreSeriesSet::memory() const {
  constexpr size_t kHashEntry = sizeof(std::pair<uint64_t, uint32_t>) + 1;
  return parts_.capacity() * sizeof(Part) + series_.capacity() * sizeof(Chain) + hashes_.capacity() * sizeof(uint64_t) +
         by_hash_.bucket_count() * kHashEntry;
}

Result<> StoreSeriesSet::step(size_t series, size_t more) {
  if (series % kSeriesPerStep != 0) return {};
  if (options_.poll) {
    if (auto ok = options_.poll(); !ok) return ok;
  }
  return series == 0 ? Result<>() : cover(memory() + more, kBytesPerCharge);
}

Result<> StoreSeriesSet::cover(size_t bytes, size_t ahead) {
  if (budget_.try_grow(charge_, bytes, ahead)) return {};
  return fail(Code::kResourceExhausted, "the query needs more memory than there is left");
}

Result<> StoreSeriesSet::sort_by_labels() {
  std::vector<model::Label> all;
  std::vector<model::Label> labels;
  struct Place {
    size_t first;
    size_t count;
    Chain chain;
  };
  std::vector<Place> places;
  if (auto ok = cover(memory() + series_.size() * sizeof(Place)); !ok) return ok;
  places.reserve(series_.size());
  for (size_t i = 0; i < series_.size(); ++i) {
    if (auto ok = step(i, series_.size() * sizeof(Place) + all.capacity() * sizeof(model::Label)); !ok) return ok;
    if (auto read = labels_of(parts_[series_[i].first], labels, scratch_); !read) return read;
    places.push_back({all.size(), labels.size(), series_[i]});
    all.insert(all.end(), labels.begin(), labels.end());
  }
  const auto of = [&](const Place& place) { return std::span(all).subspan(place.first, place.count); };
  std::ranges::sort(places, [&](const Place& a, const Place& b) { return labels_less(of(a), of(b)); });
  std::ranges::transform(places, series_.begin(), &Place::chain);
  return {};
}

Result<> StoreSeriesSet::sort_by_hash() {
  struct Place {
    uint64_t hash;
    Chain chain;
  };
  std::vector<Place> places;
  if (auto ok = cover(memory() + series_.size() * sizeof(Place)); !ok) return ok;
  places.reserve(series_.size());
  for (size_t i = 0; i < series_.size(); ++i) places.push_back({hashes_[i], series_[i]});
  std::ranges::sort(places, {}, &Place::hash);
  std::ranges::transform(places, series_.begin(), &Place::chain);
  return {};
}

Result<> StoreSeriesSet::finish() {
  by_hash_ = {};
  // A block has its series in order.
  const bool in_order = sources_ == 0 || (sources_ == 1 && head_ == nullptr);
  Result<> sorted;
  if (options_.order == SeriesOrder::kHash) sorted = sort_by_hash();
  if (options_.order == SeriesOrder::kLabels && !in_order) sorted = sort_by_labels();
  if (!sorted) return sorted;
  hashes_ = {};
  options_.poll = nullptr;
  charge_ = base::MemoryCharge();  // more than is held by now
  return cover(memory());
}

class StoreReaderOfSet final : public SeriesSet::Reader {
 public:
  explicit StoreReaderOfSet(const StoreSeriesSet& set) : set_(set) {}

  Result<> read(size_t series, std::vector<model::Label>& labels, std::vector<model::Sample>& samples,
                size_t max_samples) override {
    samples.clear();
    labels.clear();
    for (uint32_t at = set_.series_[series].first; at != StoreSeriesSet::kNone; at = set_.parts_[at].next) {
      if (auto read = read_part(set_.parts_[at], labels, samples, max_samples); !read) return read;
    }
    order_samples(samples);
    return {};
  }

 private:
  Result<> read_part(const StoreSeriesSet::Part& part, std::vector<model::Label>& labels, std::vector<model::Sample>& samples,
                     size_t max_samples) {
    const bool is_head = part.source == set_.blocks_->size();
    Result<> read;
    if (is_head) {
      if (labels.empty()) set_.head_->labels(part.number, labels);
      read = make_room(set_.head_->bounds(part.number), samples, max_samples);
      if (read) set_.head_->read(part.number, scratch_, samples);
    } else {
      read = read_block(part, labels, samples, max_samples);
    }
    if (read && samples.size() > max_samples) read = too_many(max_samples);
    return read;
  }

  Result<> read_block(const StoreSeriesSet::Part& part, std::vector<model::Label>& labels, std::vector<model::Sample>& samples,
                      size_t max_samples) {
    const Block& block = *(*set_.blocks_)[part.source];
    if (cached_ != part.source) cache_ = TimeColumnCache();
    cached_ = part.source;
    auto read = block.index().series(part.number, entry_);
    if (read && set_.options_.newest_only) {
      read = block.read_newest(part.number, entry_, set_.range_, cache_, samples);
    } else if (read) {
      if (auto room = make_room(bounds_in(block), samples, max_samples); !room) return room;
      read = block.read_series(part.number, entry_, set_.range_, cache_, samples);
    }
    if (!read) return fail(set_.damaged(part.source, std::move(read.error())));
    if (labels.empty()) labels.assign(entry_.labels.begin(), entry_.labels.end());
    return {};
  }

  // Of the series in entry_.
  SampleBounds bounds_in(const Block& block) const {
    SampleBounds out;
    for (const ChunkMeta& chunk : entry_.chunks) out.add(set_.range_, chunk.min_time, chunk.max_time, chunk.count);
    if (!block.tombstones().empty()) out.least = 0;
    return out;
  }

  // For a part's samples behind those that are there.
  static Result<> make_room(const SampleBounds& part, std::vector<model::Sample>& samples, size_t max_samples) {
    if (samples.size() + part.least > max_samples) return too_many(max_samples);
    const size_t needed = samples.size() + part.most;
    if (needed > samples.capacity()) samples.reserve(std::max(needed, std::min(2 * samples.capacity(), max_samples)));
    return {};
  }

  static Result<> too_many(size_t max_samples) {
    return fail(Code::kResourceExhausted, "a series has more than " + std::to_string(max_samples) + " samples in the range");
  }

  const StoreSeriesSet& set_;
  BlockSeries entry_;
  TimeColumnCache cache_;
  ChunkScratch scratch_;
  uint32_t cached_ = StoreSeriesSet::kNone;
};

std::unique_ptr<SeriesSet::Reader> StoreSeriesSet::reader() const { return std::make_unique<StoreReaderOfSet>(*this); }

}  // namespace tripod::store::metrics
