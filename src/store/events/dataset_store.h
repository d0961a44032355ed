// One dataset of the embedded store: its log, its memory blocks and its parts.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "base/wal.h"
#include "store/events/event_store.h"
#include "store/events/event_store_options.h"
#include "store/events/memory_block.h"
#include "store/events/snapshot.h"

namespace tripod::store {

// What every dataset shares with the store around it. All outlive it.
struct StoreContext {
  base::Fs& fs;
  const base::Clock& clock;
  base::MemoryBudget& budget;
  base::Logger& logger;
  const EventStoreOptions& options;
};

// Thread-safe.
class DatasetStore {
 public:
  // Replays the log. `wake_flusher` is called (from appending threads) when there is something to flush at once.
  static base::Result<std::unique_ptr<DatasetStore>> open(const StoreContext& context,
                                                          Dataset dataset,
                                                          std::function<void()> wake_flusher);
  DatasetStore(const DatasetStore&) = delete;
  DatasetStore& operator=(const DatasetStore&) = delete;
  // Commits what was appended; does not flush.
  ~DatasetStore();

  void append(const EventBatch& batch, EventStore::Done done);
  Snapshot snapshot() const;
  DatasetStats stats() const;

 private:
  DatasetStore(const StoreContext& context, Dataset dataset, std::function<void()> wake_flusher);
  base::Result<> open_log();
  base::Result<> replay(base::WalSequence sequence, std::string_view record);
  void add_to_memory(StoredBatch batch, base::WalSequence sequence);
  base::Result<> check_room() const;
  void append_encoded(RowBatch::Ptr rows, EventStore::Done done);

  const StoreContext context_;
  const Dataset dataset_;
  const std::string dir_;
  const std::function<void()> wake_flusher_;
  std::unique_ptr<base::Wal> wal_;  // set once by open()

  // Held from numbering a batch until the log has taken it, so that both count in the same order. Taken before mu_.
  std::mutex append_mu_;
  uint64_t next_sequence_ = 1;  // guarded by append_mu_

  mutable std::mutex mu_;
  // guarded by mu_
  std::shared_ptr<MemoryBlock> active_;
  std::deque<std::shared_ptr<MemoryBlock>> frozen_;  // oldest first; full, being written as parts
};

}  // namespace tripod::store
