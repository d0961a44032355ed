// The answers a store must give, computed the slow and obvious way: every rule is written a second time here, without any
// code of the real evaluators.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "store/events/testing/test_events.h"

namespace tripod::store::testing {

class NaiveStore {
 public:
  struct Row {
    base::UnixNanos time;
    uint64_t sequence;
    std::map<std::string, FieldValue> fields;
  };

  void add(const TestBatch& batch, uint64_t first_sequence);
  // How many records a deletion is of; and their deletion.
  size_t count(const RemovePlan& plan) const;
  void remove(const RemovePlan& plan);
  std::vector<EventRow> scan(const ScanPlan& plan) const;
  // Groups with exact quantiles; sums are added in order of sequence.
  std::vector<AggregateGroup> aggregate(const AggregatePlan& plan) const;
  const std::vector<Row>& rows() const { return rows_; }

 private:
  std::vector<Row> rows_;
};

bool naive_match(const Predicate& predicate, const NaiveStore::Row& row);

}  // namespace tripod::store::testing
