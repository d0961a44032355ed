// The event store inside the process: row log, memory blocks and columnar parts on local disk.
// On-disk layout: docs/formats/events.md.
#pragma once

#include <array>
#include <memory>

#include "base/clock.h"
#include "base/fs.h"
#include "base/log.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "store/events/event_store.h"
#include "store/events/event_store_options.h"

namespace tripod::store {

// Thread-safe. Queries run on the caller's thread; one thread flushes, another merges and drops. Destruction commits what was appended (every `done` has run when it
// returns) and does not flush: the log keeps it.
class EmbeddedEventStore final : public EventStore {
 public:
  // Everything given outlives the store. Makes the folder when missing; replays what was not flushed. Damaged or foreign
  // files are set aside and logged; errors are those of the file system and of files of a newer version.
  static base::Result<std::unique_ptr<EmbeddedEventStore>> open(base::Fs& fs,
                                                                const base::Clock& clock,
                                                                base::MemoryBudget& budget,
                                                                base::Logger& logger,
                                                                EventStoreOptions options);
  ~EmbeddedEventStore() override;

  void append(const EventBatch& batch, Done done) override;
  base::Result<ScanResult> scan(const ScanPlan& plan) override;
  base::Result<AggregateResult> aggregate(const AggregatePlan& plan) override;
  base::Result<std::vector<FieldInfo>> fields(Dataset dataset, TimeRange range) override;
  DatasetStats stats(Dataset dataset) override;
  std::optional<base::Error> refusal() override;
  uint64_t durable_sequence(Dataset dataset) override;
  std::unique_ptr<Watch> watch(Dataset dataset, std::function<void()> wake) override;
  base::Result<Removal> remove(const RemovePlan& plan) override;
  std::vector<Removal> removals(Dataset dataset) override;
  void set_retention(Dataset dataset, Retention retention) override;
  base::Result<uint64_t> drop_oldest(Dataset dataset) override;
  base::Result<> flush() override;
  // Everything the background threads do, once: what is due to be flushed, all merges worth doing, retention. The first
  // error is returned, the rest done all the same. For stores opened without background threads.
  base::Result<> maintain();

 private:
  class Impl;
  explicit EmbeddedEventStore(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace tripod::store
