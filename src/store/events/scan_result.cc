#include "store/events/scan_result.h"

#include <algorithm>
#include <utility>

namespace tripod::store {
namespace {

class RowCollector {
 public:
  RowCollector(std::span<const RowRef> refs, QueryLimits& limits, QueryStats& stats)
      : refs_(refs), limits_(limits), stats_(stats), rows_(refs.size()), bytes_(refs.size()), kept_(refs.size()) {}

  // Records from here on were given up.
  size_t kept() const { return kept_; }

  void set(size_t i, EventRow row) {
    row.time = refs_[i].position.time;
    row.sequence = refs_[i].position.sequence;
    const size_t bytes = row_bytes(row);
    while (i < kept_ && !limits_.reserve(bytes, stats_)) drop_last();
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
  void drop_last() {
    --kept_;
    limits_.give_back(bytes_[kept_]);
    rows_[kept_] = {};
  }

  std::span<const RowRef> refs_;
  QueryLimits& limits_;
  QueryStats& stats_;
  std::vector<EventRow> rows_;
  std::vector<size_t> bytes_;
  size_t kept_;
};

base::Result<> read_block(const Source& source, std::span<const size_t> wanted, std::span<const RowRef> refs,
                          PartCache& parts, const Projection& projection, RowCollector& out) {
  auto open = parts.get(*source.part);
  if (!open) return base::fail(std::move(open.error()));
  BlockReader block(*(*open)->reader, source.block, source.entry.rows);
  std::vector<uint32_t> numbers;
  for (size_t i : wanted) numbers.push_back(refs[i].row);
  auto rows = materialise(block, numbers, projection);
  if (!rows) return base::fail(std::move(rows.error()));
  for (size_t i = 0; i < wanted.size(); ++i) out.set(wanted[i], std::move((*rows)[i]));
  return {};
}

}  // namespace

ScanResult read_rows(std::span<const RowRef> refs, std::span<const Source> sources, PartCache& parts,
                     const Projection& projection, QueryLimits& limits, QueryStats& stats) {
  std::vector<std::vector<size_t>> by_source(sources.size());
  for (size_t i = 0; i < refs.size(); ++i) by_source[refs[i].source].push_back(i);
  RowCollector rows(refs, limits, stats);
  // In order of first appearance: what memory does not suffice for is the end.
  for (size_t i = 0; i < refs.size() && i < rows.kept(); ++i) {
    auto& wanted = by_source[refs[i].source];
    if (wanted.empty()) continue;
    if (limits.expired(stats)) {
      rows.cut_at_gap();
      break;
    }
    std::erase_if(wanted, [&](size_t w) { return w >= rows.kept(); });
    const Source& source = sources[refs[i].source];
    if (source.memory != nullptr) {
      for (size_t w : wanted) {
        const StoredBatch& batch = source.memory->batch_of(refs[w].position.sequence);
        rows.set(w, materialise(*batch.rows, batch.first_sequence, refs[w].row, projection));
      }
    } else if (auto read = read_block(source, wanted, refs, parts, projection, rows); !read) {
      note_unreadable(stats, *source.part, read.error());
    }
    wanted.clear();
  }
  ScanResult out;
  out.rows = rows.take();
  return out;
}

}  // namespace tripod::store
