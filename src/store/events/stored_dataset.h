// A dataset as its folder has it, read without changing anything: also while a server writes it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/fs.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "store/events/manifest.h"
#include "store/events/part_reader_cache.h"
#include "store/events/snapshot.h"

namespace tripod::store {

// Keeps the readers of its parts, of the last ones used where they are very many: queries open no file anew, and what the server
// merges meanwhile goes on being read.
struct StoredDataset {
  StoredDataset() = default;
  StoredDataset(StoredDataset&&) = default;
  StoredDataset& operator=(StoredDataset&&) = delete;  // the parts of the old one would outlive their readers

  std::unique_ptr<PartReaderCache> readers;
  Manifest manifest;
  Snapshot snapshot;                 // parts, and what of the log is beyond them; ready for run_scan()
  std::vector<std::string> damage;   // what could not be read, for people
  std::vector<std::string> unhidden; // what should leave records out and could not be read, for people
};

// `dir` is the dataset's folder. What is in memory counts against the budget, which outlives what is returned. kNotFound without a manifest; kUnsupported for files
// of a newer version; kUnavailable where the folder changes faster than it can be read.
base::Result<StoredDataset> read_dataset(base::Fs& fs, const std::string& dir, Dataset dataset, base::MemoryBudget& budget);

// Whether a part has gone since: what was read may lack its records, and is to be read anew.
bool has_moved_on(base::Fs& fs, const std::string& dir, const StoredDataset& dataset);

}  // namespace tripod::store
