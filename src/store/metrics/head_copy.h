// What a query takes of the head: chunks of many series in few large arrays, so that taking them is short work under the lock.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/arena.h"
#include "model/batch.h"
#include "store/metrics/head_index.h"
#include "store/metrics/metric_store.h"
#include "store/metrics/series.h"

namespace tripod::store::metrics {

// How many samples a series gives, as far as is known before they are decoded.
struct SampleBounds {
  size_t least = 0;
  size_t most = 0;

  void add(const TimeRangeMs& range, int64_t min_time, int64_t max_time, size_t count) {
    if (min_time > range.end || max_time < range.start) return;
    most += count;
    if (min_time >= range.start && max_time <= range.end) least += count;
  }
};

// Filled under the store's lock; constant afterwards.
class HeadCopy {
 public:
  struct Options {
    TimeRangeMs range;
    bool newest_only = false;
  };
  // `index` is the head's own at that moment: kept, it keeps labels and texts valid.
  HeadCopy(std::shared_ptr<HeadIndex> index, Options options) : index_(std::move(index)), options_(options) {}

  // Takes what the series has in the range; false where that is nothing. Requires the store's lock.
  bool take(uint32_t number);
  size_t size() const { return entries_.size(); }
  size_t memory() const;

  // Of entry `i`, in the order of take().
  uint64_t hash(size_t i) const { return entries_[i].hash; }
  void labels(size_t i, std::vector<model::Label>& out) const;
  SampleBounds bounds(size_t i) const;
  // Appends the samples in the range: of chunks in order first, so that of equal times the one stored first comes first.
  void read(size_t i, ChunkScratch& scratch, std::vector<model::Sample>& out) const;

 private:
  struct Entry {
    uint64_t hash = 0;
    std::span<const LabelRef> labels;
    const char* open = nullptr;  // the growing chunk's bytes, in open_
    uint32_t chunk = 0;          // the first one in chunks_
    uint32_t recent = 0;         // the first one in recent_
    uint32_t chunks = 0;
    uint32_t recents = 0;
    uint32_t open_size = 0;
    uint16_t open_count = 0;
  };

  const std::shared_ptr<HeadIndex> index_;
  const Options options_;
  // None of them is copied when it grows: at its size that would be felt in memory.
  std::deque<Entry> entries_;
  std::deque<SealedChunk> chunks_;  // in order, then those that came late
  base::Arena open_;
  std::deque<model::Sample> recent_;  // late ones, and the newest where nothing else is wanted
};

}  // namespace tripod::store::metrics
