#include "store/events/query_limits.h"

#include <algorithm>
#include <utility>

namespace tripod::store {

bool QueryLimits::expired(QueryStats& stats) {
  if (noted_deadline_) return true;
  if (bounds_.deadline_steady == INT64_MAX || clock_.steady() < bounds_.deadline_steady) return false;
  noted_deadline_ = true;
  stats.out_of_time = true;
  warn_incomplete(stats, "the query's time ran out: not everything was looked at");
  return true;
}

bool QueryLimits::reserve(size_t bytes, QueryStats& stats) {
  bool room = held_ + bytes <= bounds_.max_memory_bytes;
  if (room && held_ + bytes > charged_) {
    const size_t more = std::max(kStep, held_ + bytes - charged_);
    base::MemoryCharge charge = budget_.try_charge(more);
    room = static_cast<bool>(charge);
    if (room) {
      charges_.push_back(std::move(charge));
      charged_ += more;
    }
  }
  if (room) {
    held_ += bytes;
    return true;
  }
  stats.out_of_memory = true;
  if (!noted_memory_) {
    noted_memory_ = true;
    warn_incomplete(stats, "the query's memory bound was reached: the rest is left out");
  }
  return false;
}

void warn_incomplete(QueryStats& stats, std::string warning) {
  constexpr size_t kMostWarnings = 20;
  stats.incomplete = true;
  if (stats.warnings.size() < kMostWarnings) {
    stats.warnings.push_back(std::move(warning));
  } else if (stats.warnings.size() == kMostWarnings) {
    stats.warnings.push_back("and more");
  }
}

}  // namespace tripod::store
