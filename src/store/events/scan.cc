#include "store/events/scan.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "store/events/exclusions.h"
#include "store/events/filter.h"
#include "store/events/materialise.h"
#include "store/events/part_cache.h"
#include "store/events/query_limits.h"
#include "store/events/query_sources.h"
#include "store/events/query_window.h"
#include "store/events/row_filter.h"
#include "store/events/scan_result.h"
#include "store/events/top_rows.h"

namespace tripod::store {
namespace {

// One more than asked for: it says whether there is more.
size_t capacity_for(size_t limit) { return limit == SIZE_MAX ? limit : limit + 1; }
// A memory block has no indexes to end early by: the deadline is looked at in between.
constexpr size_t kBatchesPerCheck = 64;

class Scan {
 public:
  Scan(const ScanPlan& plan, const Filter& filter, QueryLimits limits)
      : window_(QueryWindow::of(plan)),
        filter_(filter),
        projection_(plan.project),
        limit_(plan.limit),
        limits_(std::move(limits)),
        parts_(filter),
        top_(plan.order, capacity_for(plan.limit)) {}

  ScanResult run(const Snapshot& snapshot) {
    exclusions_ = snapshot.exclusions.get();
    QuerySources sources(snapshot, window_, parts_, stats_);
    while (!stopped_) {
      const auto source = sources.next();
      // Sources come sorted: what is closed to this one is closed to all behind it.
      if (!source || top_.closed_to(source->min_time, source->max_time)) break;
      if (limits_.expired(stats_)) break;
      source->memory != nullptr ? collect_memory(*source) : collect_block(*source);
    }
    return finish();
  }

 private:
  void collect_memory(const Source& source) {
    const auto number = static_cast<uint32_t>(sources_.size());
    sources_.push_back(source);
    const MemoryView& view = *source.memory;
    for (size_t i = view.first_behind(window_.min_sequence); i < view.batches && !stopped_; ++i) {
      if (view.batch(i).first_sequence > window_.max_sequence) return;
      if (i % kBatchesPerCheck == 0 && limits_.expired(stats_)) return;
      collect_batch(view.batch(i), number);
    }
  }

  void collect_batch(const StoredBatch& batch, uint32_t source) {
    const RowBatch& batch_rows = *batch.rows;
    if (!window_.may_admit(batch_rows.min_time(), batch_rows.max_time(), batch.last_sequence())) return;
    const RowFilter filter(filter_, batch_rows);
    const BatchExclusions excluded(exclusions_, batch);
    const auto& rows = batch_rows.rows();
    stats_.scanned_rows += rows.size();
    stats_.scanned_bytes += batch_rows.body().size();
    for (size_t i = 0; i < rows.size() && !stopped_; ++i) {
      const Position position{rows[i].time, batch.first_sequence + i};
      if (!window_.admits(position.time, position.sequence) || !top_.wants(position)) continue;
      if (filter.matches(rows[i]) && !excluded.excludes(i)) add({position, source, static_cast<uint32_t>(i)});
    }
  }

  void add(const RowRef& ref) {
    const size_t before = top_.size();
    top_.add(ref);
    if (top_.size() > before && !limits_.reserve(sizeof(RowRef), stats_)) stopped_ = true;
  }

  void collect_block(const Source& source) {
    auto done = try_collect_block(source);
    if (!done) note_unreadable(stats_, *source.part, done.error());
  }

  base::Result<> try_collect_block(const Source& source) {
    auto open = parts_.get(*source.part);
    if (!open) return base::fail(std::move(open.error()));
    BlockReader block(*(*open)->reader, source.block, source.entry.rows);
    auto may = (*open)->filter.may_match(block);
    if (!may) return base::fail(std::move(may.error()));
    if (!*may) {
      ++stats_.pruned_blocks;
      return {};
    }
    auto candidates = wanted_rows(source, block);
    if (!candidates) return base::fail(std::move(candidates.error()));
    auto matched = (*open)->filter.match(block, *candidates);
    if (!matched) return base::fail(std::move(matched.error()));
    if (auto removed = leave_out(exclusions_, *matched, source.entry, block); !removed) return removed;
    stats_.scanned_rows += block.rows();
    auto added = matched->none() ? base::Result<>() : add_rows(source, block, *matched);
    stats_.scanned_bytes += block.bytes_read();
    return added;
  }

  // All rows that window and limit leave, without reading times where the block's range says it already.
  base::Result<Bitmap> wanted_rows(const Source& source, BlockReader& block) {
    const BlockEntry& entry = source.entry;
    if (window_.admits_all(entry.min_time, entry.max_time, entry.min_sequence) && top_.wants_all()) {
      return Bitmap(block.rows(), true);
    }
    auto times = block.times();
    if (!times) return base::fail(std::move(times.error()));
    auto sequences = block.sequences();
    if (!sequences) return base::fail(std::move(sequences.error()));
    Bitmap out(block.rows());
    for (size_t i = 0; i < block.rows(); ++i) {
      const Position position{(**times)[i], static_cast<uint64_t>((**sequences)[i])};
      if (window_.admits(position.time, position.sequence) && top_.wants(position)) out.set(i);
    }
    return out;
  }

  base::Result<> add_rows(const Source& source, BlockReader& block, const Bitmap& rows) {
    auto times = block.times();
    if (!times) return base::fail(std::move(times.error()));
    auto sequences = block.sequences();
    if (!sequences) return base::fail(std::move(sequences.error()));
    const auto number = static_cast<uint32_t>(sources_.size());
    sources_.push_back(source);
    rows.for_each([&](size_t row) {
      const Position position{(**times)[row], static_cast<uint64_t>((**sequences)[row])};
      if (!stopped_ && top_.wants(position)) add({position, number, static_cast<uint32_t>(row)});
    });
    return {};
  }

  ScanResult finish() {
    std::vector<RowRef> refs = top_.take();
    const bool more = refs.size() > limit_;
    if (more) refs.resize(limit_);
    ScanResult out = read_rows(refs, sources_, parts_, projection_, limits_, stats_);
    out.has_more = more || out.rows.size() < refs.size();
    out.stats = std::move(stats_);
    return out;
  }

  const QueryWindow window_;
  const Filter& filter_;
  const Projection projection_;
  const Exclusions* exclusions_ = nullptr;  // of the snapshot
  const size_t limit_;
  QueryLimits limits_;
  PartCache parts_;
  TopRows top_;
  std::vector<Source> sources_;  // those that rows of the result may come from
  bool stopped_ = false;         // no memory for more
  QueryStats stats_;
};

}  // namespace

base::Result<ScanResult> run_scan(const Snapshot& snapshot, const ScanPlan& plan,
                                  const base::Clock& clock, base::MemoryBudget& budget) {
  auto filter = Filter::compile(plan.filter);
  if (!filter) return base::fail(std::move(filter.error()));
  return Scan(plan, *filter, QueryLimits(plan.bounds, clock, budget)).run(snapshot);
}

}  // namespace tripod::store
