// Groups of several datasets' aggregations as one. Private to query/search.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "query/search/answer.h"
#include "query/search/question.h"

namespace tripod::query::search {

// Where a measure finds its value: a ValueSpec of the plan, none for counted records.
struct MeasureSource {
  size_t spec = SIZE_MAX;
};

// One line of a table or one point of a series before its measures are calculated.
struct Group {
  base::UnixNanos bucket = 0;
  std::vector<Cell> keys;
  uint64_t count = 0;
  std::vector<store::ValueSummary> values;  // with their sketches
};

// What the store is asked for one part. kUnsupported where two names of the question want different fallbacks for one field.
base::Result<store::AggregatePlan> plan_of(const Question::Part& part, const Aggregation& aggregation);
// By measure; the same for every part.
std::vector<MeasureSource> sources_of(const Aggregation& aggregation);

// Groups by bucket and keys, keys by their text: 5 and "5" are one. Not thread-safe.
class GroupMerge {
 public:
  void add(std::vector<store::AggregateGroup> groups);
  // A group of nothing, where there is none: a count of no records is 0.
  void add_empty(size_t values);
  std::vector<Group> take();
  bool empty() const { return groups_.empty(); }

 private:
  std::vector<Group> groups_;
  std::unordered_map<std::string, size_t> index_;
};

// A measure of a group. `seconds` is what a rate is divided by.
Cell value_of(const Measure& measure, const MeasureSource& source, const Group& group, double seconds);

}  // namespace tripod::query::search
