#include "store/events/dataset_store.h"

#include <algorithm>
#include <utility>

#include "store/events/wal_record.h"

namespace tripod::store {

DatasetStore::DatasetStore(const StoreContext& context, Dataset dataset,
                           std::function<void()> wake_flusher)
    : context_(context),
      dataset_(dataset),
      wake_flusher_(std::move(wake_flusher)),
      batch_ids_(context.fs, dataset_dir(context.options, dataset) + "/BATCH_IDS"),
      retention_(context.options.retention[static_cast<size_t>(dataset)]) {}

DatasetStore::~DatasetStore() = default;

base::Result<std::unique_ptr<DatasetStore>> DatasetStore::open(const StoreContext& context,
                                                               Dataset dataset,
                                                               std::function<void()> wake_flusher) {
  std::unique_ptr<DatasetStore> store(
      new DatasetStore(context, dataset, std::move(wake_flusher)));
  auto parts = PartSet::open(context, dataset);
  if (!parts) return base::fail(std::move(parts.error()));
  store->parts_ = std::move(*parts);
  store->list_ = store->parts_->list();
  store->next_sequence_ = store->parts_->flushed_sequence() + 1;
  store->freeze_active();
  if (auto opened = store->open_batch_ids(); !opened) return base::fail(std::move(opened.error()));
  if (auto opened = store->open_deletions(); !opened) return base::fail(std::move(opened.error()));
  if (auto opened = store->open_superseded(); !opened) return base::fail(std::move(opened.error()));
  if (auto opened = store->open_log(); !opened) return base::fail(std::move(opened.error()));
  store->durable_sequence_ = store->next_sequence_ - 1;
  return store;
}

base::Result<> DatasetStore::open_batch_ids() {
  std::string damage;
  auto loaded = batch_ids_.load(damage);
  if (!damage.empty()) {
    context_.logger.warn("event_batch_ids_cut_off", {{"dataset", dataset_name(dataset_)}, {"detail", damage}});
  }
  return loaded;
}

base::Result<> DatasetStore::open_log() {
  base::WalOptions options;
  options.dir = dataset_dir(context_.options, dataset_) + "/wal";
  options.segment_bytes = context_.options.wal_segment_bytes;
  options.resume = true;  // settle() hides what was refused
  auto wal = base::Wal::open(context_.fs, std::move(options),
                             [this](base::WalSequence sequence, std::string_view record) {
                               return replay(sequence, record);
                             });
  if (!wal) return base::fail(std::move(wal.error()));
  wal_ = std::move(*wal);
  for (const std::string& warning : wal_->warnings()) {
    context_.logger.error("event_log_damaged",
                          {{"dataset", dataset_name(dataset_)}, {"detail", warning}});
  }
  for (const std::string& notice : wal_->notices()) {
    context_.logger.info("event_log_tail_cut_off",
                         {{"dataset", dataset_name(dataset_)}, {"detail", notice}});
  }
  if (auto released = release_log(); !released) {
    // The log stays as it is until the next flush.
    context_.logger.warn("event_log_not_released",
                         {{"dataset", dataset_name(dataset_)}, {"detail", released.error().message}});
  }
  return {};
}

base::Result<> DatasetStore::replay(base::WalSequence sequence, std::string_view record) {
  auto read = read_wal_record(dataset_, record);
  if (!read && read.error().code == base::Code::kDataLoss) {
    // Its checksum was right: not the disk's doing, and no reason to give up the records around it.
    context_.logger.error("event_log_record_skipped", {{"dataset", dataset_name(dataset_)},
                                                       {"record", static_cast<int64_t>(sequence)},
                                                       {"detail", read.error().message}});
    return {};
  }
  if (!read) return base::fail(std::move(read.error()));
  StoredBatch batch{read->first_sequence, std::move(read->batch), {}};
  if (batch.rows->rows().empty()) return {};
  if (read->extras.id) {
    batch_ids_.replayed({*read->extras.id, read->extras.received, batch.first_sequence, batch.rows->rows().size()});
  }
  exclusions_.settle(batch.last_sequence(), read->extras.supersedes);
  if (batch.last_sequence() <= parts_->flushed_sequence()) {
    if (exclusions_.put_in_parts(batch.last_sequence())) superseded_saved_ = false;
    releasable_ = sequence;
    in_parts_ = batch.last_sequence();
    return {};
  }
  next_sequence_ = std::max(next_sequence_, batch.last_sequence() + 1);
  // Durable already: it must be held whether the budget has room or not.
  batch.charge = context_.budget.charge(batch.rows->memory_bytes());
  add_to_memory(std::move(batch), sequence);
  return {};
}

void DatasetStore::add_to_memory(StoredBatch batch, base::WalSequence sequence, std::span<const uint64_t> supersedes) {
  bool filled = false;
  {
    std::lock_guard lock(mu_);
    exclusions_.supersede(supersedes);
    active_->add(std::move(batch), sequence, context_.clock.now());
    filled = active_->full();
    if (filled) freeze_active();
  }
  if (filled) wake_flusher_();
}

// Requires mu_ (but for open()).
void DatasetStore::freeze_active() {
  if (active_ != nullptr) frozen_.push_back(std::move(active_));
  active_ = std::make_shared<MemoryBlock>(
      MemoryBlockLimits{context_.options.flush_rows, context_.options.flush_bytes});
}

base::Result<> DatasetStore::check_room() const {
  size_t held = 0;
  {
    std::lock_guard lock(mu_);
    held = active_->bytes();
    for (const auto& block : frozen_) held += block->bytes();
  }
  if (held < context_.options.max_memory_bytes) return {};
  return base::fail(base::Code::kResourceExhausted,
                    std::string(dataset_name(dataset_)) +
                        ": too many records wait in memory to be written to disk");
}

void DatasetStore::append(const EventBatch& batch, EventStore::Done done) {
  if (batch.events.empty()) {
    done(AppendSummary{});
    return;
  }
  WalExtras extras;
  extras.supersedes.assign(batch.supersedes.begin(), batch.supersedes.end());
  if (batch.id) {
    extras.id = batch.id;
    extras.received = context_.clock.now();
    auto claimed = batch_ids_.claim(*batch.id, extras.received, std::move(done));
    if (!claimed) return;
    done = std::move(*claimed);
  }
  if (auto room = check_room(); !room) {
    wake_flusher_();
    done(base::fail(std::move(room.error())));
    return;
  }
  auto rows = RowBatch::encode(batch);
  if (!rows) {
    done(base::fail(std::move(rows.error())));
    return;
  }
  append_encoded(std::move(*rows), std::move(extras), batch, std::move(done));
}

void DatasetStore::append_encoded(RowBatch::Ptr rows, WalExtras extras, const EventBatch& from, EventStore::Done done) {
  std::string record = make_wal_record(dataset_, rows->body(), context_.options.wal_compression, extras);
  StoredBatch batch{0, std::move(rows), {}};
  batch.charge = context_.budget.try_charge(batch.rows->memory_bytes());
  // The log's copy is held until it is on disk.
  base::MemoryCharge in_flight = context_.budget.try_charge(record.size());
  if (!batch.charge || !in_flight) {
    wake_flusher_();
    done(base::fail(base::Code::kResourceExhausted, "the memory budget is used up"));
    return;
  }
  if (from.encoded != nullptr) (*from.encoded)(batch.rows);
  AppendSummary summary{0, batch.rows->rows().size()};
  // Shared: the log drops its callback without calling it when it refuses the record.
  auto shared = std::make_shared<EventStore::Done>(std::move(done));
  auto supersedes = std::make_shared<const std::vector<uint64_t>>(std::move(extras.supersedes));
  base::Result<base::WalSequence> taken;
  {
    std::lock_guard lock(append_mu_);
    summary.first_sequence = batch.first_sequence = next_sequence_;
    set_first_sequence(record, next_sequence_);
    taken = wal_->append(
        std::move(record),
        [this, shared, summary, supersedes, held = std::move(in_flight)](base::Result<base::WalSequence> synced) mutable {
          held = {};
          settle(summary, *supersedes, synced);
          if (synced) (*shared)(summary);
          else (*shared)(base::fail(std::move(synced.error())));
        },
        [&](base::WalSequence sequence) { add_to_memory(std::move(batch), sequence, *supersedes); });
    if (taken) next_sequence_ += summary.accepted;
  }
  if (taken && from.numbered != nullptr) (*from.numbered)(summary.first_sequence);
  if (!taken) (*shared)(base::fail(std::move(taken.error())));
}

// Readers see a batch before it is durable: what was refused in the end must not be found any more, nor become a part.
void DatasetStore::settle(const AppendSummary& summary, std::span<const uint64_t> supersedes,
                          const base::Result<base::WalSequence>& synced) {
  const uint64_t last = summary.first_sequence + summary.accepted - 1;
  if (synced) {
    if (!supersedes.empty()) {
      std::lock_guard lock(mu_);
      exclusions_.settle(last, supersedes);
    }
    durable_sequence_.store(last, std::memory_order_release);
    watchers_->wake();
    return;
  }
  std::lock_guard lock(mu_);
  exclusions_.refuse(summary.first_sequence, last, supersedes);
}

std::optional<base::Error> DatasetStore::refusal() const {
  const std::string trouble = wal_->trouble();
  if (trouble.empty()) return std::nullopt;
  return base::Error{base::Code::kUnavailable, std::string(dataset_name(dataset_)) + ": " + trouble};
}

Snapshot DatasetStore::snapshot() const {
  std::lock_guard lock(mu_);
  Snapshot out;
  for (const auto& block : frozen_) out.memory.push_back({block, block->batch_count()});
  out.memory.push_back({active_, active_->batch_count()});
  out.parts = list_;
  out.exclusions = exclusions_.visible();
  return out;
}

DatasetStats DatasetStore::stats() const {
  DatasetStats out;
  const Snapshot now = snapshot();
  base::UnixNanos oldest = INT64_MAX, newest = INT64_MIN;
  for (const PartPtr& part : now.parts->parts) {
    const PartFooter& footer = part->footer();
    out.rows += footer.rows;
    out.rare_fields = std::max<uint64_t>(out.rare_fields, footer.rare_fields);
    out.bytes_on_disk += part->file_bytes();
    out.last_sequence = std::max(out.last_sequence, footer.max_sequence);
    oldest = std::min(oldest, footer.min_time);
    newest = std::max(newest, footer.max_time);
  }
  for (const MemoryView& view : now.memory) {
    if (view.batches == 0) continue;
    out.rows += view.block->rows();
    out.bytes_in_memory += view.block->bytes();
    out.last_sequence = std::max(out.last_sequence, view.block->last_sequence());
    oldest = std::min(oldest, view.block->min_time());
    newest = std::max(newest, view.block->max_time());
  }
  out.parts = now.parts->parts.size();
  out.failure = wal_->failure();
  out.trouble = wal_->trouble();
  out.retention = retention();
  out.bytes_on_disk += wal_->bytes_on_disk();
  if (out.rows != 0) {
    out.oldest = oldest;
    out.newest = newest;
  }
  return out;
}

}  // namespace tripod::store
