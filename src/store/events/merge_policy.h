// Which parts to merge next: a few of about the same size, so that every record is rewritten only a handful of times and the
// number of parts stays small.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/events/part.h"

namespace tripod::store {

struct MergePolicy {
  size_t fan_in = 8;
  uint64_t max_rows = 4u << 20;                        // of a merged part
  int64_t quiet_after = base::kNanosPerHour;           // a partition without new parts for so long is merged as far as it goes
};

// Parts of one partition, at least two; empty when there is nothing to do.
std::vector<PartPtr> choose_merge(const PartList& list, const MergePolicy& policy, base::UnixNanos now);

}  // namespace tripod::store
