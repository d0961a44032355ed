#include "store/events/rare_fields.h"

#include <algorithm>
#include <utility>

#include "store/events/encoding/value_codec.h"

namespace tripod::store {
namespace {

// Values that lie in the chunk they came from.
class ViewColumn final : public Column {
 public:
  explicit ViewColumn(const std::vector<model::Value>& values) : Column(values.size()), values_(values) {}
  model::Value at(size_t i, ValueScratch&) const override { return values_[i]; }

 private:
  const std::vector<model::Value>& values_;
};

}  // namespace

void append_rare_field(std::string& out, uint32_t id, const ColumnStage& stage) {
  append_varint(out, id);
  append_varint(out, stage.values.size());
  uint16_t previous = 0;
  for (uint16_t row : stage.rows) {
    append_varint(out, static_cast<uint16_t>(row - previous));
    previous = row;
  }
  for (const model::Value& value : stage.values) append_value(out, value);
}

base::Result<std::unique_ptr<const RareFields>> RareFields::decode(std::string body, size_t block_rows) {
  std::unique_ptr<RareFields> out(new RareFields(std::move(body), block_rows));
  if (!out->read()) return base::fail(base::Code::kDataLoss, "rare fields: malformed");
  return out;
}

bool RareFields::read() {
  CheckedReader in(body_);
  while (in.left() != 0) {
    if (!read_field(in)) return false;
  }
  // Merges of a development version left them in another order than that of their ids.
  if (!std::ranges::is_sorted(fields_, {}, &Field::id)) std::ranges::sort(fields_, {}, &Field::id);
  return true;
}

bool RareFields::read_field(CheckedReader& in) {
  uint64_t id = 0, count = 0, row = 0;
  if (!in.varint(id) || id > UINT32_MAX || !in.varint(count) || count == 0 || count > block_rows_) return false;
  Field field{static_cast<uint32_t>(id), {}, {}};
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t delta = 0;
    if (!in.varint(delta) || delta > block_rows_ || (i > 0 && delta == 0)) return false;
    row += delta;
    if (row >= block_rows_) return false;
    field.rows.push_back(static_cast<uint16_t>(row));
  }
  for (uint64_t i = 0; i < count; ++i) {
    if (!read_value(in, field.values.emplace_back())) return false;
  }
  fields_.push_back(std::move(field));
  return true;
}

BlockColumn RareFields::column(size_t i) const {
  Bitmap present(block_rows_);
  for (uint16_t row : fields_[i].rows) present.set(row);
  return BlockColumn(std::make_unique<ViewColumn>(fields_[i].values), std::move(present));
}

ColumnStage RareFields::stage(size_t i) const {
  ColumnStage out;
  for (size_t v = 0; v < fields_[i].rows.size(); ++v) out.add(fields_[i].rows[v], fields_[i].values[v]);
  return out;
}

size_t RareFields::find(uint32_t id) const {
  const auto found = std::ranges::lower_bound(fields_, id, {}, &Field::id);
  return found != fields_.end() && found->id == id ? static_cast<size_t>(found - fields_.begin()) : fields_.size();
}

}  // namespace tripod::store
