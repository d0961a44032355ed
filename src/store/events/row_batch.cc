#include "store/events/row_batch.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "store/events/field_text.h"

namespace tripod::store {
namespace {

// A hash of one field that does not depend on its neighbours.
uint64_t field_hash(std::string_view key, const model::Value& value) {
  NumberBuffer buffer;
  const auto type = static_cast<uint64_t>(value.type());
  return base::hash64(field_text(value, buffer), base::hash64(key, type));
}

}  // namespace

size_t RowBatch::memory_bytes() const {
  return sizeof(RowBatch) + body_.capacity() + keys_.capacity() * sizeof(keys_[0]) +
         streams_.capacity() * sizeof(Stream) + rows_.capacity() * sizeof(Row) +
         (columns_ == nullptr ? 0 : columns_->memory_bytes());
}

uint32_t RowBatch::key_index(std::string_view key) const {
  const auto found = std::ranges::find(keys_, key);
  return found == keys_.end() ? kNoKey : static_cast<uint32_t>(found - keys_.begin());
}

void RowBatch::finish() {
  for (size_t i = 0; i < streams_.size(); ++i) {
    FieldCursor fields = stream_fields(static_cast<uint32_t>(i));
    uint32_t key = 0;
    model::Value value;
    uint64_t id = 0;
    // Addition: senders give the same fields in different orders.
    while (fields.next(key, value)) id += field_hash(keys_[key], value);
    streams_[i].id = id;
  }
  for (const Row& row : rows_) {
    min_time_ = std::min(min_time_, row.time);
    max_time_ = std::max(max_time_, row.time);
  }
}

}  // namespace tripod::store
