#include "store/events/exclusion_state.h"

#include <utility>

namespace tripod::store {

void ExclusionState::publish(Exclusions next) {
  visible_ = next.empty() ? nullptr : std::make_shared<const Exclusions>(std::move(next));
}

Exclusions ExclusionState::certain() const {
  Exclusions out;
  out.hidden = superseded_;
  out.hidden.insert(refused_);
  if (visible_ != nullptr) out.deletions = visible_->deletions;
  return out;
}

void ExclusionState::supersede(std::span<const uint64_t> sequences) {
  if (sequences.empty()) return;
  Exclusions next = visible_ == nullptr ? Exclusions() : *visible_;
  next.hidden.insert(sequences);
  publish(std::move(next));
}

void ExclusionState::settle(std::span<const uint64_t> sequences) {
  if (sequences.empty()) return;
  superseded_.insert(sequences);
  // A batch that was to replace the same record and was refused may have shown it again.
  supersede(sequences);
}

void ExclusionState::refuse(uint64_t first, uint64_t last, std::span<const uint64_t> superseded) {
  Exclusions next = visible_ == nullptr ? Exclusions() : *visible_;
  for (uint64_t sequence : superseded) {
    if (!superseded_.contains(sequence) && !refused_.contains(sequence)) next.hidden.erase(sequence);
  }
  next.hidden.insert_range(first, last);
  refused_.insert_range(first, last);
  publish(std::move(next));
}

void ExclusionState::restore(SequenceSet superseded) {
  superseded_ = std::move(superseded);
  Exclusions next = visible_ == nullptr ? Exclusions() : *visible_;
  next.hidden.insert(superseded_);
  publish(std::move(next));
}

void ExclusionState::set_deletions(std::vector<std::shared_ptr<const Deletion>> deletions) {
  Exclusions next = visible_ == nullptr ? Exclusions() : *visible_;
  next.deletions = std::move(deletions);
  publish(std::move(next));
}

void ExclusionState::forget(const SequenceSet& sequences) {
  if (sequences.empty() || visible_ == nullptr) return;
  superseded_.erase(sequences);
  refused_.erase(sequences);
  Exclusions next = *visible_;
  next.hidden.erase(sequences);
  publish(std::move(next));
}

}  // namespace tripod::store
