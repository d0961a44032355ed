// Takes blocks over from another part without decoding them.
#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "store/events/part_writer.h"
#include "store/events/rare_fields.h"

namespace tripod::store {

class PartWriter::BlockCopy {
 public:
  BlockCopy(PartWriter& to, const BlockSource& from, const PartDirectory& directory)
      : to_(to), part_(from.part), block_(from.block), numbers_(from.numbers), by_id_(from.by_id), directory_(directory) {}

  base::Result<bool> run(const BlockEntry& entry) {
    auto fits = find_columns();
    if (!fits || !*fits) return fits;
    std::string out;
    to_.columns_.start_block(static_cast<uint32_t>(to_.blocks_.size()), entry.rows, to_.offset_, out);
    for (const Place& column : columns_) {
      auto copied = column.field == kRareColumn ? copy_rare(*column.entry, entry.rows) : copy_column(column);
      if (!copied) return base::fail(std::move(copied.error()));
    }
    if (auto copied = copy_filter(entry); !copied) return base::fail(std::move(copied.error()));
    to_.rows_ += entry.rows;
    if (auto done = to_.append(out); !done) return base::fail(std::move(done.error()));
    return true;
  }

 private:
  struct Place {
    uint32_t field;  // of the directory
    const ColumnEntry* entry;
    std::vector<model::Value> counted;  // its values, where they are counted
    std::span<const uint32_t> counts;
  };

  uint32_t number_of(uint32_t field) const { return field < kSystemColumns ? field : numbers_[field - kSystemColumns]; }
  Field& field_of(uint32_t field) { return to_.fields_[number_of(field)]; }

  // False where the counts of a field are full: its values would have to go to the text filter then.
  base::Result<bool> find_columns() {
    for (uint32_t i = 0; i < directory_.fields.size(); ++i) {
      auto entry = part_.entry(i, block_);
      if (!entry) return base::fail(std::move(entry.error()));
      if (*entry == nullptr) continue;
      Place place{i, *entry, {}, {}};
      if ((*entry)->has(ColumnEntry::kCounted)) {
        if (auto found = find_counts(place); !found) return base::fail(std::move(found.error()));
        if (!field_of(i).counts.has_room(place.counted)) return false;
      }
      columns_.push_back(std::move(place));
    }
    return true;
  }

  base::Result<> find_counts(Place& place) const {
    auto counts = part_.counts(place.field);
    if (!counts) return base::fail(std::move(counts.error()));
    const ValueCounts::Block block = *counts == nullptr ? ValueCounts::Block() : (*counts)->block(block_);
    if (!block.counted()) return base::fail(base::Code::kDataLoss, "part: a counted block without counts");
    for (const uint32_t value : block.values) place.counted.push_back((*counts)->values()[value]);
    place.counts = block.counts;
    return {};
  }

  base::Result<> copy_column(const Place& column) {
    auto stored = part_.read_stored(*column.entry);
    if (!stored) return base::fail(std::move(stored.error()));
    Field& field = field_of(column.field);
    field.entries.push_back(to_.columns_.copy(*column.entry, *stored));
    if (column.field >= kSystemColumns) {
      field.types |= column.entry->types;
      field.rows += column.entry->values;
    }
    if (!column.counts.empty()) field.counts.add_block(field.entries.back().block, column.counted, column.counts);
    return {};
  }

  // They are numbered as the part they are in does.
  base::Result<> copy_rare(const ColumnEntry& entry, size_t rows) {
    auto raw = part_.read_chunk(entry);
    if (!raw) return base::fail(std::move(raw.error()));
    auto rare = RareFields::decode(std::move(*raw), rows);
    if (!rare) return base::fail(std::move(rare.error()));
    // In the order of their new numbers: they are found by halving.
    std::vector<std::pair<uint32_t, size_t>> order;
    for (size_t i = 0; i < (*rare)->size(); ++i) {
      const uint32_t id = (*rare)->id(i);
      if (id >= by_id_.size() || by_id_[id] == PartDirectory::kNoField || by_id_[id] < kSystemColumns) {
        return base::fail(base::Code::kDataLoss, "part: a rare field that the directory does not know");
      }
      order.emplace_back(number_of(by_id_[id]), i);
    }
    std::ranges::sort(order);
    std::string renumbered;
    for (const auto& [number, i] : order) {
      const ColumnStage stage = (*rare)->stage(i);
      Field& field = to_.fields_[number];
      field.in_rare = true;
      field.types |= stage.types;
      field.rows += stage.size();
      append_rare_field(renumbered, number, stage);
    }
    to_.fields_[kRareColumn].entries.push_back(to_.columns_.rewrite(entry, renumbered));
    return {};
  }

  base::Result<> copy_filter(const BlockEntry& entry) {
    std::string buffer;
    auto filter = part_.text_filter(block_, buffer);
    if (!filter) return base::fail(std::move(filter.error()));
    BlockEntry& copied = to_.blocks_.emplace_back(entry);
    copied.filter_offset = to_.filters_.size();
    to_.filters_.append(filter->values).append(filter->grams);
    return {};
  }

  PartWriter& to_;
  const PartReader& part_;
  const uint32_t block_;
  const std::span<const uint32_t> numbers_, by_id_;
  const PartDirectory& directory_;
  std::vector<Place> columns_;
};

base::Result<bool> PartWriter::may_copy(const PartReader& part, uint32_t block, uint32_t rows) const {
  if (rows > options_.block_rows) return false;
  if (is_worth_a_block(rows, 0)) return true;
  auto directory = part.directory();
  if (!directory) return base::fail(std::move(directory.error()));
  size_t bytes = 0;
  for (uint32_t i = 0; i < (*directory)->fields.size(); ++i) {
    auto entry = part.entry(i, block);
    if (!entry) return base::fail(std::move(entry.error()));
    if (*entry != nullptr) bytes += (*entry)->raw_bytes;
  }
  return is_worth_a_block(rows, bytes);
}

base::Result<bool> PartWriter::copy_block(const BlockSource& source) {
  auto directory = source.part.directory();
  if (!directory) return base::fail(std::move(directory.error()));
  auto blocks = source.part.blocks();
  if (!blocks) return base::fail(std::move(blocks.error()));
  return BlockCopy(*this, source, **directory).run((**blocks)[source.block]);
}

}  // namespace tripod::store
