// The groups of one aggregation: found by time bucket and key values, with their counts and summaries.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
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
// NaN where it is none.
double number_of(const model::Value& value);
// Equal for values of equal text.
uint64_t distinct_hash(const model::Value& value);

// The numbers of one summarised field. Without any, least and most are the infinities.
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
  void add(const NumberSummary& more) {
    present += more.present;
    count += more.count;
    sum += more.sum;
    min = std::min(min, more.min);
    max = std::max(max, more.max);
  }
};

// Room for the groups of the answer, and as much again for what is made of them by who asked: reserved while they are gathered, so that
// a question whose answer will not fit ends early. Thread-safe; the tables of one query share it.
class AnswerRoom {
 public:
  explicit AnswerRoom(QueryLimits& limits) : limits_(limits) {}
  // The answer will have groups of at least so many bytes. False when the query would hold too much.
  bool reach(size_t bytes);

 private:
  QueryLimits& limits_;
  std::atomic<size_t> reached_{0};
};

// Each thread of a query has its own; they are merged in the end. Not thread-safe. What it holds is reserved of the query's memory,
// as it lies in memory: table, keys, summaries and sketches.
class GroupTable {
 public:
  // Of one field of one group. Numbers wait to be put into a sketch together: groups are many, and what is known of one lies in other
  // places than what is known of the next.
  struct Summary {
    std::unique_ptr<double[]> waiting;
    uint32_t waits = 0, room = 0;
    NumberSummary numbers;                      // without those that wait
    std::unique_ptr<DDSketch> sketch;           // where quantiles are asked for
    std::unique_ptr<DistinctSketch> distinct;   // where different values are counted
  };
  struct Group {
    const char* key = nullptr;   // its bucket and values: see append_key()
    uint32_t key_bytes = 0;
    uint32_t hash = 0;
    uint64_t count = 0;
    base::UnixNanos first = 0, last = 0;
    std::unique_ptr<Summary[]> values;  // by spec
    std::string_view key_view() const { return {key, key_bytes}; }
  };
  // All outlive the table.
  GroupTable(const AggregatePlan& plan, QueryLimits& limits, AnswerRoom& room);
  ~GroupTable();
  GroupTable(const GroupTable&) = delete;
  GroupTable& operator=(const GroupTable&) = delete;

  // The group of this bucket and these key values (null = missing), made when new. kResourceExhausted past max_groups or when the
  // query's memory does not allow more. Stays valid as long as the table.
  base::Result<Group*> find_or_add(uint64_t bucket, std::span<const model::Value> by);
  static void add_count(Group& group, uint64_t records) { group.count += records; }
  // Of records that are counted afterwards: their least and most time.
  static void add_times(Group& group, base::UnixNanos first, base::UnixNanos last) {
    group.first = group.count == 0 ? first : std::min(group.first, first);
    group.last = group.count == 0 ? last : std::max(group.last, last);
  }
  // Of counted records: so many have the field `spec` ...
  static void add_present(Group& group, size_t spec, uint64_t records) { group.values[spec].numbers.present += records; }
  // ... and these numbers in it, none of them NaN.
  void add_number(Summary& value, double number) {
    // A sum lies beside; the bins of a sketch lie elsewhere.
    if (value.sketch == nullptr) return value.numbers.add(number);
    if (value.waits == value.room) make_room(value);
    value.waiting[value.waits++] = number;
  }
  // ... or, where its different values are counted, any value of this distinct_hash().
  void add_distinct(Group& group, size_t spec, uint64_t hash);
  // Reserves what groups and sketches have come to take. After every few thousand records; errors as find_or_add().
  base::Result<> account();
  std::span<const ValueSpec> specs() const { return specs_; }
  // What it takes now.
  size_t memory_bytes() const;

  // Takes over all groups of `other`, a table of the same plan. Errors as find_or_add().
  base::Result<> merge(GroupTable&& other);
  // Sorted by bucket, then count descending, then key values. Leaves nothing behind.
  std::vector<AggregateGroup> take();

 private:
  struct Slot {
    uint32_t hash = 0;
    uint32_t number = 0;  // of the group, from 1; 0: empty
  };
  Slot& slot_of(uint32_t hash, std::string_view key);
  base::Result<> insert(Group& group, size_t beside);
  base::Result<Group*> add_group(uint32_t hash);
  base::Result<> account(size_t beside);
  base::Result<> check_room() const;
  size_t answer_bytes_of(std::string_view key) const;
  void make_room(Summary& value);
  void settle(Summary& value);
  void merge_group(Group& group, Group&& other);
  AggregateGroup answer_of(Group& group) const;
  void answer_values(Group& group, AggregateGroup& out) const;

  const AggregatePlan& plan_;
  QueryLimits& limits_;
  AnswerRoom& room_;
  const std::vector<ValueSpec> specs_;
  std::string key_;  // the last one looked for
  std::deque<Group> groups_;
  std::vector<Slot> slots_;  // open addressing by the hash of the key; a power of two, at most three quarters full
  std::vector<base::Arena> keys_;  // the last one takes new keys, the others came with tables
  size_t value_bytes_ = 0;   // of summaries and sketches
  size_t answer_bytes_ = 0;  // that its groups will take in the answer
  size_t reserved_ = 0;
};

}  // namespace tripod::store
