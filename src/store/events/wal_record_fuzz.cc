// Any bytes as a record of the log: refused, or a batch whose every field can be walked.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "store/events/wal_record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod::store;
  auto record = read_wal_record(Dataset::kLogs, {reinterpret_cast<const char*>(data), size});
  if (!record) return 0;
  const RowBatch& batch = *record->batch;
  size_t bytes = 0;
  for (const RowBatch::Row& row : batch.rows()) {
    for (FieldCursor fields : {batch.own_fields(row), batch.stream_fields(row.stream)}) {
      uint32_t key = 0;
      tripod::model::Value value;
      while (fields.next(key, value)) {
        for (char c : value.text()) bytes += static_cast<unsigned char>(c);
        bytes += batch.keys().at(key).size();
      }
    }
  }
  return bytes == SIZE_MAX ? 1 : 0;
}
