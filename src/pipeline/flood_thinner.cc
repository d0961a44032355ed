#include "pipeline/flood_thinner.h"

#include <algorithm>

namespace tripod::pipeline {

namespace {

constexpr int64_t kMinute = 60 * base::kNanosPerSecond;

}  // namespace

bool FloodThinner::keeps_whole(int64_t issue, base::UnixNanos now) {
  std::lock_guard lock(mu_);
  if (rules_.per_minute == 0) return true;
  if (seen_.size() >= most_issues_ && !seen_.contains(issue)) make_room(now);
  Seen& seen = seen_[issue];
  if (now - seen.since >= kMinute || now < seen.since) {
    seen.since = now;
    seen.in_minute = 0;
  }
  ++seen.in_minute;
  const bool is_beyond = seen.whole >= rules_.first && seen.in_minute > rules_.per_minute;
  if (is_beyond && ++seen.beyond % rules_.one_of != 0) return false;
  ++seen.whole;
  return true;
}

void FloodThinner::give_back(int64_t issue) {
  std::lock_guard lock(mu_);
  const auto seen = seen_.find(issue);
  if (seen == seen_.end()) return;
  seen->second.whole -= std::min<uint64_t>(seen->second.whole, 1);
  seen->second.in_minute -= std::min<uint64_t>(seen->second.in_minute, 1);
}

void FloodThinner::set_rules(const ThinningRules& rules) {
  std::lock_guard lock(mu_);
  rules_ = rules;
}

size_t FloodThinner::issues() const {
  std::lock_guard lock(mu_);
  return seen_.size();
}

// Of issues whose minute is over; where all are in theirs, of all.
void FloodThinner::make_room(base::UnixNanos now) {
  std::erase_if(seen_, [now](const auto& entry) { return now - entry.second.since >= kMinute || now < entry.second.since; });
  if (seen_.size() >= most_issues_) seen_.clear();
}

}  // namespace tripod::pipeline
