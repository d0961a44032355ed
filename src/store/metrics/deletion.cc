// What goes before its time: deleted by a query, or by a rule of retention of its own.
#include <algorithm>
#include <limits>

#include "store/metrics/embedded_metric_store.h"

namespace tripod::store {

using base::fail;
using base::Result;

namespace {

constexpr TimeRangeMs kAlways{std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};

}  // namespace

Result<uint64_t> EmbeddedMetricStore::delete_series(std::span<const LabelMatcher> matchers, TimeRangeMs range) {
  auto compiled = metrics::compile_matchers(matchers);
  if (!compiled) return fail(std::move(compiled.error()));
  std::lock_guard cutting(cut_mu_);
  std::unique_lock lock(mu_);
  auto active = metrics::resolve(*head_.index(), *compiled);
  if (!active) return fail(std::move(active.error()));
  // A cut takes what the log holds of them too, so that no start reads it again: repeats that memory refused, for one.
  const bool in_memory = std::ranges::any_of(*active, [&](uint32_t number) {
    return head_.index()->at(number).in_log || head_.overlaps(number, range.start, range.end);
  });
  lock.unlock();
  // Chunks of a block do not change: what comes later goes into another one and is not touched.
  if (in_memory) {
    if (auto done = cut(); !done) return fail(std::move(done.error()));
  }
  uint64_t series = 0;
  const auto blocks = blocks_.snapshot();
  for (const auto& block : *blocks) {
    auto gone = delete_of(*block, *compiled, range);
    if (!gone) return gone;
    series += *gone;
  }
  // Whatever becomes of the blocks.
  if (auto kept = blocks_.keep_position(blocks_.wal_sequence()); !kept) return fail(std::move(kept.error()));
  lock.lock();
  // Numbers may be others than before the cut.
  active = metrics::resolve(*head_.index(), *compiled);
  if (!active) return fail(std::move(active.error()));
  head_.forget_deleted(*active, range.start, range.end);
  lock.unlock();
  if (auto done = delete_exemplars(*compiled, range); !done) return fail(std::move(done.error()));
  logger_.info("metrics_series_deleted", {{"series", static_cast<int64_t>(series)}});
  return series;
}

Result<uint64_t> EmbeddedMetricStore::delete_of(const metrics::Block& block, std::span<const metrics::CompiledMatcher> matchers,
                                                TimeRangeMs range) {
  if (!block.overlaps(range.start, range.end)) return 0;
  const auto damaged = [&](base::Error error) {
    if (error.code == base::Code::kDataLoss) blocks_.set_aside(block, error);
    return fail(std::move(error));
  };
  auto ids = metrics::resolve(block.index(), matchers);
  if (!ids) return damaged(std::move(ids.error()));
  metrics::Postings gone;
  metrics::BlockSeries entry;
  for (const uint32_t id : *ids) {
    if (auto read = block.index().series(id, entry); !read) return damaged(std::move(read.error()));
    if (block.has_series_in(id, entry, range.start, range.end)) gone.push_back(id);
  }
  if (gone.empty()) return 0;
  const uint64_t count = gone.size();
  metrics::Tombstones tombstones = block.tombstones();
  tombstones.add(range, std::move(gone));
  if (auto done = blocks_.set_tombstones(block, std::move(tombstones)); !done) return fail(std::move(done.error()));
  return count;
}

Result<> EmbeddedMetricStore::delete_exemplars(std::span<const metrics::CompiledMatcher> matchers, TimeRangeMs range) {
  std::unique_lock lock(mu_);
  exemplars_.remove(matchers, range);
  fit_charges();
  // Also when nothing went now: a write before may have failed, or the log hold some that memory had no room for.
  const uint64_t changes = exemplars_.changes();
  if (changes == exemplars_written_) return {};
  // The file says up to where the log's are not to be read again.
  const std::string bytes = exemplars_.encode(wal_->last_sequence());
  lock.unlock();
  if (auto wrote = write_exemplars(bytes); !wrote) return wrote;
  exemplars_written_ = changes;
  return {};
}

Result<> EmbeddedMetricStore::write_exemplars(const std::string& bytes) {
  return fs_.write_atomically(options_.dir + "/exemplars", bytes);
}

Result<std::vector<SeriesExemplars>> EmbeddedMetricStore::exemplars(std::span<const LabelMatcher> matchers, TimeRangeMs range) {
  auto compiled = metrics::compile_matchers(matchers);
  if (!compiled) return fail(std::move(compiled.error()));
  std::unique_lock lock(mu_);
  const auto found = exemplars_.find(*compiled, range);
  lock.unlock();  // appends wait for it
  return metrics::ExemplarStore::lay_out(found);
}

Result<> EmbeddedMetricStore::set_retention_rules(std::vector<MetricRetentionRule> rules) {
  std::vector<Rule> compiled;
  for (const MetricRetentionRule& rule : rules) {
    auto matchers = metrics::compile_matchers(rule.matchers);
    if (!matchers) return fail(std::move(matchers.error()));
    compiled.push_back({std::move(*matchers), rule.age_ns});
  }
  std::lock_guard cutting(cut_mu_);
  rules_ = std::move(compiled);
  ruled_.clear();
  return {};
}

Result<> EmbeddedMetricStore::apply_rules() {
  const auto blocks = blocks_.snapshot();
  std::erase_if(ruled_, [&](const auto& done) {
    return std::ranges::none_of(*blocks, [&](const auto& block) { return block->meta().id == done.first; });
  });
  for (size_t i = 0; i < rules_.size(); ++i) {
    const int64_t oldest_ms = (clock_.now() - rules_[i].age_ns) / base::kNanosPerMilli;
    for (const auto& block : *blocks) {
      if (block->meta().max_time >= oldest_ms || ruled_.contains({block->meta().id, i})) continue;
      // Of the list as it is now: another rule may have added to what was deleted.
      const auto now = blocks_.snapshot();
      const auto shown = std::ranges::find_if(*now, [&](const auto& one) { return one->meta().id == block->meta().id; });
      if (shown == now->end()) continue;
      if (auto done = delete_of(**shown, rules_[i].matchers, kAlways); !done) return fail(std::move(done.error()));
      ruled_.emplace(block->meta().id, i);
    }
  }
  return {};
}

void EmbeddedMetricStore::set_series_limits(const SeriesLimits& limits) {
  std::lock_guard lock(mu_);
  series_budget_.set_limits(limits);
}

}  // namespace tripod::store
