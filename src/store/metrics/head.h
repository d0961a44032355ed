// Samples of the last hours, in memory: what the WAL holds and no block does yet.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <vector>

#include "model/batch.h"
#include "store/metrics/head_index.h"
#include "store/metrics/series.h"

namespace tripod::store::metrics {

enum class AddOutcome : uint8_t {
  kAccepted,
  kDuplicate,  // same time, same value (bit for bit): already there
  kConflict,   // same time, another value: the first one stays
};

// What freeze() hands to the writer of a block.
struct FrozenHead {
  struct Series {
    std::span<const LabelRef> labels;  // texts: the index's SymbolTable
    uint32_t first_chunk = 0;          // in `chunks`: those in order, then those that came late
    uint32_t chunk_count = 0;
  };
  std::shared_ptr<HeadIndex> index;  // keeps labels and texts alive
  std::vector<Series> series;        // those with samples
  std::vector<SealedChunk> chunks;

  std::span<const SealedChunk> chunks_of(const Series& one) const { return std::span(chunks).subspan(one.first_chunk, one.chunk_count); }
};

// Externally synchronised by the store's lock.
class Head {
 public:
  Head() : index_(std::make_shared<HeadIndex>()) {}

  // nullptr when there is none. `hash` is hash_labels() of the same labels.
  Series* find(std::span<const model::Label> labels, uint64_t hash) {
    return index_->find(labels, hash);
  }
  const HeadIndex& lookups() const { return *index_; }
  // @pre find() gave nullptr
  Series& create(std::span<const model::Label> labels, uint64_t hash);
  // What blocks hold of these series in [start, end] was deleted: their next samples are compared with none of it, and those
  // that memory has nothing of any more leave it. Numbers are others afterwards. @pre nothing is frozen
  void forget_deleted(std::span<const uint32_t> numbers, int64_t start, int64_t end);
  // The series with these labels, made when there is none.
  Series& find_or_create(std::span<const model::Label> labels);
  // @pre sample.time_ms is not the lowest int64_t
  AddOutcome add(Series& series, const model::Sample& sample);
  // The log does not hold the labels of any series any more: each is to be written again with its next samples.
  void forget_logged();
  // Replay: the series keeps the number the log knows it by, and new ones get higher numbers.
  void restore_ref(Series& series, uint64_t ref);

  // Shared: labels and texts of what was read stay valid while it is held.
  const std::shared_ptr<HeadIndex>& index() const { return index_; }
  bool overlaps(uint32_t number, int64_t start, int64_t end) { return overlaps(index_->at(number), start, end); }
  static bool overlaps(const Series& series, int64_t start, int64_t end);

  // Seals every chunk, remembers how far a block will hold them, and gives them out. Samples added
  // later are not part of it. At most one at a time: followed by drop_frozen(), or by unfreeze()
  // when the block could not be written.
  FrozenHead freeze();
  // Takes away what freeze() gave out, and the series that got no sample since the freeze before: where they are many, or in any
  // case when `crowded`.
  void drop_frozen(bool crowded = false);
  void unfreeze();

  uint64_t samples() const { return samples_; }
  size_t memory() const { return index_->memory() + chunk_bytes_; }
  int64_t min_time() const { return min_time_; }  // above max_time() where there are no samples
  int64_t max_time() const { return max_time_; }
  // Of the samples: what a block takes away.
  size_t chunk_memory() const { return chunk_bytes_; }
  // Changes whenever series numbers or the set of chunks in memory become others than those read
  // before.
  uint64_t epoch() const { return epoch_; }

 private:
  AddOutcome add_late(Series& series, const model::Sample& sample);
  void collect_garbage(bool crowded);
  void recount();
  void seal(Series& series);

  std::shared_ptr<HeadIndex> index_;
  ChunkScratch scratch_;
  uint64_t next_ref_ = 1;
  uint64_t samples_ = 0;
  size_t chunk_bytes_ = 0;
  int64_t min_time_ = std::numeric_limits<int64_t>::max();
  int64_t max_time_ = std::numeric_limits<int64_t>::min();
  uint64_t epoch_ = 0;
};

}  // namespace tripod::store::metrics
