// The ids of the batches that a dataset has stored: a batch that is sent again is answered from here.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/events/batch_id_file.h"
#include "store/events/event_store.h"

namespace tripod::store {

struct BatchIdLimits {
  size_t most = 100'000;
  int64_t age = base::kNanosPerDay;
};

// Thread-safe, but for load(), replayed() and save(), which are externally synchronised with each other.
// An id is in the log's record of its batch until the record is in parts, and then, before the log lets go of it, in the file.
class BatchIds {
 public:
  BatchIds(base::Fs& fs, std::string path, BatchIdLimits limits = {});

  // Reads the file; `damage` says what of it could not be read. kUnsupported for a newer version.
  base::Result<> load(std::string& damage);
  // The log had this batch.
  void replayed(const StoredBatchId& batch);

  // The caller's batch is the first of its id: what comes back is to be called with its outcome, and answers `done` and the
  // repeats that came meanwhile. nullopt: it is a repeat, and `done` is or will be answered.
  std::optional<EventStore::Done> claim(const BatchId& id, base::UnixNanos now, EventStore::Done done);

  // Writes the ids of batches up to this sequence number. After an error the next call tries again.
  base::Result<> save(uint64_t up_to_sequence);

 private:
  struct Hash {
    size_t operator()(const BatchId& id) const { return id.high ^ (id.low * 0x9e3779b97f4a7c15ULL); }
  };
  void settle(const BatchId& id, base::UnixNanos received, EventStore::Done& first, base::Result<AppendSummary> result);
  void remember(const StoredBatchId& batch, bool saved);  // requires mu_
  void forget_old(base::UnixNanos now);                   // requires mu_

  const BatchIdLimits limits_;
  BatchIdFile file_;

  std::mutex mu_;
  // guarded by mu_
  // By an id whose batch is on its way: who waits for it besides the one who brought it first.
  std::unordered_map<BatchId, std::vector<EventStore::Done>, Hash> in_flight_;
  std::deque<StoredBatchId> stored_;  // in order of their sequence numbers
  uint64_t forgotten_ = 0;            // so many were in front of stored_ before
  std::unordered_map<BatchId, uint64_t, Hash> places_;  // forgotten_ + index in stored_
  size_t unsaved_ = 0;                // the last ones of stored_ are not in the file
};

}  // namespace tripod::store
