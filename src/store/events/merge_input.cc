#include "store/events/merge_input.h"

#include <algorithm>
#include <queue>
#include <utility>

namespace tripod::store {
namespace {

// A byte of a chunk as values, with what finds them.
constexpr uint64_t kDecodedBytes = 3;

model::Value stable(const Column& column, size_t i, base::Arena& arena) {
  ValueScratch scratch;
  const model::Value value = column.at(i, scratch);
  if (!value.is_string() || value.text().data() != scratch.data()) return value;
  return model::Value::string(arena.copy(value.text()));
}

base::Result<MergedBlock> look_at(const MergedPart& part, uint32_t number, const BlockEntry& entry,
                                  const SequenceSet& left_out, const PartWriter& out) {
  BlockReader block(*part.reader, number, entry.rows);
  auto streams = block.streams();
  if (!streams) return base::fail(std::move(streams.error()));
  // A part's block is sorted by stream, then time.
  MergedBlock found{&part, number, {static_cast<uint64_t>((*streams)->front()), entry.min_time, 0},
                    {static_cast<uint64_t>((*streams)->back()), entry.max_time, UINT64_MAX}};
  const PartFooter& footer = part.reader->footer();
  found.bytes = static_cast<size_t>(kDecodedBytes * footer.raw_bytes / footer.rows * entry.rows);
  const bool one_stream = std::ranges::all_of(**streams, [&](int64_t stream) { return stream == (*streams)->front(); });
  if (!one_stream || left_out.meets(entry.min_sequence, entry.max_sequence)) return found;
  auto full = out.may_copy(*part.reader, number, entry.rows);
  if (!full) return base::fail(std::move(full.error()));
  found.is_whole = *full;
  return found;
}

// A sweep over the whole blocks of each stream by time.
void part_crowded(std::vector<MergedBlock>& blocks) {
  std::vector<MergedBlock*> active, crowded;
  for (MergedBlock& block : blocks) {
    if (!block.is_whole) continue;
    std::erase_if(active, [&](const MergedBlock* other) {
      return other->first.stream != block.first.stream || other->last.time <= block.first.time;
    });
    active.push_back(&block);
    if (active.size() > 2) crowded.insert(crowded.end(), active.begin(), active.end());
  }
  for (MergedBlock* block : crowded) block->is_whole = false;
}

}  // namespace

base::Result<MergedPart> MergedPart::open(const Part& part, PartWriter& out) {
  MergedPart opened{.part = &part};
  auto reader = part.read_alone();
  if (!reader) return opened.unreadable(reader.error());
  opened.reader = std::move(*reader);
  auto directory = opened.reader->directory();
  if (!directory) return opened.unreadable(directory.error());
  for (size_t i = kSystemColumns; i < (*directory)->fields.size(); ++i) {
    opened.numbers.push_back(out.field((*directory)->fields[i].name));
  }
  opened.by_id = (*directory)->places_by_id();
  return opened;
}

std::unexpected<base::Error> MergedPart::unreadable(const base::Error& error) const {
  return base::fail(error.code, "part " + part->name() + ": " + error.message);
}

base::Result<std::vector<MergedBlock>> plan_blocks(std::span<const MergedPart> parts, const SequenceSet& left_out,
                                                   const PartWriter& out) {
  std::vector<MergedBlock> blocks;
  for (const MergedPart& part : parts) {
    auto table = part.reader->blocks();
    if (!table) return part.unreadable(table.error());
    for (uint32_t i = 0; i < (*table)->size(); ++i) {
      auto block = look_at(part, i, (**table)[i], left_out, out);
      if (!block) return part.unreadable(block.error());
      blocks.push_back(*block);
    }
  }
  std::ranges::stable_sort(blocks, {}, &MergedBlock::first);
  part_crowded(blocks);
  return blocks;
}

size_t most_open_bytes(std::span<const MergedBlock> by_first) {
  const auto ends_later = [](const MergedBlock* a, const MergedBlock* b) { return b->last < a->last; };
  std::priority_queue<const MergedBlock*, std::vector<const MergedBlock*>, decltype(ends_later)> open(ends_later);
  size_t bytes = 0, most = 0;
  for (const MergedBlock& block : by_first) {
    for (; !open.empty() && open.top()->last < block.first; open.pop()) bytes -= open.top()->bytes;
    open.push(&block);
    bytes += block.bytes;
    most = std::max(most, bytes);
  }
  return most;
}

base::Result<std::unique_ptr<MergedRows>> MergedRows::open(const MergedBlock& block) {
  const MergedPart& part = *block.part;
  auto table = part.reader->blocks();
  if (!table) return part.unreadable(table.error());
  const size_t rows = (**table)[block.number].rows;
  std::unique_ptr<MergedRows> out(new MergedRows(std::make_unique<BlockReader>(*part.reader, block.number, rows)));
  if (auto loaded = out->load(part.numbers); !loaded) return part.unreadable(loaded.error());
  return out;
}

base::Result<> MergedRows::load(std::span<const uint32_t> numbers) {
  for (auto [values, out] : {std::pair{block_->times(), &times_}, std::pair{block_->sequences(), &sequences_},
                             std::pair{block_->streams(), &streams_}}) {
    if (!values) return base::fail(std::move(values.error()));
    *out = *values;
  }
  for (uint32_t i = 0; i < numbers.size(); ++i) {
    auto column = block_->column(static_cast<uint32_t>(kSystemColumns) + i);
    if (!column) return base::fail(std::move(column.error()));
    if (*column != nullptr) columns_.push_back({numbers[i], *column, 0});
  }
  set_place();
  return {};
}

void MergedRows::add_fields(PartWriter& out, base::Arena& arena) {
  for (Place& column : columns_) {
    const Bitmap* present = column.column->present();
    if (present != nullptr && !present->test(row_)) continue;
    out.add(column.number, stable(column.column->values(), column.next_value++, arena));
  }
}

void MergedRows::leave_out() {
  for (Place& column : columns_) {
    const Bitmap* present = column.column->present();
    if (present == nullptr || present->test(row_)) ++column.next_value;
  }
}

bool MergedRows::next() {
  if (++row_ == block_->rows()) return false;
  set_place();
  return true;
}

void MergedRows::set_place() {
  place_ = {static_cast<uint64_t>((*streams_)[row_]), (*times_)[row_], static_cast<uint64_t>((*sequences_)[row_])};
}

}  // namespace tripod::store
