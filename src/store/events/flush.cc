#include "store/events/flush.h"

#include <map>
#include <utility>

#include "store/events/flush_columns.h"

namespace tripod::store {
namespace {

using RowsOfDays = std::map<Day, std::vector<MemoryRow>>;

RowsOfDays rows_of_days(const MemoryBlock& block, const SequenceSet& left_out, base::UnixNanos now) {
  RowsOfDays days;
  Day last_day = kOtherDay;
  std::vector<MemoryRow>* last = nullptr;
  for (uint32_t b = 0; b < block.batch_count(); ++b) {
    const StoredBatch& batch = block.batch(b);
    const auto& rows = batch.rows->rows();
    const bool leaves_out = left_out.meets(batch.first_sequence, batch.last_sequence());
    for (uint32_t r = 0; r < rows.size(); ++r) {
      if (leaves_out && left_out.contains(batch.first_sequence + r)) continue;
      const Day day = day_of(rows[r].time, now);
      if (last == nullptr || day != last_day) {
        last = &days[day];
        last_day = day;
      }
      last->push_back({b, r});
    }
  }
  return days;
}

base::Result<PartPtr> write_part(const MemoryBlock& block, std::span<const MemoryRow> rows, NewPart& part,
                                 base::UnixNanos now, base::MemoryBudget& budget) {
  FlushColumns columns(block, part.writer());
  columns.gather(rows);
  const base::MemoryCharge charge = budget.charge(columns.memory_bytes());
  if (auto written = columns.write(); !written) return base::fail(std::move(written.error()));
  return part.publish(now);
}

}  // namespace

base::Result<std::vector<PartPtr>> write_parts(const MemoryBlock& block, const SequenceSet& left_out, PartSet& parts,
                                               base::UnixNanos now, base::MemoryBudget& budget) {
  std::vector<PartPtr> out;
  for (const auto& [day, rows] : rows_of_days(block, left_out, now)) {
    auto part = parts.new_part(day);
    base::Result<PartPtr> written;
    if (part) {
      written = write_part(block, rows, **part, now, budget);
    } else {
      written = base::fail(std::move(part.error()));
    }
    if (!written) {
      for (const PartPtr& done : out) done->retire();
      return base::fail(std::move(written.error()));
    }
    out.push_back(std::move(*written));
  }
  return out;
}

}  // namespace tripod::store
