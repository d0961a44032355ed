// Records that are still stored and must not be found any more: those that another record replaces or whose batch was refused
// (known by their sequence numbers), and those that somebody deleted (known by a filter). Reads leave them out; flush and merge
// leave them out of what they write.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "store/events/block_reader.h"
#include "store/events/filter.h"
#include "store/events/memory_block.h"
#include "store/events/plan.h"
#include "store/events/row_filter.h"
#include "store/events/sequence_set.h"

namespace tripod::store {

// What somebody asked to delete: records up to `max_sequence` (those that were there then) of a time range that match.
struct Deletion {
  uint64_t id = 0;  // rising, never given twice within a dataset
  TimeRange range;
  Predicate predicate;
  std::string text;  // see RemovePlan
  uint64_t max_sequence = 0;
  base::UnixNanos created = 0;
  Filter filter;  // the predicate, compiled

  bool may_touch(base::UnixNanos min_time, base::UnixNanos max_time, uint64_t min_sequence) const {
    return min_sequence <= max_sequence && max_time >= range.start && min_time < range.end;
  }
  bool covers(base::UnixNanos time, uint64_t sequence) const { return sequence <= max_sequence && range.contains(time); }
};

// Immutable once shared; thread-safe to read.
struct Exclusions {
  SequenceSet hidden;
  std::vector<std::shared_ptr<const Deletion>> deletions;  // by id

  bool empty() const { return hidden.empty() && deletions.empty(); }
  // Whether anything may be left out of a block of these times and sequence numbers. Whoever answers from a block's indexes
  // alone (its number of records, a column's entry or dictionary) asks this first.
  bool may_touch(base::UnixNanos min_time, base::UnixNanos max_time, uint64_t min_sequence, uint64_t max_sequence) const;
  bool may_touch(const BlockEntry& entry) const {
    return may_touch(entry.min_time, entry.max_time, entry.min_sequence, entry.max_sequence);
  }
  // Takes what is to be left out away from `rows`, rows of the block. Reads what it needs of the block's columns.
  base::Result<> remove_from(Bitmap& rows, const BlockEntry& entry, BlockReader& block) const;
};

// remove_from() where `exclusions` (null: nothing is left out) may touch the block.
inline base::Result<> leave_out(const Exclusions* exclusions, Bitmap& rows, const BlockEntry& entry, BlockReader& block) {
  if (exclusions == nullptr || rows.none()) return {};
  return exclusions->remove_from(rows, entry, block);
}

// Bound to one batch in memory. Refers to both; not thread-safe.
class BatchExclusions {
 public:
  // `exclusions` may be null: nothing is left out.
  BatchExclusions(const Exclusions* exclusions, const StoredBatch& batch);
  bool excludes(size_t row) const { return may_touch_ && is_excluded(row); }

 private:
  struct Bound {
    const Deletion& deletion;
    RowFilter filter;
  };
  bool is_excluded(size_t row) const;

  const StoredBatch& batch_;
  const Exclusions* exclusions_;
  std::vector<Bound> deletions_;
  bool may_touch_;
};

}  // namespace tripod::store
