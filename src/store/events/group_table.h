// The groups of one aggregation: found by time bucket and key values, with their counts and summaries.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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

// What a block adds to one summarised field of one group.
struct NumberSummary {
  uint64_t present = 0;
  uint64_t count = 0;
  double sum = 0;
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();

  void add(double number) {
    ++count;
    sum += number;
    min = std::min(min, number);
    max = std::max(max, number);
  }
};

// Each thread of a query has its own; they are merged in the end. Not thread-safe.
class GroupTable {
 public:
  struct Group {
    AggregateGroup out;  // with a summary for each of summarised_values() until take()
    std::string key;
    size_t sketch_bytes = 0;  // reserved for its sketches
  };
  GroupTable(const AggregatePlan& plan, QueryLimits& limits)
      : plan_(plan), limits_(limits), specs_(summarised_values(plan)), slots_(64) {}

  // The group of this bucket and these key values (null = missing), made when new. kResourceExhausted past max_groups;
  // nullptr when the query's memory does not allow another. Stays valid as long as the table.
  base::Result<Group*> find_or_add(uint64_t bucket, std::span<const model::Value> by);
  static void add_count(Group& group, uint64_t records) { group.out.count += records; }
  static void add_present(Group& group, size_t spec) { ++group.out.values[spec].present; }
  // Of records that are counted afterwards: their least and most time.
  static void add_times(Group& group, base::UnixNanos first, base::UnixNanos last) {
    AggregateGroup& out = group.out;
    out.first = out.count == 0 ? first : std::min(out.first, first);
    out.last = out.count == 0 ? last : std::max(out.last, last);
  }
  // The field `spec` of a counted record holds a number (one that is NaN is none) ...
  void add_number(Group& group, size_t spec, double number);
  // ... or several counted records do; their numbers go into the sketch by themselves.
  static void add_numbers(Group& group, size_t spec, const NumberSummary& numbers);
  // ... or, where its different values are counted, any value of this distinct_hash().
  void add_distinct(Group& group, size_t spec, uint64_t hash);
  // Sketches of the group have grown by direct use.
  void reserve_sketches(Group& group);
  std::span<const ValueSpec> specs() const { return specs_; }

  // Takes over all groups of `other`, a table of the same plan. Errors as find_or_add().
  base::Result<> merge(GroupTable&& other);
  // Sorted by bucket, then count descending, then key values. Leaves nothing behind.
  std::vector<AggregateGroup> take();

 private:
  struct Slot {
    uint64_t hash = 0;
    Group* group = nullptr;
  };
  Slot& slot_of(uint64_t hash, std::string_view key);
  base::Result<Group*> add_group(uint64_t bucket, std::span<const model::Value> by);
  base::Result<> check_room() const;
  void insert(uint64_t hash, Group& group);
  static void merge_group(Group& group, Group&& other);
  void finish(AggregateGroup& group) const;

  const AggregatePlan& plan_;
  QueryLimits& limits_;
  const std::vector<ValueSpec> specs_;
  std::string key_;  // the last one looked for
  std::deque<Group> groups_;
  std::vector<Slot> slots_;  // open addressing by the hash of the key; a power of two, at most half full
};

}  // namespace tripod::store
