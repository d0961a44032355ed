#include "store/events/scan_result.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "store/events/materialise.h"

namespace tripod::store {
namespace {

// Rows of fewer sources are read sooner than a helper wakes up.
constexpr size_t kSourcesAlone = 2;

// Thread-safe.
class RowCollector {
 public:
  RowCollector(std::span<const RowRef> refs, QueryLimits& limits)
      : refs_(refs), limits_(limits), rows_(refs.size()), bytes_(refs.size()), kept_(refs.size()) {}

  // Records from here on were given up.
  size_t kept() const {
    std::lock_guard lock(mu_);
    return kept_;
  }

  void set(size_t i, EventRow row) {
    row.time = refs_[i].position.time;
    row.sequence = refs_[i].position.sequence;
    const size_t bytes = row_bytes(row);
    std::lock_guard lock(mu_);
    while (i < kept_ && !limits_.reserve(bytes)) drop_last();
    if (i >= kept_) return;
    bytes_[i] = bytes;
    rows_[i] = std::move(row);
  }

  // Gives up everything from the first record that is not there yet.
  void cut_at_gap() {
    const auto gap = std::ranges::find(rows_, 0u, &EventRow::sequence);
    kept_ = std::min(kept_, static_cast<size_t>(gap - rows_.begin()));
  }

  std::vector<EventRow> take() {
    rows_.resize(kept_);
    // A record that could not be read has no sequence number; 0 is nobody's.
    std::erase_if(rows_, [](const EventRow& row) { return row.sequence == 0; });
    return std::move(rows_);
  }

 private:
  // Requires mu_.
  void drop_last() {
    --kept_;
    limits_.give_back(bytes_[kept_]);
    rows_[kept_] = {};
  }

  const std::span<const RowRef> refs_;
  QueryLimits& limits_;
  mutable std::mutex mu_;
  // guarded by mu_
  std::vector<EventRow> rows_;
  std::vector<size_t> bytes_;
  size_t kept_;
};

// The rows of one source, as indexes into the request's rows.
struct Unit {
  const Source* source;
  std::vector<size_t> wanted;
};

// In order of first appearance: what memory does not suffice for is the end.
std::vector<Unit> units_of(const RowRequest& request) {
  constexpr size_t kNone = SIZE_MAX;
  std::vector<size_t> unit_of_source(request.sources.size(), kNone);
  std::vector<Unit> out;
  for (size_t i = 0; i < request.rows.size(); ++i) {
    size_t& unit = unit_of_source[request.rows[i].source];
    if (unit == kNone) {
      unit = out.size();
      out.push_back({&request.sources[request.rows[i].source], {}});
    }
    out[unit].wanted.push_back(i);
  }
  return out;
}

// What the threads that read share.
struct ReadJob {
  const RowRequest& request;
  const Projection projection;
  QueryLimits& limits;
  std::vector<Unit> units;
  RowCollector rows;
  std::atomic<size_t> next = 0;
  std::atomic<bool> cut_short = false;
  std::mutex stats_mu;
  QueryStats& stats;  // guarded by stats_mu
};

base::Result<> read_block(ReadJob& job, const Unit& unit) {
  auto reader = unit.source->part->read();
  if (!reader) return base::fail(std::move(reader.error()));
  BlockReader block(**reader, unit.source->block, unit.source->entry.rows);
  std::vector<uint32_t> numbers;
  for (size_t i : unit.wanted) numbers.push_back(job.request.rows[i].row);
  auto rows = materialise(block, numbers, job.projection);
  if (!rows) return base::fail(std::move(rows.error()));
  for (size_t i = 0; i < unit.wanted.size(); ++i) job.rows.set(unit.wanted[i], std::move((*rows)[i]));
  return {};
}

void read_unit(ReadJob& job, Unit& unit) {
  const size_t kept = job.rows.kept();
  std::erase_if(unit.wanted, [&](size_t i) { return i >= kept; });
  if (unit.wanted.empty()) return;
  if (unit.source->memory != nullptr) {
    for (size_t i : unit.wanted) {
      const RowRef& ref = job.request.rows[i];
      const StoredBatch& batch = unit.source->memory->batch_of(ref.position.sequence);
      job.rows.set(i, materialise(*batch.rows, batch.first_sequence, ref.row, job.projection));
    }
  } else if (auto read = read_block(job, unit); !read) {
    std::lock_guard lock(job.stats_mu);
    note_unreadable(job.stats, *unit.source->part, read.error());
  }
}

void read_units(ReadJob& job) {
  for (size_t i = job.next.fetch_add(1); i < job.units.size(); i = job.next.fetch_add(1)) {
    if (job.limits.expired()) {
      job.cut_short.store(true);
      return;
    }
    read_unit(job, job.units[i]);
  }
}

}  // namespace

ScanResult read_rows(const RowRequest& request, QueryLimits& limits, QueryStats& stats) {
  ReadJob job{request,          Projection(request.project), limits, units_of(request),
              RowCollector(request.rows, limits), {}, {}, {}, stats};
  {
    QueryTeam team(request.pool, [&job] { read_units(job); });
    if (job.units.size() > kSourcesAlone) team.call_helpers();
    read_units(job);
  }
  if (job.cut_short.load()) job.rows.cut_at_gap();
  ScanResult out;
  out.rows = job.rows.take();
  return out;
}

}  // namespace tripod::store
