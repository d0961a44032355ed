#include "store/events/flush.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/arena.h"

namespace tripod::store {
namespace {

// A record of the block and where it goes. What its batch says of it is kept here: looked up in the order of the part, each would be
// a cache miss.
struct PlacedRow {
  RowPlace place;
  uint32_t batch;
  uint32_t offset;
  uint32_t stream;
  RowBatch::Row row() const { return {place.time, offset, stream}; }
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
      last->push_back({{stream, rows[r].time, batch.first_sequence + r}, b, rows[r].offset, rows[r].stream});
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

// Records of one stream lie apart in their batches: the memory of the next ones is fetched while one is written.
constexpr size_t kPrefetched = 8;
constexpr size_t kLongestKept = 256;

void prefetch(const MemoryBlock& block, const PlacedRow& placed) {
  const char* bytes = block.batch(placed.batch).rows->body().data() + placed.offset;
  for (size_t line = 0; line < 4; ++line) __builtin_prefetch(bytes + 64 * line);
}

model::Value kept(const model::Value& value, base::Arena& texts) {
  if (!value.has_text() || value.text().size() > kLongestKept) return value;
  const std::string_view text = texts.copy(value.text());
  return value.is_string() ? model::Value::string(text) : model::Value::json(text);
}

size_t end_of_stream(std::span<const PlacedRow> rows, size_t begin) {
  size_t end = begin;
  while (end < rows.size() && rows[end].place.stream == rows[begin].place.stream) ++end;
  return end;
}

base::Result<> write_rows(const MemoryBlock& block, std::span<const PlacedRow> rows, PartWriter& writer) {
  FieldNumbers fields(block, writer);
  // The texts of the block being gathered, side by side: the columns are walked several times.
  base::Arena texts;
  size_t gathered = 0;
  size_t stream_end = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const PlacedRow& placed = rows[i];
    if (i == stream_end) {
      stream_end = end_of_stream(rows, i);
      if (auto started = writer.start_stream(stream_end - i); !started) return started;
    }
    if (i + kPrefetched < rows.size()) prefetch(block, rows[i + kPrefetched]);
    if (auto started = writer.start_row(placed.place); !started) return started;
    if (writer.gathered_blocks() != gathered) {
      gathered = writer.gathered_blocks();
      texts = base::Arena();
    }
    const RowBatch& batch = *block.batch(placed.batch).rows;
    const std::vector<uint32_t>& numbers = fields.of(placed.batch);
    const RowBatch::Row row = placed.row();
    uint32_t key = 0;
    model::Value value;
    // The record's own fields first: they hide its stream's.
    for (FieldCursor own = batch.own_fields(row); own.next(key, value);) writer.add(numbers[key], kept(value, texts));
    for (FieldCursor stream = batch.stream_fields(row.stream); stream.next(key, value);) writer.add(numbers[key], value);
  }
  return writer.end_block();
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
