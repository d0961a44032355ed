#include "query/search/cells.h"

#include "store/events/field_text.h"

namespace tripod::query::search {

namespace {

bool is_null(const Cell& cell) { return std::holds_alternative<std::monostate>(cell); }

}  // namespace

Cell first_of(const store::EventRow& row, std::span<const std::string> fields) {
  for (const std::string& field : fields) {
    if (const store::FieldValue* value = row.find(field)) return *value;
  }
  return {};
}

std::string key_of(std::span<const Cell> cells) {
  std::string out;
  for (const Cell& cell : cells) {
    if (is_null(cell)) {
      out += '\0';
      continue;
    }
    const std::string text = store::field_text(cell);
    out += '\1';
    out += std::to_string(text.size());
    out += ':';
    out += text;
  }
  return out;
}

std::strong_ordering compare_cells(const Cell& a, const Cell& b) {
  const model::Value left = store::to_view(a), right = store::to_view(b);
  const bool left_number = store::is_number(left), right_number = store::is_number(right);
  if (left_number != right_number) return left_number ? std::strong_ordering::less : std::strong_ordering::greater;
  if (left_number) {
    const auto order = store::compare_numbers(left, right);
    if (order == std::partial_ordering::less) return std::strong_ordering::less;
    if (order == std::partial_ordering::greater) return std::strong_ordering::greater;
    return std::strong_ordering::equal;
  }
  store::NumberBuffer left_buffer, right_buffer;
  return store::field_text(left, left_buffer) <=> store::field_text(right, right_buffer);
}

int compare_keys(std::span<const Cell> a, std::span<const Cell> b, std::span<const SortKey> keys) {
  for (size_t i = 0; i < keys.size(); ++i) {
    if (is_null(a[i]) || is_null(b[i])) {
      if (is_null(a[i]) != is_null(b[i])) return is_null(a[i]) ? 1 : -1;
      continue;
    }
    const auto order = compare_cells(a[i], b[i]);
    if (order == std::strong_ordering::equal) continue;
    const bool less = order == std::strong_ordering::less;
    return less != keys[i].descending ? -1 : 1;
  }
  return 0;
}

}  // namespace tripod::query::search
