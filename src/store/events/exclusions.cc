#include "store/events/exclusions.h"

#include <algorithm>

#include "store/events/block_filter.h"

namespace tripod::store {
namespace {

base::Result<> remove_hidden(const SequenceSet& hidden, Bitmap& rows, BlockReader& block) {
  auto sequences = block.sequences();
  if (!sequences) return base::fail(std::move(sequences.error()));
  Bitmap gone(rows.size());
  rows.for_each([&](size_t row) {
    if (hidden.contains(static_cast<uint64_t>((**sequences)[row]))) gone.set(row);
  });
  rows.subtract(gone);
  return {};
}

// Those of `rows` whose time and sequence number the deletion covers.
base::Result<Bitmap> covered_rows(const Deletion& deletion, const Bitmap& rows, const BlockEntry& entry,
                                  BlockReader& block) {
  if (entry.max_sequence <= deletion.max_sequence && deletion.range.contains(entry.min_time) &&
      deletion.range.contains(entry.max_time)) {
    return rows;
  }
  auto times = block.times();
  if (!times) return base::fail(std::move(times.error()));
  auto sequences = block.sequences();
  if (!sequences) return base::fail(std::move(sequences.error()));
  Bitmap out(rows.size());
  rows.for_each([&](size_t row) {
    if (deletion.covers((**times)[row], static_cast<uint64_t>((**sequences)[row]))) out.set(row);
  });
  return out;
}

base::Result<> remove_deleted(const Deletion& deletion, Bitmap& rows, const BlockEntry& entry, BlockReader& block) {
  auto filter = BlockFilter::bind(deletion.filter, block.part());
  if (!filter) return base::fail(std::move(filter.error()));
  auto may = filter->may_match(block);
  if (!may) return base::fail(std::move(may.error()));
  if (!*may) return {};
  auto covered = covered_rows(deletion, rows, entry, block);
  if (!covered) return base::fail(std::move(covered.error()));
  auto matched = filter->match(block, *covered);
  if (!matched) return base::fail(std::move(matched.error()));
  rows.subtract(*matched);
  return {};
}

}  // namespace

bool Exclusions::may_touch(base::UnixNanos min_time, base::UnixNanos max_time, uint64_t min_sequence,
                           uint64_t max_sequence) const {
  if (hidden.meets(min_sequence, max_sequence)) return true;
  return std::ranges::any_of(deletions, [&](const auto& deletion) {
    return deletion->may_touch(min_time, max_time, min_sequence);
  });
}

base::Result<> Exclusions::remove_from(Bitmap& rows, const BlockEntry& entry, BlockReader& block) const {
  if (!rows.none() && hidden.meets(entry.min_sequence, entry.max_sequence)) {
    if (auto removed = remove_hidden(hidden, rows, block); !removed) return removed;
  }
  for (const auto& deletion : deletions) {
    if (rows.none()) return {};
    if (!deletion->may_touch(entry.min_time, entry.max_time, entry.min_sequence)) continue;
    if (auto removed = remove_deleted(*deletion, rows, entry, block); !removed) return removed;
  }
  return {};
}

BatchExclusions::BatchExclusions(const Exclusions* exclusions, const StoredBatch& batch)
    : batch_(batch), exclusions_(exclusions), may_touch_(false) {
  if (exclusions == nullptr) return;
  const RowBatch& rows = *batch.rows;
  may_touch_ = exclusions->hidden.meets(batch.first_sequence, batch.last_sequence());
  for (const auto& deletion : exclusions->deletions) {
    if (!deletion->may_touch(rows.min_time(), rows.max_time(), batch.first_sequence)) continue;
    deletions_.push_back({*deletion, RowFilter(deletion->filter, rows)});
    may_touch_ = true;
  }
}

bool BatchExclusions::is_excluded(size_t row) const {
  const uint64_t sequence = batch_.first_sequence + row;
  const RowBatch::Row& at = batch_.rows->rows()[row];
  if (exclusions_->hidden.contains(sequence)) return true;
  return std::ranges::any_of(deletions_, [&](const Bound& bound) {
    return bound.deletion.covers(at.time, sequence) && bound.filter.matches(at);
  });
}

}  // namespace tripod::store
