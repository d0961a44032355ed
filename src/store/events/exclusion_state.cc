#include "store/events/exclusion_state.h"

#include <utility>

namespace tripod::store {

void ExclusionState::publish(Exclusions next) {
  visible_ = next.empty() ? nullptr : std::make_shared<const Exclusions>(std::move(next));
}

Exclusions ExclusionState::certain(uint64_t up_to) const {
  Exclusions out;
  out.hidden = superseded_;
  out.hidden.insert(refused_);
  for (const Settled& batch : settled_) {
    if (batch.last <= up_to) out.hidden.insert(batch.supersedes);
  }
  if (visible_ != nullptr) out.deletions = visible_->deletions;
  return out;
}

void ExclusionState::supersede(std::span<const uint64_t> sequences) {
  if (sequences.empty()) return;
  Exclusions next = visible_ == nullptr ? Exclusions() : *visible_;
  next.hidden.insert(sequences);
  publish(std::move(next));
}

void ExclusionState::settle(uint64_t last, std::span<const uint64_t> sequences) {
  if (sequences.empty()) return;
  settled_.push_back({last, {sequences.begin(), sequences.end()}});
  // A batch that was to replace the same record and was refused may have shown it again.
  supersede(sequences);
}

bool ExclusionState::put_in_parts(uint64_t up_to) {
  const auto moved = std::erase_if(settled_, [&](const Settled& batch) {
    if (batch.last > up_to) return false;
    superseded_.insert(batch.supersedes);
    return true;
  });
  return moved != 0;
}

void ExclusionState::refuse(uint64_t first, uint64_t last, std::span<const uint64_t> superseded) {
  Exclusions next = visible_ == nullptr ? Exclusions() : *visible_;
  if (!superseded.empty()) {
    const SequenceSet gone = certain(UINT64_MAX).hidden;
    for (uint64_t sequence : superseded) {
      if (!gone.contains(sequence)) next.hidden.erase(sequence);
    }
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
  for (Settled& batch : settled_) std::erase_if(batch.supersedes, [&](uint64_t sequence) { return sequences.contains(sequence); });
  Exclusions next = *visible_;
  next.hidden.erase(sequences);
  publish(std::move(next));
}

}  // namespace tripod::store
