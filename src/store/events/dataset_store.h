// One dataset of the embedded store: its log, its memory blocks and its parts.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "base/result.h"
#include "base/wal.h"
#include "store/events/batch_ids.h"
#include "store/events/exclusion_state.h"
#include "store/events/event_store.h"
#include "store/events/memory_block.h"
#include "store/events/part_set.h"
#include "store/events/snapshot.h"
#include "store/events/store_context.h"
#include "store/events/watchers.h"
#include "store/events/wal_record.h"

namespace tripod::store {

// Thread-safe. Locks are taken in this order: append_mu_ or change_mu_, the log's own, mu_.
class DatasetStore {
 public:
  // Opens the parts and replays what the log has beyond them. `wake_flusher` is called (from appending threads) when there
  // is something to flush at once.
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
  std::optional<base::Error> refusal() const;
  uint64_t durable_sequence() const { return durable_sequence_.load(std::memory_order_acquire); }
  std::unique_ptr<EventStore::Watch> watch(std::function<void()> wake) { return watchers_->add(std::move(wake)); }

  // Which memory becomes parts.
  enum class Flush : uint8_t {
    kDue,  // blocks that are full, and the current one when it is old enough
    kAll,
  };
  base::Result<> flush(Flush which);
  // One merge, if one is worth doing: true when it was done.
  base::Result<bool> merge(std::stop_token stop);
  // One step of making room of what is not found any more: a part without it, or a deletion that is done with. True when
  // there was something to do.
  base::Result<bool> clear(std::stop_token stop);
  // Drops parts past their retention, by age and by size.
  base::Result<> drop_old();
  base::Result<uint64_t> drop_oldest();
  void set_retention(Retention retention);

  // See EventStore.
  base::Result<Removal> remove(const RemovePlan& plan);
  std::vector<Removal> removals() const;

 private:
  DatasetStore(const StoreContext& context, Dataset dataset, std::function<void()> wake_flusher);
  base::Result<> open_log();
  base::Result<> open_batch_ids();
  base::Result<> open_deletions();
  base::Result<> open_superseded();
  base::Result<> save_superseded();
  base::Result<> save_deletions(std::vector<std::shared_ptr<const Deletion>> deletions, uint64_t next_id);
  base::Result<bool> finish_deletions();
  bool is_done(const Deletion& deletion, const Snapshot& now) const;
  bool is_clean(const Part& part, const Deletion& deletion) const;
  void note_clean(const Part& part, const Exclusions& exclusions);
  Exclusions certain_exclusions(uint64_t up_to = 0) const;  // see ExclusionState::certain()
  base::Result<> release_log();
  base::Result<> replay(base::WalSequence sequence, std::string_view record);
  void add_to_memory(StoredBatch batch, base::WalSequence sequence, std::span<const uint64_t> supersedes = {});
  void freeze_active();
  void look_after_log();
  void settle(const AppendSummary& summary, std::span<const uint64_t> supersedes,
              const base::Result<base::WalSequence>& synced);
  base::Result<> check_room() const;
  void append_encoded(RowBatch::Ptr rows, WalExtras extras, const EventBatch& from, EventStore::Done done);
  std::shared_ptr<const MemoryBlock> oldest_frozen() const;
  base::Result<> flush_block(const MemoryBlock& block);
  std::vector<PartPtr> choose_parts_to_merge() const;
  base::Result<bool> rewrite(const std::vector<PartPtr>& parts, std::stop_token stop);
  void note_unreadable(const std::vector<PartPtr>& parts, const base::Error& error);
  base::Result<bool> merge_parts_into_one(const std::vector<PartPtr>& parts, std::stop_token stop);
  Retention retention() const;
  base::Result<> drop(const std::vector<PartPtr>& parts, std::string_view why, base::UnixNanos forget_lost_before);
  base::Result<PartPtr> write_merged(const std::vector<PartPtr>& parts, const SequenceSet& left_out, std::stop_token stop);
  // `left_out` are records that nothing has any more after the change.
  base::Result<> commit(const PartSet::Change& change, const SequenceSet& left_out, bool flushed_oldest);

  // constant after open()
  const StoreContext context_;
  const Dataset dataset_;
  const std::function<void()> wake_flusher_;
  std::unique_ptr<PartSet> parts_;
  BatchIds batch_ids_;               // the log's callbacks use it
  const std::shared_ptr<Watchers> watchers_ = std::make_shared<Watchers>();  // as batch_ids_
  std::atomic<uint64_t> durable_sequence_{0};                                // as batch_ids_; set by them
  std::unique_ptr<base::Wal> wal_;

  // Held from numbering a batch until the log has taken it, so that both count in the same order.
  std::mutex append_mu_;
  uint64_t next_sequence_ = 1;  // guarded by append_mu_

  // One flush at a time, oldest block first.
  std::mutex flush_mu_;
  // Parts have what the log has up to this record, and up to this sequence number.
  base::WalSequence releasable_ = 0;  // guarded by flush_mu_; 0: nothing to release
  uint64_t in_parts_ = 0;             // guarded by flush_mu_
  std::string told_trouble_;          // guarded by flush_mu_: what the log of the program says of it
  bool superseded_saved_ = true;      // guarded by mu_: the file has all that records in parts supersede
  // One change of parts_ at a time. Taken after flush_mu_ and merge_mu_.
  std::mutex change_mu_;
  std::mutex merge_mu_;
  std::set<std::string> unmergeable_;  // guarded by merge_mu_: parts that could not be read
  // guarded by merge_mu_: by a deletion's id the parts that have nothing of it (found out, or written without it)
  std::map<uint64_t, std::set<std::string>> clean_;

  // Held while the file of deletions is replaced. Taken before append_mu_ and mu_.
  mutable std::mutex deletions_mu_;
  uint64_t next_deletion_ = 1;  // guarded by deletions_mu_

  mutable std::mutex mu_;
  // guarded by mu_
  std::shared_ptr<MemoryBlock> active_;
  std::deque<std::shared_ptr<MemoryBlock>> frozen_;  // oldest first; they become parts
  std::shared_ptr<const PartList> list_;             // with these, every record is in one place
  ExclusionState exclusions_;
  Retention retention_;
};

}  // namespace tripod::store
