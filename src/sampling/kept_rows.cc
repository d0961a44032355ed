#include "sampling/kept_rows.h"

#include <algorithm>

#include "sampling/stored_span.h"

namespace tripod::sampling {

using model::Attribute;
using model::Value;

std::span<const Attribute> KeptRows::fields_of(const PastDecision& decision) {
  // A span that was kept elsewhere, or sent by a server like this one, may bear these names.
  std::erase_if(fields_, [](const Attribute& field) { return field.key == kPolicyField || field.key == kAdjustedCountField; });
  fields_.push_back({kPolicyField, Value::string(decision.policy)});
  fields_.push_back({kAdjustedCountField, Value::float64(decision.adjusted_count)});
  const auto out = arena_.copy_array(std::span<const Attribute>(fields_));
  fields_.clear();
  return out;
}

uint32_t KeptRows::stream_of(const store::RowBatch& rows, uint32_t stream) {
  const auto [known, is_new] = known_streams_.try_emplace({&rows, stream}, static_cast<uint32_t>(streams_.size()));
  if (!is_new) return known->second;
  std::vector<Attribute> fields;
  store::FieldCursor cursor = rows.stream_fields(stream);
  uint32_t key = 0;
  Value value;
  while (cursor.next(key, value)) fields.push_back({rows.keys()[key], value});
  streams_.push_back(arena_.copy_array(std::span<const Attribute>(fields)));
  return known->second;
}

void KeptRows::add(const store::RowBatch& rows, uint32_t row, const PastDecision& decision) {
  const store::RowBatch::Row& at = rows.rows()[row];
  store::FieldCursor cursor = rows.own_fields(at);
  uint32_t key = 0;
  Value value;
  while (cursor.next(key, value)) fields_.push_back({rows.keys()[key], value});
  const uint32_t stream = stream_of(rows, at.stream);
  events_.push_back({at.time, stream, fields_of(decision)});
}

// Which fields were the stream's is not known any more: those that say who sent it were.
uint32_t KeptRows::stream_of(std::vector<Attribute> fields) {
  const auto same = [](const Attribute& a, const Attribute& b) { return a.key == b.key && a.value == b.value; };
  if (last_stream_ && std::ranges::equal(fields, last_fields_, same)) return *last_stream_;
  last_stream_ = static_cast<uint32_t>(streams_.size());
  streams_.push_back(arena_.copy_array(std::span<const Attribute>(fields)));
  last_fields_ = std::move(fields);
  return *last_stream_;
}

void KeptRows::add(const store::EventRow& row, const PastDecision& decision) {
  std::vector<Attribute> stream;
  for (const auto& [key, value] : row.fields) {
    (is_resource_field(key) || key == "otel.scope.name" ? stream : fields_).push_back({key, value_of(value)});
  }
  events_.push_back({row.time, stream_of(std::move(stream)), fields_of(decision)});
}

}  // namespace tripod::sampling
