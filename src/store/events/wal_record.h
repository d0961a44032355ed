// The log's record: a row batch with the sequence number of its first record, compressed or not.
// Byte layout and version: docs/formats/events.md, "Log record".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/events/plan.h"
#include "store/events/row_batch.h"

namespace tripod::store {

enum class WalCompression : uint8_t { kNone = 0, kLz4 = 1 };

// Header and body in one string; set_first_sequence() fills in the number once it is known.
std::string make_wal_record(Dataset dataset, std::string_view body, WalCompression compression);
void set_first_sequence(std::string& record, uint64_t first_sequence);

struct WalRecord {
  uint64_t first_sequence = 0;
  RowBatch::Ptr batch;
};
// kDataLoss for anything malformed or of another dataset, kUnsupported for a newer version.
base::Result<WalRecord> read_wal_record(Dataset dataset, std::string_view record);

}  // namespace tripod::store
