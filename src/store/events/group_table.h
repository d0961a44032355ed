// The groups of one aggregation: found by time bucket and key values, with their counts and summaries.
#pragma once

#include <algorithm>
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
#include "store/events/distinct_sketch.h"
#include "store/events/event_store.h"
#include "store/events/plan.h"
#include "store/events/query_limits.h"

namespace tripod::store {

// The number of `time`'s bucket counted from first_bucket(); differences past 63 bits do not overflow. 0 when step is 0.
inline uint64_t bucket_number(const AggregatePlan& plan, base::UnixNanos time) {
  if (plan.step == 0) return 0;
  return (static_cast<uint64_t>(time) - static_cast<uint64_t>(plan.first_bucket())) /
         static_cast<uint64_t>(plan.step);
}

// What a plan summarises: `value` first where it is named, then `values`.
std::vector<ValueSpec> summarised_values(const AggregatePlan& plan);
// A field's name and, behind it, what is asked where a record lacks it.
std::vector<std::string> with_fallbacks(const AggregatePlan& plan, const std::string& field);
// Equal for values of equal text.
uint64_t distinct_hash(const model::Value& value);

// Not thread-safe.
class GroupTable {
 public:
  struct Group {
    AggregateGroup out;  // with a summary for each of summarised_values() until take()
    std::string key;
  };
  GroupTable(const AggregatePlan& plan, QueryLimits& limits, QueryStats& stats)
      : plan_(plan), limits_(limits), stats_(stats), specs_(summarised_values(plan)) {}

  // The group of this bucket and these key values (null = missing), made when new. kResourceExhausted past max_groups;
  // nullptr when the query's memory does not allow another (noted as incomplete). Stays valid as long as the table.
  base::Result<Group*> find_or_add(uint64_t bucket, std::span<const model::Value> by);
  static void add_count(Group& group, uint64_t records) { group.out.count += records; }
  static void add_present(Group& group, size_t spec) { ++group.out.values[spec].present; }
  // Before the record is counted.
  static void add_time(Group& group, base::UnixNanos time) {
    AggregateGroup& out = group.out;
    out.first = out.count == 0 ? time : std::min(out.first, time);
    out.last = out.count == 0 ? time : std::max(out.last, time);
  }
  // The field `spec` of a counted record holds a number (one that is NaN is none) ...
  void add_number(Group& group, size_t spec, double number);
  // ... or, where its different values are counted, any value of this distinct_hash().
  void add_distinct(Group& group, size_t spec, uint64_t hash);
  std::span<const ValueSpec> specs() const { return specs_; }

  // Sorted by bucket, then count descending, then key values. Leaves nothing behind.
  std::vector<AggregateGroup> take();

 private:
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const;
  };
  base::Result<Group*> add_group(uint64_t bucket, std::span<const model::Value> by);
  void finish(AggregateGroup& group) const;

  const AggregatePlan& plan_;
  QueryLimits& limits_;
  QueryStats& stats_;
  const std::vector<ValueSpec> specs_;
  std::string key_;  // the last one looked for
  std::deque<Group> groups_;
  std::unordered_map<std::string_view, Group*, TextHash, std::equal_to<>> by_key_;
};

}  // namespace tripod::store
