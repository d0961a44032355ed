// The file that remembers the ids of batches whose log records are gone. Layout: docs/formats/events.md, "Batch ids".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "store/events/event_store.h"

namespace tripod::store {

// A batch that was stored, as the file has it.
struct StoredBatchId {
  BatchId id;
  base::UnixNanos received = 0;
  uint64_t first_sequence = 0;
  uint64_t accepted = 0;

  uint64_t last_sequence() const { return first_sequence + accepted - 1; }
};
static_assert(sizeof(StoredBatchId) == 40);

// Externally synchronised. Written by appending; replaced as a whole once it holds too much that nobody remembers.
class BatchIdFile {
 public:
  BatchIdFile(base::Fs& fs, std::string path) : fs_(fs), path_(std::move(path)) {}

  // What is in the file, oldest first; nothing when there is none. What is behind an unfinished or damaged place is left out,
  // and `damage` says so. kUnsupported for a newer version.
  base::Result<std::vector<StoredBatchId>> load(std::string& damage);

  // Durable when it returns. After an error only replace() puts the file in order: see must_replace().
  base::Result<> append(std::span<const StoredBatchId> batches);
  base::Result<> replace(std::span<const StoredBatchId> batches);
  bool must_replace() const { return must_replace_; }
  size_t entries() const { return entries_; }

 private:
  base::Fs& fs_;
  const std::string path_;
  size_t entries_ = 0;
  bool must_replace_ = true;  // not there, damaged, or its end is not known
};

}  // namespace tripod::store
