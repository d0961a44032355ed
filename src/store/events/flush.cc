#include "store/events/flush.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

namespace tripod::store {
namespace {

// A record of the block and where it goes.
struct PlacedRow {
  RowPlace place;
  uint32_t batch;
  uint32_t row;
};

std::map<Day, std::vector<PlacedRow>> place_rows(const MemoryBlock& block, const SequenceSet& left_out,
                                                 base::UnixNanos now) {
  std::map<Day, std::vector<PlacedRow>> days;
  Day last_day = kOtherDay;
  std::vector<PlacedRow>* last = nullptr;
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
      const uint64_t stream = batch.rows->streams()[rows[r].stream].id;
      last->push_back({{stream, rows[r].time, batch.first_sequence + r}, b, r});
    }
  }
  for (auto& [day, rows] : days) std::ranges::sort(rows, {}, &PlacedRow::place);
  return days;
}

// The fields of each batch as numbers of the part, looked up once per batch.
class FieldNumbers {
 public:
  FieldNumbers(const MemoryBlock& block, PartWriter& writer) : block_(block), writer_(writer), numbers_(block.batch_count()) {}
  const std::vector<uint32_t>& of(uint32_t batch) {
    std::vector<uint32_t>& numbers = numbers_[batch];
    if (numbers.empty()) {
      for (std::string_view key : block_.batch(batch).rows->keys()) numbers.push_back(writer_.field(key));
    }
    return numbers;
  }

 private:
  const MemoryBlock& block_;
  PartWriter& writer_;
  std::vector<std::vector<uint32_t>> numbers_;
};

base::Result<> write_rows(const MemoryBlock& block, std::span<const PlacedRow> rows, PartWriter& writer) {
  FieldNumbers fields(block, writer);
  for (const PlacedRow& placed : rows) {
    if (auto started = writer.start_row(placed.place); !started) return started;
    const RowBatch& batch = *block.batch(placed.batch).rows;
    const std::vector<uint32_t>& numbers = fields.of(placed.batch);
    const RowBatch::Row& row = batch.rows()[placed.row];
    uint32_t key = 0;
    model::Value value;
    // The record's own fields first: they hide its stream's.
    for (FieldCursor cursor : {batch.own_fields(row), batch.stream_fields(row.stream)}) {
      while (cursor.next(key, value)) writer.add(numbers[key], value);
    }
  }
  return {};
}

base::Result<PartPtr> write_part(const MemoryBlock& block, std::span<const PlacedRow> rows, NewPart& part,
                                 base::UnixNanos now) {
  if (auto written = write_rows(block, rows, part.writer()); !written) return base::fail(std::move(written.error()));
  return part.publish(now);
}

}  // namespace

base::Result<std::vector<PartPtr>> write_parts(const MemoryBlock& block, const SequenceSet& left_out, PartSet& parts,
                                               base::UnixNanos now) {
  std::vector<PartPtr> out;
  for (const auto& [day, rows] : place_rows(block, left_out, now)) {
    auto part = parts.new_part(day);
    base::Result<PartPtr> written;
    if (part) {
      written = write_part(block, rows, **part, now);
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
