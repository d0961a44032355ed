// What a dataset does in the background: memory to parts, parts to larger parts, old parts away.
#include <algorithm>
#include <utility>

#include "store/events/dataset_store.h"
#include "store/events/excluded_rows.h"
#include "store/events/flush.h"
#include "store/events/merge.h"
#include "store/events/merge_policy.h"

namespace tripod::store {

std::shared_ptr<const MemoryBlock> DatasetStore::oldest_frozen() const {
  std::lock_guard lock(mu_);
  return frozen_.empty() ? nullptr : frozen_.front();
}

// Requires flush_mu_. Finds out whether a log that refuses for want of room has some again.
void DatasetStore::look_after_log() {
  const std::string trouble = wal_->trouble();
  const bool well = wal_->retry();
  if (trouble.empty() && told_trouble_.empty()) return;
  if (!trouble.empty() && trouble != told_trouble_) {
    context_.logger.error("event_log_refuses", {{"dataset", dataset_name(dataset_)}, {"detail", trouble}});
    told_trouble_ = trouble;
  }
  if (!well) return;
  context_.logger.info("event_log_takes_again", {{"dataset", dataset_name(dataset_)}});
  told_trouble_.clear();
}

base::Result<> DatasetStore::flush(Flush which) {
  std::lock_guard one(flush_mu_);
  look_after_log();
  if (auto released = release_log(); !released) return released;
  size_t blocks = 0;
  {
    std::lock_guard lock(mu_);
    const bool old = context_.clock.now() - active_->started() >= context_.options.flush_age;
    if (!active_->empty() && (which == Flush::kAll || old)) freeze_active();
    // Those that are there now: under load there would always be another.
    blocks = frozen_.size();
  }
  for (; blocks > 0; --blocks) {
    if (auto flushed = flush_block(*oldest_frozen()); !flushed) return flushed;
  }
  return {};
}

base::Result<> DatasetStore::flush_block(const MemoryBlock& block) {
  // What the log refuses must not become durable by being in a part.
  wal_->wait_told(block.wal_sequence());
  // Of a log that has failed nobody knows whether it has its last records. The next start finds out, as long as their numbers do not count
  // as being in parts.
  if (const std::string failure = wal_->failure(); !failure.empty() && block.wal_sequence() > wal_->durable_sequence()) {
    return base::fail(base::Code::kUnavailable, failure);
  }
  const SequenceSet left_out = excluded_rows(block, certain_exclusions(block.last_sequence()));
  auto written = write_parts(block, left_out, *parts_, context_.clock.now(), context_.budget);
  if (!written) return base::fail(std::move(written.error()));
  const base::WalSequence in_parts = block.wal_sequence();
  PartSet::Change change;
  change.added = std::move(*written);
  change.flushed_sequence = block.last_sequence();
  if (auto committed = commit(change, left_out, true); !committed) return committed;
  releasable_ = in_parts;
  in_parts_ = block.last_sequence();
  return release_log();
}

// The ids of batches are kept in the log's records until they are in their own file.
base::Result<> DatasetStore::release_log() {
  if (releasable_ == 0) return {};
  if (auto saved = batch_ids_.save(in_parts_); !saved) return saved;
  if (auto saved = save_superseded(); !saved) return saved;
  wal_->release(std::exchange(releasable_, 0));
  return {};
}

// Readers change over from memory (or from the parts merged) to the new parts in one step.
base::Result<> DatasetStore::commit(const PartSet::Change& change, const SequenceSet& left_out, bool flushed_oldest) {
  std::lock_guard one(change_mu_);
  auto list = parts_->commit(change);
  if (!list) return base::fail(std::move(list.error()));
  std::lock_guard lock(mu_);
  list_ = std::move(*list);
  if (exclusions_.put_in_parts(change.flushed_sequence)) superseded_saved_ = false;
  exclusions_.forget(left_out);
  if (flushed_oldest) frozen_.pop_front();
  return {};
}

std::vector<PartPtr> DatasetStore::choose_parts_to_merge() const {
  PartList mergeable;
  for (const PartPtr& part : snapshot().parts->parts) {
    if (!unmergeable_.contains(part->name())) mergeable.parts.push_back(part);
  }
  MergePolicy policy;
  policy.fan_in = std::max<size_t>(2, context_.options.merge_fan_in);
  policy.max_rows = context_.options.max_part_rows;
  return choose_merge(mergeable, policy, context_.clock.now());
}

base::Result<bool> DatasetStore::merge(std::stop_token stop) {
  if (dataset_ == Dataset::kSpanWindow) return false;  // its parts are gone before a merge would pay
  std::lock_guard one(merge_mu_);
  const std::vector<PartPtr> parts = choose_parts_to_merge();
  if (parts.empty()) return false;
  return rewrite(parts, std::move(stop));
}

base::Result<bool> DatasetStore::rewrite(const std::vector<PartPtr>& parts, std::stop_token stop) {
  // The block being written, and what of blocks that were read to their end it points to. See merge_parts() for those being read.
  const base::MemoryCharge charge = context_.budget.try_charge(2 * context_.options.block_bytes);
  if (!charge) return base::fail(base::Code::kResourceExhausted, "no memory to merge parts");
  auto merged = merge_parts_into_one(parts, std::move(stop));
  if (!merged && merged.error().code == base::Code::kDataLoss) note_unreadable(parts, merged.error());
  return merged;
}

// The error names the part it met.
void DatasetStore::note_unreadable(const std::vector<PartPtr>& parts, const base::Error& error) {
  for (const PartPtr& part : parts) {
    if (error.message.find(part->name()) != std::string::npos) unmergeable_.insert(part->name());
  }
}

base::Result<bool> DatasetStore::merge_parts_into_one(const std::vector<PartPtr>& parts, std::stop_token stop) {
  const Exclusions exclusions = certain_exclusions();
  SequenceSet left_out;
  uint64_t rows = 0;
  for (const PartPtr& part : parts) {
    auto excluded = excluded_rows(*part, exclusions);
    if (!excluded) return base::fail(std::move(excluded.error()));
    left_out.insert(*excluded);
    rows += part->footer().rows;
  }
  PartSet::Change change;
  change.removed = parts;
  if (left_out.size() < rows) {
    auto written = write_merged(parts, left_out, stop);
    if (!written) return base::fail(std::move(written.error()));
    note_clean(**written, exclusions);
    change.added = {*written};
  }
  if (auto committed = commit(change, left_out, false); !committed) return base::fail(std::move(committed.error()));
  return true;
}

base::Result<PartPtr> DatasetStore::write_merged(const std::vector<PartPtr>& parts, const SequenceSet& left_out,
                                                 std::stop_token stop) {
  base::UnixNanos created = INT64_MIN;
  std::vector<uint64_t> numbers;
  for (const PartPtr& part : parts) {
    created = std::max(created, part->footer().created);
    numbers.push_back(number_of_part(*part));
  }
  auto part = parts_->new_part_beside(*parts.front());
  if (!part) return base::fail(std::move(part.error()));
  if (auto done = merge_parts(parts, left_out, (*part)->writer(), context_.budget, std::move(stop)); !done) {
    return base::fail(std::move(done.error()));
  }
  return (*part)->publish(created, std::move(numbers));
}

}  // namespace tripod::store
