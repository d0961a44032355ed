// The list of a dataset's parts: the one file that says what belongs to the dataset, replaced as a whole.
// Text layout and version: docs/formats/events.md, "Manifest".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "store/events/plan.h"

namespace tripod::store {

struct ManifestPart {
  std::string name;  // relative to the dataset's folder
  base::UnixNanos min_time = 0;
  base::UnixNanos max_time = 0;
  bool lost = false;  // was damaged and set aside: kept so that queries of its time say so
};

struct Manifest {
  Dataset dataset = Dataset::kLogs;
  uint64_t flushed_sequence = 0;  // every record up to this is in the parts (or was dropped with one)
  uint64_t next_part = 1;         // number of the next part file
  std::vector<ManifestPart> parts;

  std::string encode() const;
  // kDataLoss for anything but what encode() makes, kUnsupported for a newer version.
  static base::Result<Manifest> decode(std::string_view text);
};

}  // namespace tripod::store
