// Which records a scan looks at before any filter: time range, page position, range of sequence numbers.
#pragma once

#include <algorithm>

#include "store/events/plan.h"

namespace tripod::store {

struct QueryWindow {
  TimeRange range;
  uint64_t min_sequence = 0;           // excluded
  uint64_t max_sequence = UINT64_MAX;  // included
  Order order = Order::kNewestFirst;
  bool has_after = false;
  Position after;

  static QueryWindow of(const ScanPlan& plan) {
    return {plan.range, plan.min_sequence, plan.max_sequence, plan.order, plan.has_after, plan.after};
  }
  static QueryWindow of(const AggregatePlan& plan) {
    QueryWindow window;
    window.range = plan.range;
    return window;
  }

  bool admits(base::UnixNanos time, uint64_t sequence) const {
    if (!range.contains(time) || sequence <= min_sequence || sequence > max_sequence) return false;
    if (!has_after) return true;
    const Position here{time, sequence};
    return order == Order::kNewestFirst ? here < after : here > after;
  }
  // Whether anything in a block of these times and sequence numbers can be admitted.
  bool may_admit(base::UnixNanos min_time, base::UnixNanos max_time, uint64_t last, uint64_t first = 0) const {
    if (max_time < range.start || min_time >= range.end || last <= min_sequence || first > max_sequence) return false;
    if (!has_after) return true;
    return order == Order::kNewestFirst ? min_time <= after.time : max_time >= after.time;
  }
  // Whether everything in a block of these times and from this sequence number on is admitted.
  bool admits_all(base::UnixNanos min_time, base::UnixNanos max_time, uint64_t least_sequence) const {
    return !has_after && range.contains(min_time) && range.contains(max_time) &&
           least_sequence > min_sequence && max_sequence == UINT64_MAX;
  }
};

}  // namespace tripod::store
