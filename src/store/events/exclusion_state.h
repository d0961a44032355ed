// A dataset's exclusions as they change: what readers see now, and what of it is certain, so that files may be written without it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "store/events/exclusions.h"

namespace tripod::store {

// Externally synchronised. What it hands out is immutable.
class ExclusionState {
 public:
  // For a snapshot; null when nothing is excluded.
  std::shared_ptr<const Exclusions> visible() const { return visible_; }
  // What of it files may be written without: what was refused or deleted, and what records up to this sequence number supersede (0: those
  // in parts). What only the log's records supersede is not: whoever has the files of a moment must find the one or the other.
  Exclusions certain(uint64_t up_to = 0) const;
  // Superseded by records in parts, and still stored: what the log need not say.
  const SequenceSet& superseded() const { return superseded_; }
  uint64_t hidden() const { return visible_ == nullptr ? 0 : visible_->hidden.size(); }
  size_t hidden_bytes() const { return visible_ == nullptr ? 0 : visible_->hidden.memory_bytes(); }

  // A batch that replaces these became visible ...
  void supersede(std::span<const uint64_t> sequences);
  // ... and durable (`last` is its last sequence number), ...
  void settle(uint64_t last, std::span<const uint64_t> sequences);
  // ... and part of the files, as is every batch up to this sequence number (true when superseded() has changed), ...
  bool put_in_parts(uint64_t up_to);
  // ... or was refused: it is hidden itself, and what it was to replace is back.
  void refuse(uint64_t first, uint64_t last, std::span<const uint64_t> superseded);
  // At start: what the file of superseded records has.
  void restore(SequenceSet superseded);

  void set_deletions(std::vector<std::shared_ptr<const Deletion>> deletions);
  // These records are in no file and no memory any more.
  void forget(const SequenceSet& sequences);

 private:
  struct Settled {
    uint64_t last;
    std::vector<uint64_t> supersedes;
  };
  void publish(Exclusions next);

  std::shared_ptr<const Exclusions> visible_;
  std::deque<Settled> settled_;  // by batches that are not in parts yet
  SequenceSet superseded_;
  SequenceSet refused_;
};

}  // namespace tripod::store
