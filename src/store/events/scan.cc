#include "store/events/scan.h"

#include <algorithm>
#include <atomic>
#include <mutex>
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
// A query that ends sooner is not worth waking anybody for.
constexpr size_t kSourcesAlone = 2;

// What the threads of one scan share: the rows found so far.
class Findings {
 public:
  Findings(const ScanPlan& plan, QueryLimits& limits) : limits_(limits), top_(plan.order, capacity_for(plan.limit)) {}

  // Sources come sorted: what is closed to one is closed to all behind it.
  bool closed_to(const Source& source) const {
    std::lock_guard lock(mu_);
    return stopped_ || top_.closed_to(source.min_time, source.max_time);
  }
  // What a record must come before to be wanted now; later it may be less. nullopt: nothing.
  std::optional<Position> bound() const {
    std::lock_guard lock(mu_);
    return top_.bound();
  }
  // False when there is no memory for more.
  bool add(const Source& source, std::span<const RowRef> rows) {
    std::lock_guard lock(mu_);
    bool kept = false;
    for (RowRef row : rows) {
      if (stopped_ || !top_.wants(row.position)) continue;
      row.source = static_cast<uint32_t>(sources_.size());
      const size_t before = top_.size();
      top_.add(row);
      kept = true;
      if (top_.size() > before && !limits_.reserve(sizeof(RowRef))) stopped_ = true;
    }
    if (kept) sources_.push_back(source);
    return !stopped_;
  }

  // When all threads are done. Where memory ended, others may come before those that were found: none is known to be among the first.
  bool stopped() const { return stopped_; }
  std::vector<RowRef> take_rows() { return stopped_ ? std::vector<RowRef>() : top_.take(); }
  const std::vector<Source>& sources() const { return sources_; }

 private:
  QueryLimits& limits_;
  mutable std::mutex mu_;
  // guarded by mu_
  TopRows top_;
  std::vector<Source> sources_;  // those that rows may come from
  bool stopped_ = false;         // no memory for more
};

// What one scan's threads refer to.
struct ScanJob {
  const ScanPlan& plan;
  const Filter& filter;
  const Exclusions* exclusions;
  QueryWindow window;
  QueryLimits& limits;
  QuerySources& sources;
  Findings& findings;
};

// The work of one thread.
class ScanWorker {
 public:
  explicit ScanWorker(const ScanJob& job) : job_(job), parts_(job.filter) {}

  // Works off `most` sources; false when there are no more, or none is needed.
  bool run(size_t most) {
    for (size_t i = 0; i < most; ++i) {
      const auto source = job_.sources.next();
      if (!source || job_.findings.closed_to(*source) || job_.limits.expired()) return false;
      if (source->memory != nullptr) {
        collect_memory(*source);
      } else if (auto done = collect_block(*source); !done) {
        note_unreadable(stats_, *source->part, done.error());
      }
    }
    return true;
  }
  QueryStats& stats() { return stats_; }

 private:
  bool comes_before(const Position& a, const Position& b) const {
    return job_.plan.order == Order::kNewestFirst ? a > b : a < b;
  }
  bool wants(const Position& position, const std::optional<Position>& bound) const {
    return job_.window.admits(position.time, position.sequence) && (!bound || comes_before(position, *bound));
  }

  void collect_memory(const Source& source) {
    const MemoryView& view = *source.memory;
    for (size_t i = view.first_behind(job_.window.min_sequence); i < view.batches; ++i) {
      if (view.batch(i).first_sequence > job_.window.max_sequence) return;
      if (i % kBatchesPerCheck == 0 && job_.limits.expired()) return;
      if (!collect_batch(source, view.batch(i))) return;
    }
  }

  bool collect_batch(const Source& source, const StoredBatch& batch) {
    const RowBatch& batch_rows = *batch.rows;
    if (!job_.window.may_admit(batch_rows.min_time(), batch_rows.max_time(), batch.last_sequence())) return true;
    const RowFilter filter(job_.filter, batch_rows);
    const BatchExclusions excluded(job_.exclusions, batch);
    const auto bound = job_.findings.bound();
    const auto& rows = batch_rows.rows();
    stats_.scanned_rows += rows.size();
    stats_.scanned_bytes += batch_rows.body().size();
    found_.clear();
    for (size_t i = 0; i < rows.size(); ++i) {
      const Position position{rows[i].time, batch.first_sequence + i};
      if (!wants(position, bound) || !filter.matches(rows[i]) || excluded.excludes(i)) continue;
      found_.push_back({position, 0, static_cast<uint32_t>(i)});
    }
    return found_.empty() || job_.findings.add(source, found_);
  }

  base::Result<> collect_block(const Source& source) {
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
    if (auto removed = leave_out(job_.exclusions, *matched, source.entry, block); !removed) return removed;
    stats_.scanned_rows += block.rows();
    auto added = matched->none() ? base::Result<>() : add_rows(source, block, *matched);
    stats_.scanned_bytes += block.bytes_read();
    return added;
  }

  // All rows that window and limit leave, without reading times where the block's range says it already.
  base::Result<Bitmap> wanted_rows(const Source& source, BlockReader& block) {
    const BlockEntry& entry = source.entry;
    const auto bound = job_.findings.bound();
    if (job_.window.admits_all(entry.min_time, entry.max_time, entry.min_sequence) && !bound) {
      return Bitmap(block.rows(), true);
    }
    auto times = block.times();
    if (!times) return base::fail(std::move(times.error()));
    auto sequences = block.sequences();
    if (!sequences) return base::fail(std::move(sequences.error()));
    Bitmap out(block.rows());
    for (size_t i = 0; i < block.rows(); ++i) {
      if (wants({(**times)[i], static_cast<uint64_t>((**sequences)[i])}, bound)) out.set(i);
    }
    return out;
  }

  base::Result<> add_rows(const Source& source, BlockReader& block, const Bitmap& rows) {
    auto times = block.times();
    if (!times) return base::fail(std::move(times.error()));
    auto sequences = block.sequences();
    if (!sequences) return base::fail(std::move(sequences.error()));
    found_.clear();
    rows.for_each([&](size_t row) {
      found_.push_back({{(**times)[row], static_cast<uint64_t>((**sequences)[row])}, 0, static_cast<uint32_t>(row)});
    });
    (void)job_.findings.add(source, found_);
    return {};
  }

  const ScanJob& job_;
  PartCache parts_;
  QueryStats stats_;
  std::vector<RowRef> found_;  // of the batch or block being read
};

}  // namespace

base::Result<ScanResult> run_scan(const Snapshot& snapshot, const ScanPlan& plan, const QueryContext& context) {
  auto filter = Filter::compile(plan.filter);
  if (!filter) return base::fail(std::move(filter.error()));
  QueryLimits limits(plan.bounds, context.clock, context.budget);
  const QueryWindow window = QueryWindow::of(plan);
  QuerySources sources(snapshot, window);
  Findings findings(plan, limits);
  const ScanJob job{plan, *filter, snapshot.exclusions.get(), window, limits, sources, findings};
  QueryStats stats;
  std::mutex stats_mu;
  auto work = [&](size_t most) {
    ScanWorker worker(job);
    const bool more = worker.run(most);
    std::lock_guard lock(stats_mu);
    add_stats(stats, std::move(worker.stats()));
    return more;
  };
  {
    QueryTeam team(context.pool, [&] { work(SIZE_MAX); });
    if (work(kSourcesAlone)) {
      team.call_helpers();
      work(SIZE_MAX);
    }
  }
  if (limits.cancelled()) return base::fail(base::Code::kCancelled, "the query was cancelled");
  std::vector<RowRef> refs = findings.take_rows();
  const bool more = refs.size() > plan.limit;
  if (more) refs.resize(plan.limit);
  add_stats(stats, sources.take_stats());
  ScanResult out = read_rows({refs, findings.sources(), plan.project, context.pool}, limits, stats);
  if (limits.cancelled()) return base::fail(base::Code::kCancelled, "the query was cancelled");
  out.has_more = more || findings.stopped() || out.rows.size() < refs.size();
  limits.describe(stats);
  out.stats = std::move(stats);
  return out;
}

}  // namespace tripod::store
