// What the shipper did since its start, as its summary says it.
#pragma once

#include <cstdint>

namespace tripod::ship {

struct Stats {
  uint64_t lines_read = 0;    // in records that were given to a batch or to the spool
  uint64_t records_sent = 0;  // with repetitions
  uint64_t lines_acknowledged = 0;
  uint64_t lines_repeated = 0;   // of those: the server had them already
  uint64_t records_refused = 0;  // acknowledged, but the server named them as not taken
  uint64_t lines_rejected =
      0;  // in batches that the server will never take: kept in the folder "rejected"
  uint64_t lines_dropped = 0;  // of a full spool, or of a full folder "rejected"
  uint64_t bytes_lost = 0;  // of files that were cut off, replaced or removed before they were read
  uint64_t batches = 0;     // acknowledged
  uint64_t retries = 0;
};

}  // namespace tripod::ship
