// The groups of one aggregation: found by time bucket and key values, with their counts and summaries.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/value.h"
#include "store/events/ddsketch.h"
#include "store/events/event_store.h"
#include "store/events/plan.h"
#include "store/events/query_limits.h"

namespace tripod::store {

// The number of `time`'s bucket counted from range.start; differences past 63 bits do not overflow. 0 when step is 0.
inline uint64_t bucket_number(const AggregatePlan& plan, base::UnixNanos time) {
  if (plan.step == 0) return 0;
  return (static_cast<uint64_t>(time) - static_cast<uint64_t>(plan.range.start)) /
         static_cast<uint64_t>(plan.step);
}

// Not thread-safe.
class GroupTable {
 public:
  struct Group {
    AggregateGroup out;
    std::string key;
    std::unique_ptr<DDSketch> sketch;  // when quantiles are asked for
  };
  GroupTable(const AggregatePlan& plan, QueryLimits& limits, QueryStats& stats)
      : plan_(plan), limits_(limits), stats_(stats) {}

  // The group of this bucket and these key values (null = missing), made when new. kResourceExhausted past max_groups;
  // nullptr when the query's memory does not allow another (noted as incomplete). Stays valid as long as the table.
  base::Result<Group*> find_or_add(uint64_t bucket, std::span<const model::Value> by);
  // One record of the group whose value field holds `value` (null or not a number: it only counts).
  void add(Group& group, const model::Value& value);
  static void add_count(Group& group, uint64_t records) { group.out.count += records; }

  // Sorted by bucket, then count descending, then key values. Leaves nothing behind.
  std::vector<AggregateGroup> take();

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const;
  };
  base::Result<Group*> add_group(uint64_t bucket, std::span<const model::Value> by);

  const AggregatePlan& plan_;
  QueryLimits& limits_;
  QueryStats& stats_;
  std::string key_;  // the last one looked for
  std::deque<Group> groups_;
  std::unordered_map<std::string_view, Group*, TextHash, std::equal_to<>> by_key_;
};

}  // namespace tripod::store
