// A dataset as its folder has it, read without changing anything: also while a server writes it.
#pragma once

#include <string>
#include <vector>

#include "base/fs.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "store/events/manifest.h"
#include "store/events/snapshot.h"

namespace tripod::store {

struct StoredDataset {
  Manifest manifest;
  Snapshot snapshot;                 // parts, and what of the log is beyond them; ready for run_scan()
  std::vector<std::string> damage;   // what could not be read, for people
};

// `dir` is the dataset's folder. What is in memory counts against the budget. kNotFound without a manifest; kUnsupported for files
// of a newer version; kUnavailable where the folder changes faster than it can be read.
base::Result<StoredDataset> read_dataset(base::Fs& fs, const std::string& dir, Dataset dataset, base::MemoryBudget& budget);

}  // namespace tripod::store
