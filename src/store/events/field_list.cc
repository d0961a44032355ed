#include "store/events/field_list.h"

#include <map>
#include <string>
#include <string_view>

#include "model/line_template.h"

namespace tripod::store {
namespace {

std::string_view type_name(TypeSet types) {
  for (auto [type, name] : {std::pair{model::ValueType::kString, "string"},
                            std::pair{model::ValueType::kInt64, "int64"},
                            std::pair{model::ValueType::kFloat64, "float64"},
                            std::pair{model::ValueType::kBool, "bool"},
                            std::pair{model::ValueType::kJson, "json"}}) {
    if (types == type_bit(type)) return name;
  }
  return "mixed";
}

struct Seen {
  TypeSet types = 0;
  uint64_t rows = 0;
};

void add_batch(const RowBatch& batch, std::map<std::string, Seen, std::less<>>& fields) {
  std::vector<Seen> seen(batch.keys().size());
  auto add = [&seen](FieldCursor cursor, uint64_t rows) {
    uint32_t key = 0;
    model::Value value;
    while (cursor.next(key, value)) {
      seen[key].types |= type_bit(value.type());
      seen[key].rows += rows;
    }
  };
  std::vector<uint64_t> stream_rows(batch.streams().size());
  for (const RowBatch::Row& row : batch.rows()) {
    add(batch.own_fields(row), 1);
    ++stream_rows[row.stream];
  }
  for (uint32_t i = 0; i < stream_rows.size(); ++i) {
    if (stream_rows[i] != 0) add(batch.stream_fields(i), stream_rows[i]);
  }
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i].rows == 0) continue;
    Seen& field = fields[std::string(batch.keys()[i])];
    field.types |= seen[i].types;
    field.rows += seen[i].rows;
  }
}

// A part that cannot be read is left out: its fields are a loss to whoever completes names, not a reason to give none.
void add_part(const Part& part, std::map<std::string, Seen, std::less<>>& fields) {
  auto reader = part.read();
  if (!reader) return;
  auto directory = (*reader)->directory();
  if (!directory) return;
  for (size_t i = kSystemColumns; i < (*directory)->fields.size(); ++i) {
    const FieldEntry& entry = (*directory)->fields[i];
    Seen& field = fields[entry.name];
    field.types |= entry.types;
    field.rows += entry.rows;
  }
}

}  // namespace

base::Result<std::vector<FieldInfo>> list_fields(const Snapshot& snapshot, TimeRange range) {
  std::map<std::string, Seen, std::less<>> fields;
  for (const MemoryView& view : snapshot.memory) {
    for (size_t i = 0; i < view.batches; ++i) {
      const RowBatch& batch = *view.block->batch(i).rows;
      if (batch.max_time() >= range.start && batch.min_time() < range.end) add_batch(batch, fields);
    }
  }
  for (const PartPtr& part : snapshot.parts->parts) {
    const PartFooter& footer = part->footer();
    if (footer.max_time >= range.start && footer.min_time < range.end) add_part(*part, fields);
  }
  std::vector<FieldInfo> out;
  // Lines that are kept as templates are lines.
  if (const auto kept = fields.find(model::kOriginalTemplateField); kept != fields.end()) {
    Seen& original = fields[std::string(model::kOriginalField)];
    original.types |= kept->second.types;
    original.rows += kept->second.rows;
    fields.erase(kept);
  }
  for (const auto& [name, seen] : fields) {
    out.push_back({name, std::string(type_name(seen.types)), seen.rows});
  }
  return out;
}

}  // namespace tripod::store
