// Any bytes as a record of the log: refused, or a batch whose every field can be walked and which
// reads the same from a record made of it, compressed or not. The first byte chooses the dataset.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "store/events/wal_record.h"

namespace {

using namespace tripod::store;

size_t walk(const RowBatch& batch) {
  size_t bytes = 0;
  for (const RowBatch::Row& row : batch.rows()) {
    TRIPOD_CHECK(batch.min_time() <= row.time && row.time <= batch.max_time());
    for (FieldCursor fields : {batch.own_fields(row), batch.stream_fields(row.stream)}) {
      uint32_t key = 0;
      tripod::model::Value value;
      while (fields.next(key, value)) {
        if (value.type() == tripod::model::ValueType::kString ||
            value.type() == tripod::model::ValueType::kJson) {
          for (char c : value.text()) bytes += static_cast<unsigned char>(c);
        }
        bytes += batch.keys().at(key).size();
      }
    }
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto dataset = static_cast<Dataset>(data[0] % kDatasetCount);
  const auto record = read_wal_record(dataset, {reinterpret_cast<const char*>(data) + 1, size - 1});
  if (!record) return 0;
  const RowBatch& batch = *record->batch;
  const size_t walked = walk(batch);
  for (const WalCompression compression : {WalCompression::kNone, WalCompression::kLz4}) {
    std::string copy = make_wal_record(dataset, batch.body(), compression, record->extras);
    set_first_sequence(copy, record->first_sequence);
    const auto again = read_wal_record(dataset, copy);
    TRIPOD_CHECK(again && again->first_sequence == record->first_sequence);
    TRIPOD_CHECK(again->extras.id == record->extras.id && again->extras.supersedes == record->extras.supersedes);
    TRIPOD_CHECK(!record->extras.id || again->extras.received == record->extras.received);
    TRIPOD_CHECK(again->batch->body() == batch.body() && walk(*again->batch) == walked);
  }
  return 0;
}
