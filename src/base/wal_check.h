// Looks at the segments of a write-ahead log without changing them: for who may not repair it, since
// another process writes it or since it is a copy. Layout: docs/formats/wal.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "base/wal_replay.h"

namespace tripod::base {

// Bytes of a file that are not what was written; none where records are missing there.
struct DamagedBytes {
  std::string file;
  uint64_t offset = 0;
  uint64_t bytes = 0;
  std::string what;
};

struct WalCheck {
  uint64_t segments = 0;
  uint64_t records = 0;
  uint64_t bytes = 0;
  std::vector<DamagedBytes> damage;
  uint64_t unfinished_bytes = 0;  // at the end of the last segment: a write that was under way
};

// Reads every segment of the folder, oldest first, and gives its sound records to `each` (whose
// error ends it). Segments that go away meanwhile were released. Memory: a segment.
Result<WalCheck> check_wal(Fs& fs, const std::string& dir, const WalReplayFn& each);

}  // namespace tripod::base
