// Copies of a data folder. docs/tasks/back-up-and-restore.md
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/fs.h"
#include "base/result.h"

namespace tripod::datafolder {

struct BackupSummary {
  uint64_t linked_files = 0;
  uint64_t copied_files = 0;
  uint64_t bytes = 0;         // of both
  uint64_t copied_bytes = 0;  // what the backup takes on disk now
};

// Into a folder that is missing or empty. What was acknowledged before the call is in it; of what came meanwhile some may be, in
// whole batches. Files that never change are hard-linked (copied where the folder is on another file system), the rest is copied and
// synced. kAlreadyExists: the folder is not empty; kUnavailable: the data changes faster than it can be linked.
base::Result<BackupSummary> make_backup(base::Fs& fs, const base::Clock& clock, const std::string& data, const std::string& backup);

// Copies a whole backup to `data`, which is missing or empty: it appears there in one step, when all is synced.
base::Result<BackupSummary> restore_backup(base::Fs& fs, const std::string& backup, const std::string& data);

}  // namespace tripod::datafolder
