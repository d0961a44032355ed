#include "store/events/materialise.h"

#include <algorithm>
#include <utility>

#include "store/events/field_text.h"
#include "store/events/heap_bytes.h"
#include "store/events/original_text.h"

namespace tripod::store {
namespace {

// Puts the lines that are kept as templates where their name belongs.
base::Result<> add_originals(BlockReader& block, std::span<const uint32_t> rows, std::vector<EventRow>& out) {
  auto original = BlockOriginal::open(block);
  if (!original) return base::fail(std::move(original.error()));
  if (!original->present()) return {};
  for (size_t i = 0; i < rows.size(); ++i) {
    std::string line;
    auto added = original->append(rows[i], line);
    if (!added) return base::fail(std::move(added.error()));
    if (!*added) continue;
    auto& fields = out[i].fields;
    const auto at = std::ranges::lower_bound(fields, model::kOriginalField, {}, [](const auto& f) -> std::string_view { return f.first; });
    fields.emplace(at, model::kOriginalField, std::move(line));
  }
  return {};
}

}  // namespace

Projection::Projection(std::vector<std::string> names) : names_(std::move(names)) {
  std::ranges::sort(names_);
  const auto repeated = std::ranges::unique(names_);
  names_.erase(repeated.begin(), repeated.end());
}

bool Projection::wants(std::string_view name) const {
  return names_.empty() || std::binary_search(names_.begin(), names_.end(), name, std::less<>());
}

EventRow materialise(const RowBatch& batch, uint64_t first_sequence, size_t row,
                     const Projection& projection) {
  const RowBatch::Row& from = batch.rows()[row];
  EventRow out{from.time, first_sequence + row, {}};
  auto add_all = [&](FieldCursor fields) {
    uint32_t key = 0;
    model::Value value;
    while (fields.next(key, value)) {
      const std::string_view name = batch.keys()[key];
      if (!is_hidden_field(name) && projection.wants(name)) out.fields.emplace_back(name, to_field_value(value));
    }
  };
  add_all(batch.own_fields(from));
  add_all(batch.stream_fields(from.stream));
  std::string line;
  if (projection.wants(model::kOriginalField) && BatchOriginal(batch).append(from, line)) {
    out.fields.emplace_back(model::kOriginalField, std::move(line));
  }
  // The record's own field comes first and hides its stream's.
  std::ranges::stable_sort(out.fields, {}, [](const auto& field) -> const std::string& { return field.first; });
  const auto hidden = std::ranges::unique(out.fields, {}, [](const auto& field) -> const std::string& { return field.first; });
  out.fields.erase(hidden.begin(), hidden.end());
  return out;
}

base::Result<std::vector<EventRow>> materialise(BlockReader& block, std::span<const uint32_t> rows,
                                                const Projection& projection) {
  auto directory = block.part().directory();
  if (!directory) return base::fail(std::move(directory.error()));
  const auto& fields = (*directory)->fields;
  std::vector<EventRow> out(rows.size());
  ValueScratch scratch;
  // Fields lie in order of their names, as rows want them.
  for (uint32_t field = kSystemColumns; field < fields.size(); ++field) {
    if (is_hidden_field(fields[field].name) || !projection.wants(fields[field].name)) continue;
    auto column = block.column(field);
    if (!column) return base::fail(std::move(column.error()));
    if (*column == nullptr) continue;
    for (size_t i = 0; i < rows.size(); ++i) {
      const model::Value value = (*column)->at(rows[i], scratch);
      if (!value.is_null()) out[i].fields.emplace_back(fields[field].name, to_field_value(value));
    }
  }
  if (!projection.wants(model::kOriginalField)) return out;
  if (auto added = add_originals(block, rows, out); !added) return base::fail(std::move(added.error()));
  return out;
}

size_t row_bytes(const EventRow& row) {
  size_t bytes = sizeof(EventRow) + row.fields.capacity() * sizeof(row.fields[0]);
  for (const auto& [name, value] : row.fields) {
    bytes += heap_bytes(name);
    if (const auto* text = std::get_if<std::string>(&value)) bytes += heap_bytes(*text);
    if (const auto* json = std::get_if<JsonText>(&value)) bytes += heap_bytes(json->text);
  }
  return bytes;
}

}  // namespace tripod::store
