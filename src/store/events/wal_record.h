// The log's record: a row batch with the sequence number of its first record, compressed or not.
// Byte layout and version: docs/formats/events.md, "Log record".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/events/plan.h"
#include "store/events/row_batch.h"

namespace tripod::store {

enum class WalCompression : uint8_t { kNone = 0, kLz4 = 1 };

// What a record says besides its rows.
struct WalExtras {
  std::optional<BatchId> id;
  base::UnixNanos received = 0;       // with id: by the server's clock
  std::vector<uint64_t> supersedes;   // sequence numbers, rising, of records that the batch replaces
};

// Header, extras and body in one string; set_first_sequence() fills in the number once it is known.
std::string make_wal_record(Dataset dataset, std::string_view body, WalCompression compression,
                            const WalExtras& extras = {});
void set_first_sequence(std::string& record, uint64_t first_sequence);

struct WalRecord {
  uint64_t first_sequence = 0;
  RowBatch::Ptr batch;
  WalExtras extras;
};
// kDataLoss for anything malformed or of another dataset, kUnsupported for a newer version.
base::Result<WalRecord> read_wal_record(Dataset dataset, std::string_view record);

}  // namespace tripod::store
