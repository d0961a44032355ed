#include "store/metrics/change_log.h"

#include <algorithm>

namespace tripod::store::metrics {

void ChangeLog::changed_from(int64_t oldest_ms) {
  std::lock_guard lock(mu_);
  ++last_;
  while (!changes_.empty() && changes_.back().oldest_ms >= oldest_ms) changes_.pop_back();
  changes_.push_back({last_, oldest_ms});
  if (changes_.size() <= kMost) return;
  // The older half becomes one change: it is as old as its oldest, and as late as its last.
  const auto half = changes_.begin() + kMost / 2;
  (half - 1)->oldest_ms = changes_.front().oldest_ms;
  changes_.erase(changes_.begin(), half - 1);
}

uint64_t ChangeLog::mark() const {
  std::lock_guard lock(mu_);
  return last_;
}

int64_t ChangeLog::oldest_since(uint64_t mark) const {
  std::lock_guard lock(mu_);
  const auto first = std::ranges::upper_bound(changes_, mark, {}, &Change::number);
  return first == changes_.end() ? std::numeric_limits<int64_t>::max() : first->oldest_ms;
}

}  // namespace tripod::store::metrics
