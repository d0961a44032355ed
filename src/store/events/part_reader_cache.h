// Readers of parts that queries share, so that indexes are parsed once and not per query; the ones used longest ago go when they
// would take too much memory or too many open files.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/fs.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "store/events/part_reader.h"

namespace tripod::store {

// Thread-safe.
class PartReaderCache {
 public:
  struct Limits {
    size_t bytes = 32u << 20;  // of indexes
    size_t files = 256;
  };
  // What is kept is charged to the budget, as far as that has room.
  PartReaderCache(base::MemoryBudget& budget, Limits limits) : budget_(budget), limits_(limits) {}

  // The part's reader, opened when it is not there. Errors as PartReader::open.
  base::Result<std::shared_ptr<const PartReader>> get(base::Fs& fs, const std::string& path);
  // The file goes: whoever reads it at the moment keeps its reader.
  void forget(const std::string& path);

  size_t memory_bytes() const;
  size_t open_files() const;

 private:
  struct Entry {
    std::string path;
    std::shared_ptr<const PartReader> reader;
    base::MemoryCharge charge;
  };
  void trim();

  base::MemoryBudget& budget_;
  const Limits limits_;
  mutable std::mutex mu_;
  // guarded by mu_
  std::list<Entry> entries_;  // used last at the front
  std::unordered_map<std::string, std::list<Entry>::iterator> by_path_;
};

}  // namespace tripod::store
