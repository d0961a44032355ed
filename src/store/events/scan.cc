#include "store/events/scan.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "store/events/filter.h"
#include "store/events/materialise.h"
#include "store/events/query_limits.h"
#include "store/events/query_window.h"
#include "store/events/row_filter.h"
#include "store/events/top_rows.h"

namespace tripod::store {
namespace {

// One more than asked for: it says whether there is more.
size_t capacity_for(size_t limit) { return limit == SIZE_MAX ? limit : limit + 1; }

// A batch in memory: looked at as a whole.
struct Source {
  const StoredBatch* batch = nullptr;
  base::UnixNanos min_time = 0;
  base::UnixNanos max_time = 0;
};

class Scan {
 public:
  Scan(const ScanPlan& plan, const Filter& filter, QueryLimits limits)
      : window_(QueryWindow::of(plan)),
        filter_(filter),
        projection_(plan.project),
        limit_(plan.limit),
        limits_(std::move(limits)),
        top_(plan.order, capacity_for(plan.limit)) {}

  ScanResult run(const Snapshot& snapshot) {
    find_sources(snapshot);
    for (uint32_t i = 0; i < sources_.size(); ++i) {
      const Source& source = sources_[i];
      // Sources are sorted: what is closed to this one is closed to all behind it.
      if (top_.closed_to(source.min_time, source.max_time)) break;
      if (limits_.expired(result_.stats) || !collect(i)) break;
    }
    return finish();
  }

 private:
  void find_sources(const Snapshot& snapshot) {
    for (const MemoryView& view : snapshot.memory) {
      for (size_t i = 0; i < view.batches; ++i) {
        const StoredBatch& batch = view.block->batch(i);
        const RowBatch& rows = *batch.rows;
        if (!window_.may_admit(rows.min_time(), rows.max_time(), batch.last_sequence())) continue;
        sources_.push_back({&batch, rows.min_time(), rows.max_time()});
      }
    }
    std::ranges::stable_sort(sources_, [this](const Source& a, const Source& b) {
      return window_.order == Order::kNewestFirst ? a.max_time > b.max_time : a.min_time < b.min_time;
    });
  }

  // False when the query must end.
  bool collect(uint32_t source) {
    const StoredBatch& batch = *sources_[source].batch;
    const RowFilter filter(filter_, *batch.rows);
    const auto& rows = batch.rows->rows();
    result_.stats.scanned_rows += rows.size();
    result_.stats.scanned_bytes += batch.rows->body().size();
    for (size_t i = 0; i < rows.size(); ++i) {
      const Position position{rows[i].time, batch.first_sequence + i};
      if (!window_.admits(position.time, position.sequence) || !top_.wants(position)) continue;
      if (!filter.matches(rows[i])) continue;
      const size_t before = top_.size();
      top_.add({position, source, static_cast<uint32_t>(i)});
      if (top_.size() > before && !limits_.reserve(sizeof(RowRef), result_.stats)) return false;
    }
    return true;
  }

  ScanResult finish() {
    std::vector<RowRef> refs = top_.take();
    if (refs.size() > limit_) {
      refs.resize(limit_);
      result_.has_more = true;
    }
    for (const RowRef& ref : refs) {
      const StoredBatch& batch = *sources_[ref.source].batch;
      EventRow row = materialise(*batch.rows, batch.first_sequence, ref.row, projection_);
      if (!limits_.reserve(row_bytes(row), result_.stats)) {
        result_.has_more = true;
        break;
      }
      result_.rows.push_back(std::move(row));
    }
    if (result_.stats.incomplete) result_.has_more = true;
    return std::move(result_);
  }

  const QueryWindow window_;
  const Filter& filter_;
  const Projection projection_;
  const size_t limit_;
  QueryLimits limits_;
  TopRows top_;
  std::vector<Source> sources_;
  ScanResult result_;
};

}  // namespace

base::Result<ScanResult> run_scan(const Snapshot& snapshot, const ScanPlan& plan,
                                  const base::Clock& clock, base::MemoryBudget& budget) {
  auto filter = Filter::compile(plan.filter);
  if (!filter) return base::fail(std::move(filter.error()));
  return Scan(plan, *filter, QueryLimits(plan.bounds, clock, budget)).run(snapshot);
}

}  // namespace tripod::store
