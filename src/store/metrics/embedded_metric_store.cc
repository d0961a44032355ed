#include "store/metrics/embedded_metric_store.h"

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <limits>

#include "store/metrics/block_build.h"
#include "store/metrics/wal_record.h"

namespace tripod::store {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr size_t kChargeBytes = 256u << 10;

// What a batch may add to the head at most, roughly: charged before it is taken, corrected after.
size_t estimate_bytes(std::span<const model::SeriesSamples> series,
                      std::span<const model::SeriesExemplars> exemplars) {
  size_t bytes = 4096;
  for (const model::SeriesExemplars& one : exemplars) bytes += 64 + one.exemplars.size() * 256;
  for (const model::SeriesSamples& one : series) bytes += 64 + one.samples.size() * 8;
  return bytes;
}

base::WalOptions wal_options(const MetricStoreOptions& options, base::WalSequence least_next) {
  base::WalOptions out;
  out.dir = options.dir + "/wal";
  out.segment_bytes = options.wal_segment_bytes;
  out.max_pending_bytes = options.wal_pending_bytes;
  out.least_next = least_next;
  out.resume = true;  // make_good() sees to what was refused
  return out;
}

}  // namespace

EmbeddedMetricStore::EmbeddedMetricStore(base::Fs& fs, const base::Clock& clock,
                                         base::MemoryBudget& budget, base::Logger& logger,
                                         MetricStoreOptions options)
    : fs_(fs),
      clock_(clock),
      budget_(budget),
      logger_(logger),
      options_(std::move(options)),
      retention_ns_(options_.retention_ns),
      retention_bytes_(options_.retention_bytes),
      max_head_bytes_(options_.max_head_bytes > 0 ? options_.max_head_bytes : budget.limit() / 4),
      blocks_(fs, logger, changes_, options_.dir + "/blocks"),
      metadata_(options_.max_metadata_families),
      exemplars_(metrics::kMostExemplars,
                 std::min(metrics::kMostExemplarMemory, budget.limit() / 16)),
      series_budget_(options_.max_series),
      plan_(head_, metadata_, exemplars_, series_budget_, [this] { return charge_for(kChargeBytes); }),
      reader_(mu_, head_, blocks_, budget) {}

Result<std::unique_ptr<EmbeddedMetricStore>> EmbeddedMetricStore::open(base::Fs& fs,
                                                                       const base::Clock& clock,
                                                                       base::MemoryBudget& budget,
                                                                       base::Logger& logger,
                                                                       MetricStoreOptions options) {
  std::unique_ptr<EmbeddedMetricStore> store(
      new EmbeddedMetricStore(fs, clock, budget, logger, std::move(options)));
  if (auto loaded = store->load(); !loaded) return fail(std::move(loaded.error()));
  if (store->options_.maintenance == MetricStoreOptions::Maintenance::kThread) {
    store->maintenance_ = std::thread([raw = store.get()] { raw->run_maintenance(); });
  }
  return store;
}

EmbeddedMetricStore::~EmbeddedMetricStore() {
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (maintenance_.joinable()) maintenance_.join();
  wal_.reset();  // runs the last `done`s while everything they may look at is still there
}

Result<> EmbeddedMetricStore::load() {
  if (auto loaded = blocks_.load(); !loaded) return loaded;
  if (auto loaded = load_metadata(); !loaded) return loaded;
  if (auto loaded = load_exemplars(); !loaded) return loaded;
  if (auto replayed = replay(); !replayed) return replayed;
  if (exemplars_.size() > 0) fit_charges();
  return {};
}

Result<> EmbeddedMetricStore::load_metadata() {
  auto bytes = fs_.read_all(options_.dir + "/metadata");
  if (!bytes && bytes.error().code == Code::kNotFound) return {};
  if (!bytes) return fail(std::move(bytes.error()));
  if (auto decoded = metadata_.decode(*bytes); !decoded) {
    // Senders tell it again; nothing but help texts is missing until then.
    logger_.warn("metrics_metadata_damaged", {{"error", decoded.error().message}});
  }
  return {};
}

Result<> EmbeddedMetricStore::load_exemplars() {
  auto bytes = fs_.read_all(options_.dir + "/exemplars");
  if (!bytes && bytes.error().code == Code::kNotFound) return {};
  if (!bytes) return fail(std::move(bytes.error()));
  if (auto sequence = exemplars_.decode(*bytes)) {
    exemplars_in_file_ = *sequence;
    exemplars_written_ = exemplars_.changes();
  } else if (sequence.error().code != Code::kDataLoss) {
    return fail(std::move(sequence.error()));
  } else {
    logger_.error("metrics_exemplars_damaged", {{"error", sequence.error().message}});
  }
  return {};
}

Result<> EmbeddedMetricStore::replay() {
  const base::WalSequence in_blocks = blocks_.wal_sequence();
  const int64_t oldest_ms = (clock_.now() - retention_ns_) / base::kNanosPerMilli;
  boost::unordered_flat_map<uint64_t, metrics::Series*> by_ref;
  base::WalSequence current = 0;
  uint64_t orphans = 0;
  metrics::WalRecordVisitor visitor;
  visitor.series = [&](uint64_t ref, std::span<const model::Label> labels) {
    metrics::Series* series = &head_.find_or_create(labels);
    head_.restore_ref(*series, ref);
    by_ref[ref] = series;
  };
  visitor.metadata = [&](const model::MetricMetadata& metadata) { metadata_.set(metadata); };
  visitor.samples = [&](uint64_t ref, std::span<const model::Sample> samples) {
    auto found = by_ref.find(ref);
    if (found == by_ref.end()) {
      orphans += samples.size();
      return;
    }
    for (const model::Sample& sample : samples) {
      if (sample.time_ms >= oldest_ms) head_.add(*found->second, sample);
    }
    fit_charges();
  };
  visitor.exemplar = [&](std::span<const model::Label> series, const model::Exemplar& exemplar) {
    if (current > exemplars_in_file_ && exemplar.time_ms >= oldest_ms)
      exemplars_.add(series, exemplar);
  };
  // The file of exemplars may name records that were lost unsynced: their numbers are not to be given out again.
  const base::WalSequence least_next = std::max(in_blocks, exemplars_in_file_) + 1;
  auto wal = base::Wal::open(fs_, wal_options(options_, least_next),
                             [&](base::WalSequence sequence, std::string_view record) -> Result<> {
                               if (sequence <= in_blocks) return {};
                               current = sequence;
                               return metrics::read_wal_record(record, visitor);
                             });
  if (!wal) return fail(std::move(wal.error()));
  wal_ = std::move(*wal);
  for (const std::string& warning : wal_->warnings()) {
    logger_.error("metrics_wal_damaged", {{"error", warning}});
  }
  for (const std::string& notice : wal_->notices()) {
    logger_.info("metrics_wal_tail_cut_off", {{"detail", notice}});
  }
  if (orphans > 0) {
    logger_.error("metrics_wal_samples_lost",
                  {{"samples", static_cast<int64_t>(orphans)},
                   {"reason", "the damaged part of the log held their series"}});
  }
  cut_up_to_ = in_blocks;
  wal_->release(in_blocks);
  // The head is as old as its oldest sample says, but an old sample that came late does not force a
  // cut at once.
  head_since_ = clock_.now();
  if (head_.samples() > 0) {
    head_since_ = std::clamp(head_.min_time() * base::kNanosPerMilli,
                             clock_.now() - options_.block_duration_ns, clock_.now());
  }
  return {};
}

bool EmbeddedMetricStore::charge_for(size_t more) {
  while (charges_.size() * kChargeBytes < memory_in_use() + more) {
    auto charge = budget_.try_charge(kChargeBytes);
    if (!charge) return false;
    charges_.push_back(std::move(charge));
  }
  return true;
}

void EmbeddedMetricStore::fit_charges() {
  const size_t wanted = memory_in_use() / kChargeBytes + 1;
  while (charges_.size() < wanted) charges_.push_back(budget_.charge(kChargeBytes));
  while (charges_.size() > wanted) charges_.pop_back();
}

void EmbeddedMetricStore::append(std::span<const model::SeriesSamples> series,
                                 std::span<const model::MetricMetadata> metadata,
                                 std::span<const model::SeriesExemplars> exemplars, Done done) {
  struct State {
    MetricAppendSummary summary;
    Done done;
  };
  auto state = std::make_shared<State>();
  state->done = std::move(done);
  std::unique_lock lock(mu_);
  if (!charge_for(estimate_bytes(series, exemplars))) {
    maintenance_asked_ = true;
    lock.unlock();
    wake_.notify_all();
    state->done(fail(Code::kResourceExhausted, "metrics: the memory budget is used up"));
    return;
  }
  const base::UnixNanos now = clock_.now();
  const metrics::AppendRules rules{(now - retention_ns_) / base::kNanosPerMilli,
                                   (now + options_.max_ahead_ns) / base::kNanosPerMilli};
  if (!holds_uncut()) head_since_ = now;
  auto record = plan_.build(series, metadata, exemplars, rules, state->summary);
  if (!record) {
    fit_charges();
    maintenance_asked_ = true;
    lock.unlock();
    wake_.notify_all();
    state->done(fail(std::move(record.error())));
    return;
  }
  // The committer cannot take the record before `ordered` has run: when `done` is told, select()
  // sees the samples.
  auto appended = wal_->append(
      std::move(*record),
      [this, state](Result<base::WalSequence> written) {
        if (written) {
          state->done(std::move(state->summary));
          return;
        }
        ask_maintenance();
        state->done(fail(std::move(written.error())));
      },
      [&](base::WalSequence) {
        plan_.insert(state->summary);
        if (const auto oldest = plan_.oldest_ms()) changes_.changed_from(*oldest);
      });
  fit_charges();
  const bool ask = head_is_large() && !maintenance_asked_;
  maintenance_asked_ = maintenance_asked_ || ask;
  lock.unlock();
  if (ask) wake_.notify_all();
  if (!appended) state->done(fail(std::move(appended.error())));
}

Result<std::vector<SeriesData>> EmbeddedMetricStore::select(std::span<const LabelMatcher> matchers,
                                                            TimeRangeMs range,
                                                            SelectLimits limits) {
  return reader_.select(matchers, range, limits);
}

Result<std::unique_ptr<SeriesSet>> EmbeddedMetricStore::open_series(
    std::span<const LabelMatcher> matchers, TimeRangeMs range, const OpenOptions& options) {
  return reader_.open_series(matchers, range, options);
}

Result<std::vector<Labels>> EmbeddedMetricStore::series(std::span<const LabelMatcher> matchers,
                                                        TimeRangeMs range) {
  return reader_.series(matchers, range);
}

Result<bool> EmbeddedMetricStore::has_sample_since(std::span<const model::Label> labels, int64_t time_ms) {
  return reader_.has_sample_since(labels, time_ms);
}

Result<std::vector<std::string>> EmbeddedMetricStore::label_names(
    std::span<const LabelMatcher> matchers, TimeRangeMs range) {
  return reader_.label_names(matchers, range);
}

Result<std::vector<std::string>> EmbeddedMetricStore::label_values(
    std::string_view label, std::span<const LabelMatcher> matchers, TimeRangeMs range) {
  return reader_.label_values(label, matchers, range);
}

std::vector<Metadata> EmbeddedMetricStore::metadata() {
  std::lock_guard lock(mu_);
  return metadata_.all();
}

MetricStoreStats EmbeddedMetricStore::stats() {
  MetricStoreStats out;
  std::unique_lock lock(mu_);
  out.series = head_.index()->size();
  out.series_limits = series_budget_.limits();
  out.samples = head_.samples();
  const auto blocks = blocks_.snapshot();
  lock.unlock();
  out.failure = wal_->failure();
  out.trouble = wal_->trouble();
  out.retention_ns = retention_ns_;
  out.retention_bytes = retention_bytes_;
  out.bytes_on_disk = wal_->bytes_on_disk();
  out.blocks = blocks->size();
  for (const auto& block : *blocks) {
    out.samples += block->meta().samples;
    out.bytes_on_disk += block->bytes_on_disk();
  }
  return out;
}

std::optional<base::Error> EmbeddedMetricStore::refusal() {
  const std::string trouble = wal_->trouble();
  if (trouble.empty()) return std::nullopt;
  return base::Error{Code::kUnavailable, "metrics: " + trouble};
}

void EmbeddedMetricStore::ask_maintenance() {
  {
    std::lock_guard lock(mu_);
    maintenance_asked_ = true;
  }
  wake_.notify_all();
}

std::vector<std::string> EmbeddedMetricStore::warnings() {
  std::vector<std::string> out = blocks_.warnings();
  out.insert(out.end(), wal_->warnings().begin(), wal_->warnings().end());
  return out;
}

size_t EmbeddedMetricStore::head_memory() {
  std::lock_guard lock(mu_);
  return head_.memory();
}

Result<> EmbeddedMetricStore::flush() {
  std::lock_guard cutting(cut_mu_);
  return cut();
}

// The log may hold records although the head has no samples: exemplars, metadata, repeats.
bool EmbeddedMetricStore::holds_uncut() const {
  return head_.samples() > 0 || wal_->last_sequence() > cut_up_to_;
}

Result<> EmbeddedMetricStore::cut() {
  std::unique_lock lock(mu_);
  maintenance_asked_ = false;
  if (!holds_uncut()) return {};
  metrics::FrozenHead frozen = head_.freeze();
  const base::WalSequence sequence = wal_->last_sequence();
  const std::string metadata = metadata_.encode();
  exemplars_.drop_older((clock_.now() - retention_ns_) / base::kNanosPerMilli);
  const std::string exemplars = exemplars_.encode(sequence);
  const uint64_t exemplar_changes = exemplars_.changes();
  const base::UnixNanos frozen_at = clock_.now();
  lock.unlock();

  const uint64_t id = blocks_.next_id();
  auto write = [&]() -> Result<std::shared_ptr<metrics::Block>> {
    auto wrote = fs_.write_atomically(options_.dir + "/metadata", metadata);
    if (wrote) wrote = write_exemplars(exemplars);
    if (wrote) exemplars_written_ = exemplar_changes;
    if (wrote && frozen.series.empty()) {
      wrote = blocks_.keep_position(sequence);
      if (wrote) return nullptr;
    }
    if (wrote) {
      wrote =
          metrics::write_frozen(fs_, blocks_.dir(), std::move(frozen),
                                {.id = id, .wal_sequence = sequence, .level = 0, .replaces = {}});
    }
    if (!wrote) return fail(std::move(wrote.error()));
    return blocks_.open(id);
  };
  auto block = write();
  // It may be whole on disk although its last step failed: then it would hold the samples twice.
  if (!block) blocks_.discard(id);
  lock.lock();
  if (!block) {
    head_.unfreeze();
    return fail(std::move(block.error()));
  }
  if (*block != nullptr) blocks_.show(std::move(*block));
  cut_up_to_ = sequence;
  // Those that are gone make room for new ones, also where they are few.
  head_.drop_frozen(series_budget_.take_refused());
  head_since_ = frozen_at;
  fit_charges();
  lock.unlock();
  wal_->release(sequence);
  return {};
}

}  // namespace tripod::store
