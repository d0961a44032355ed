// A dataset's exclusions as they change: what readers see now, and what of it is certain, so that files may be written without it.
#pragma once

#include <cstdint>
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
  // What of it nothing can bring back: what superseded or refused it is durable, deletions always are.
  Exclusions certain() const;
  // Superseded records that are still stored, as far as certain: what a restart must know.
  const SequenceSet& superseded() const { return superseded_; }
  uint64_t hidden() const { return visible_ == nullptr ? 0 : visible_->hidden.size(); }
  size_t hidden_bytes() const { return visible_ == nullptr ? 0 : visible_->hidden.memory_bytes(); }

  // A batch that replaces these became visible ...
  void supersede(std::span<const uint64_t> sequences);
  // ... and durable, ...
  void settle(std::span<const uint64_t> sequences);
  // ... or was refused: it is hidden itself, and what it was to replace is back.
  void refuse(uint64_t first, uint64_t last, std::span<const uint64_t> superseded);
  // At start: what the file of superseded records has.
  void restore(SequenceSet superseded);

  void set_deletions(std::vector<std::shared_ptr<const Deletion>> deletions);
  // These records are in no file and no memory any more.
  void forget(const SequenceSet& sequences);

 private:
  void publish(Exclusions next);

  std::shared_ptr<const Exclusions> visible_;
  SequenceSet superseded_;
  SequenceSet refused_;
};

}  // namespace tripod::store
