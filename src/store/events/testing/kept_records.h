// What a store has acknowledged, batches that replace earlier records among it, and what it must find then: for tests with faults.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "store/events/testing/naive_store.h"
#include "store/events/testing/test_events.h"

namespace tripod::store::testing {

class KeptRecords {
 public:
  // Marks the batch, and sometimes has it replace records that were acknowledged.
  void prepare(RandomEvents& random, TestBatch& batch);
  // How the batch ended. Unanswered ones may be stored as a whole or not at all, which the next start decides.
  void acknowledge(const TestBatch& batch, uint64_t first_sequence);
  void leave_unanswered(TestBatch batch) { unanswered_.push_back(std::move(batch)); }

  // Empty when these are all records that must be found and no others, but for unanswered batches. Says what is wrong otherwise.
  std::string wrong(const ScanResult& found) const;
  // wrong() after a start: from now on the unanswered batches are stored or not as they are now.
  std::string wrong_after_start(const ScanResult& found);

 private:
  using BySequence = std::map<uint64_t, const EventRow*>;
  std::string wrong_row(const NaiveStore::Row& row, const BySequence& found, const std::map<int64_t, size_t>& batches) const;

  NaiveStore acknowledged_;
  std::set<uint64_t> replaced_;  // by acknowledged ones
  std::vector<TestBatch> unanswered_;
  int64_t next_batch_ = 1;
};

}  // namespace tripod::store::testing
