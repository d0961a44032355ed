#include "store/events/block_reader.h"

#include <utility>

namespace tripod::store {

base::Result<BlockColumn> BlockReader::read_column(const ColumnEntry& entry) {
  const auto bad = [] { return base::fail(base::Code::kDataLoss, "part: malformed column"); };
  if (entry.values == 0 || entry.values > rows_) return bad();
  auto raw = part_.read_chunk(entry);
  if (!raw) return base::fail(std::move(raw.error()));
  bytes_read_ += raw->size();
  const auto encoding = static_cast<Encoding>(entry.encoding);
  if (!entry.has(ColumnEntry::kHasPresence)) {
    if (entry.values != rows_) return bad();
    auto column = decode_column(encoding, std::move(*raw), entry.values);
    if (!column) return base::fail(std::move(column.error()));
    return BlockColumn(std::move(*column));
  }
  const size_t presence_bytes = (rows_ + 7) / 8;
  if (raw->size() < presence_bytes) return bad();
  Bitmap present(rows_);
  for (size_t i = 0; i < presence_bytes; ++i) {
    present.words()[i / 8] |= static_cast<uint64_t>(static_cast<unsigned char>((*raw)[i])) << (8 * (i % 8));
  }
  present.clear_tail();
  if (present.count() != entry.values) return bad();
  auto column = decode_column(encoding, raw->substr(presence_bytes), entry.values);
  if (!column) return base::fail(std::move(column.error()));
  return BlockColumn(std::move(*column), std::move(present));
}

base::Result<const std::vector<int64_t>*> BlockReader::int64s(uint32_t field, std::vector<int64_t>& out) {
  if (!out.empty()) return &out;
  auto found = part_.entry(field, block_);
  if (!found) return base::fail(std::move(found.error()));
  if (*found == nullptr) return base::fail(base::Code::kDataLoss, "part: a block without times");
  auto column = read_column(**found);
  if (!column) return base::fail(std::move(column.error()));
  if (column->present() != nullptr) return base::fail(base::Code::kDataLoss, "part: records without times");
  const auto values = column->values().int64s();
  out.assign(values.begin(), values.end());
  ValueScratch scratch;
  for (size_t i = out.size(); i < rows_; ++i) out.push_back(column->values().at(i, scratch).as_int64());
  return &out;
}

base::Result<PartReader::TextFilter> BlockReader::text_filter() {
  if (!filter_read_) {
    auto filter = part_.text_filter(block_, filter_buffer_);
    if (!filter) return filter;
    filter_ = *filter;
    filter_read_ = true;
  }
  return filter_;
}

base::Result<const RareFields*> BlockReader::rare() {
  if (rare_read_) return rare_.get();
  auto found = part_.entry(kRareColumn, block_);
  if (!found) return base::fail(std::move(found.error()));
  if (*found != nullptr) {
    auto raw = part_.read_chunk(**found);
    if (!raw) return base::fail(std::move(raw.error()));
    bytes_read_ += raw->size();
    auto decoded = RareFields::decode(std::move(*raw), rows_);
    if (!decoded) return base::fail(std::move(decoded.error()));
    rare_ = std::move(*decoded);
  }
  rare_read_ = true;
  return rare_.get();
}

base::Result<const BlockColumn*> BlockReader::column(uint32_t field) {
  if (const auto kept = columns_.find(field); kept != columns_.end()) return kept->second.get();
  auto found = part_.entry(field, block_);
  if (!found) return base::fail(std::move(found.error()));
  if (*found == nullptr) return rare_column(field);
  auto column = read_column(**found);
  if (!column) return base::fail(std::move(column.error()));
  return (columns_[field] = std::make_unique<const BlockColumn>(std::move(*column))).get();
}

base::Result<const BlockColumn*> BlockReader::rare_column(uint32_t field) {
  auto directory = part_.directory();
  if (!directory) return base::fail(std::move(directory.error()));
  const FieldEntry& known = (*directory)->fields[field];
  std::unique_ptr<const BlockColumn> column;
  if (known.in_rare) {
    auto rare_fields = rare();
    if (!rare_fields) return base::fail(std::move(rare_fields.error()));
    if (*rare_fields != nullptr) {
      const size_t at = (*rare_fields)->find(known.id);
      if (at < (*rare_fields)->size()) column = std::make_unique<const BlockColumn>((*rare_fields)->column(at));
    }
  }
  return (columns_[field] = std::move(column)).get();
}

}  // namespace tripod::store
