// Every checksum of a data folder.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "base/wal_check.h"

namespace tripod::datafolder {

struct Verification {
  uint64_t parts = 0;
  uint64_t blocks = 0;
  uint64_t segments = 0;
  uint64_t records = 0;  // of the logs
  std::vector<base::DamagedBytes> damage;
  std::vector<std::string> notes;  // what a start or a query has set aside before
};

// Errors are those of the disk, and of files of a newer version. What a running server drops meanwhile is passed over.
base::Result<Verification> verify(base::Fs& fs, const std::string& data);

}  // namespace tripod::datafolder
