// What the embedded metric store does by itself: cuts, retention, merges.
#include <algorithm>
#include <chrono>
#include <utility>

#include "store/metrics/block_build.h"
#include "store/metrics/embedded_metric_store.h"

namespace tripod::store {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr std::chrono::seconds kMaintenanceInterval(10);
// While the disk is full: who sends is waiting for room.
constexpr std::chrono::seconds kRefusingInterval(2);

int64_t newest_sample(const std::shared_ptr<metrics::Block>& block) { return block->meta().max_time; }

}  // namespace

bool EmbeddedMetricStore::cut_is_due() {
  std::lock_guard lock(mu_);
  const bool asked = std::exchange(maintenance_asked_, false);
  if (!holds_uncut()) return false;
  return asked || head_is_large() ||
         clock_.now() - head_since_ >= options_.block_duration_ns;
}

// Labels stay when a block takes the samples away: where they alone are many, a block is worth its cost only with some samples.
bool EmbeddedMetricStore::head_is_large() const {
  return head_.memory() > max_head_bytes_ && head_.chunk_memory() > max_head_bytes_ / 4;
}

// After a write that the log refused, memory holds samples that the log does not, and series that the log knows no labels of:
// all of memory becomes a block before anything new is acknowledged.
Result<> EmbeddedMetricStore::make_good() {
  const std::string trouble = wal_->trouble();
  if (trouble.empty()) return {};
  std::unique_lock lock(mu_);
  if (!was_refusing_) logger_.error("metrics_log_refuses", {{"detail", trouble}});
  was_refusing_ = true;
  const std::string metadata = metadata_.encode();
  lock.unlock();
  if (auto done = fs_.write_atomically(options_.dir + "/metadata", metadata); !done) return done;
  if (auto done = cut(); !done) return done;
  lock.lock();
  head_.forget_logged();
  lock.unlock();
  if (!wal_->retry()) return fail(Code::kUnavailable, wal_->trouble());
  lock.lock();
  was_refusing_ = false;
  logger_.info("metrics_log_takes_again");
  return {};
}

Result<> EmbeddedMetricStore::cut_if_due() {
  std::lock_guard cutting(cut_mu_);
  if (auto done = make_good(); !done) return done;
  return cut_is_due() ? cut() : Result<>();
}

Result<> EmbeddedMetricStore::maintain() {
  std::unique_lock cutting(cut_mu_);
  if (auto done = make_good(); !done) {
    apply_retention();  // it may make the room that is wanted
    return done;
  }
  if (cut_is_due()) {
    if (auto done = cut(); !done) return done;
  }
  apply_retention();
  if (auto done = apply_rules(); !done) return done;
  cutting.unlock();
  return merge();
}

void EmbeddedMetricStore::apply_retention() {
  const uint64_t most_bytes = retention_bytes_;
  const int64_t oldest_ms = (clock_.now() - retention_ns_) / base::kNanosPerMilli;
  uint64_t bytes = 0;
  metrics::Blocks blocks = *blocks_.snapshot();
  for (const auto& block : blocks) bytes += block->bytes_on_disk();
  // The oldest samples go first, however late they came in.
  std::ranges::stable_sort(blocks, {}, newest_sample);
  for (const auto& block : blocks) {
    const bool too_old = block->meta().max_time < oldest_ms;
    const bool too_much = most_bytes > 0 && bytes > most_bytes;
    if (!too_old && !too_much) continue;
    logger_.info("metrics_block_dropped",
                 {{"block", metrics::block_name(block->meta().id)},
                  {"reason", too_old ? "retention" : "retention by size"}});
    bytes -= block->bytes_on_disk();
    blocks_.remove(*block);
  }
}

void EmbeddedMetricStore::set_retention(int64_t age_ns, uint64_t bytes) {
  retention_ns_ = age_ns;
  retention_bytes_ = bytes;
}

uint64_t EmbeddedMetricStore::drop_oldest() {
  std::lock_guard cutting(cut_mu_);
  const auto blocks = blocks_.snapshot();
  if (blocks->empty()) return 0;
  const auto& oldest = *std::ranges::min_element(*blocks, {}, newest_sample);
  logger_.info("metrics_block_dropped", {{"block", metrics::block_name(oldest->meta().id)}, {"reason", "disk"}});
  blocks_.remove(*oldest);
  return oldest->bytes_on_disk();
}

// After each one whoever waits for a cut, a deletion or the end gets its turn: many blocks may have to be written anew.
Result<> EmbeddedMetricStore::merge() {
  std::set<uint64_t> skipped;
  for (;;) {
    std::lock_guard cutting(cut_mu_);
    {
      std::lock_guard lock(mu_);
      if (stopping_) return {};
    }
    if (cut_is_due()) {
      if (auto done = cut(); !done) return done;
    }
    const auto merged = merge_next(skipped);
    if (!merged) return fail(merged.error());
    if (!*merged) return {};
  }
}

Result<bool> EmbeddedMetricStore::merge_next(std::set<uint64_t>& skipped) {
  // A tenth of the retention and at most 31 days, as in Prometheus: what is dropped late is small against what is kept.
  const int64_t max_span_ms = std::min<int64_t>(retention_ns_ / 10, 31 * base::kNanosPerDay) / base::kNanosPerMilli;
  const auto chosen = metrics::choose_merge(*blocks_.snapshot(), max_span_ms, skipped);
  if (chosen.empty()) return false;
  metrics::BlockOrigin origin;
  size_t index_bytes = 0;
  for (const auto& block : chosen) {
    origin.wal_sequence = std::max(origin.wal_sequence, block->meta().wal_sequence);
    origin.level = block->meta().level + (chosen.size() > 1 ? 1 : 0);
    origin.replaces.push_back(block->meta().id);
    index_bytes += block->meta().index_bytes;
  }
  // The new index is gathered in memory, in a form about four times as large. No memory now: others are merged, and the
  // largest of these in a later round.
  const auto charge = budget_.try_charge(index_bytes * 4);
  if (!charge) {
    const auto index_bytes_of = [](const auto& block) { return block->meta().index_bytes; };
    skipped.insert((*std::ranges::max_element(chosen, {}, index_bytes_of))->meta().id);
    return true;
  }
  const uint64_t id = blocks_.next_id();
  origin.id = id;
  auto merged = metrics::merge_blocks(fs_, blocks_.dir(), chosen, std::move(origin));
  if (!merged) {
    blocks_.discard(id);
    if (merged.error().damaged != nullptr && merged.error().error.code == Code::kDataLoss) {
      blocks_.set_aside(*merged.error().damaged, merged.error().error);
      return true;
    }
    return fail(std::move(merged.error().error));
  }
  auto block = blocks_.open(id);
  if (!block) {
    blocks_.discard(id);
    return fail(std::move(block.error()));
  }
  blocks_.show(*block);
  blocks_.remove_replaced(**block);
  return true;
}

void EmbeddedMetricStore::run_maintenance() {
  std::unique_lock lock(mu_);
  while (!stopping_) {
    wake_.wait_for(lock, kMaintenanceInterval, [&] { return stopping_ || maintenance_asked_; });
    if (stopping_) return;
    lock.unlock();
    auto done = maintain();
    if (!done) logger_.error("metrics_maintenance_failed", {{"error", done.error().message}});
    lock.lock();
    if (!done) {
      // Appends go on asking while memory is short: wait before the next try, so that a full disk
      // is not hammered.
      wake_.wait_for(lock, was_refusing_ ? kRefusingInterval : kMaintenanceInterval, [&] { return stopping_; });
    }
  }
}

}  // namespace tripod::store
