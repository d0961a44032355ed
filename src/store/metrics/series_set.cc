#include "store/metrics/series_set.h"

#include <algorithm>

#include "store/metrics/series_collector.h"

namespace tripod::store::metrics {

using base::Code;
using base::fail;
using base::Result;

namespace {

bool same_labels(const std::vector<model::Label>& a, const std::vector<model::Label>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return x.value == y.value && x.name == y.name; });
}

bool label_less(const model::Label& a, const model::Label& b) {
  const int names = a.name.compare(b.name);
  return names != 0 ? names < 0 : a.value < b.value;
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
  for (const uint32_t id : ids) {
    const Part part{static_cast<uint32_t>(block), id};
    if (alone) {
      if (auto done = add(part, nullptr, 0); !done) return done;
      continue;
    }
    if (auto read = from.index().series(id, scratch_); !read) return fail(damaged(block, std::move(read.error())));
    if (!from.has_series_in(id, scratch_, range_.start, range_.end)) continue;
    labels = scratch_.labels;
    if (auto done = add(part, &labels, hash_labels(labels)); !done) return done;
  }
  return {};
}

Result<> StoreSeriesSet::add_head(std::unique_ptr<HeadCopy> head, bool alone) {
  head_ = std::move(head);
  ++sources_;
  std::vector<model::Label> labels;
  for (uint32_t i = 0; i < head_->size(); ++i) {
    const Part part{static_cast<uint32_t>(blocks_->size()), i};
    if (!alone) head_->labels(i, labels);
    if (auto done = add(part, alone ? nullptr : &labels, head_->hash(i)); !done) return done;
  }
  return {};
}

// Without labels the series is known to be in no other source.
Result<> StoreSeriesSet::add(Part part, const std::vector<model::Label>* labels, uint64_t hash) {
  const auto at = static_cast<uint32_t>(parts_.size());
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

Result<> StoreSeriesSet::sort() {
  std::vector<model::Label> all;
  std::vector<model::Label> labels;
  struct Place {
    uint32_t first;
    uint32_t count;
    Chain chain;
  };
  std::vector<Place> places;
  places.reserve(series_.size());
  for (const Chain& chain : series_) {
    if (auto read = labels_of(parts_[chain.first], labels, scratch_); !read) return read;
    places.push_back({static_cast<uint32_t>(all.size()), static_cast<uint32_t>(labels.size()), chain});
    all.insert(all.end(), labels.begin(), labels.end());
  }
  const auto of = [&](const Place& place) { return std::span(all).subspan(place.first, place.count); };
  std::ranges::sort(places, [&](const Place& a, const Place& b) { return std::ranges::lexicographical_compare(of(a), of(b), label_less); });
  std::ranges::transform(places, series_.begin(), &Place::chain);
  return {};
}

Result<> StoreSeriesSet::finish(base::MemoryBudget& budget) {
  by_hash_ = {};
  charges_.push_back(budget.try_charge(parts_.capacity() * sizeof(Part) + series_.capacity() * sizeof(Chain)));
  if (!charges_.back()) return fail(Code::kResourceExhausted, "the query needs more memory than there is left");
  // A block has its series in order.
  const bool in_order = sources_ == 0 || (sources_ == 1 && head_ == nullptr);
  return options_.sorted && !in_order ? sort() : Result<>();
}

class StoreReaderOfSet final : public SeriesSet::Reader {
 public:
  explicit StoreReaderOfSet(const StoreSeriesSet& set) : set_(set) {}

  Result<> read(size_t series, std::vector<model::Label>& labels, std::vector<model::Sample>& samples) override {
    samples.clear();
    labels.clear();
    for (uint32_t at = set_.series_[series].first; at != StoreSeriesSet::kNone; at = set_.parts_[at].next) {
      if (auto read = read_part(set_.parts_[at], labels, samples); !read) return read;
    }
    order_samples(samples);
    return {};
  }

 private:
  Result<> read_part(const StoreSeriesSet::Part& part, std::vector<model::Label>& labels, std::vector<model::Sample>& samples) {
    if (part.source == set_.blocks_->size()) {
      if (labels.empty()) set_.head_->labels(part.number, labels);
      set_.head_->read(part.number, samples);
      return {};
    }
    const Block& block = *(*set_.blocks_)[part.source];
    if (cached_ != part.source) cache_ = TimeColumnCache();
    cached_ = part.source;
    auto read = block.index().series(part.number, entry_);
    if (read) {
      read = set_.options_.newest_only ? block.read_newest(part.number, entry_, set_.range_, cache_, samples)
                                       : block.read_series(part.number, entry_, set_.range_, cache_, samples);
    }
    if (!read) return fail(set_.damaged(part.source, std::move(read.error())));
    if (labels.empty()) labels.assign(entry_.labels.begin(), entry_.labels.end());
    return {};
  }

  const StoreSeriesSet& set_;
  BlockSeries entry_;
  TimeColumnCache cache_;
  uint32_t cached_ = StoreSeriesSet::kNone;
};

std::unique_ptr<SeriesSet::Reader> StoreSeriesSet::reader() const { return std::make_unique<StoreReaderOfSet>(*this); }

}  // namespace tripod::store::metrics
