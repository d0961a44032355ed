// The file with a dataset's deletions that still have something to leave out. Layout: docs/formats/events.md, "Deletions".
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/events/exclusions.h"

namespace tripod::store {

struct DeletionList {
  uint64_t next_id = 1;
  std::vector<std::shared_ptr<const Deletion>> deletions;  // by id

  std::string encode() const;
  // kDataLoss for anything but what encode() makes, kUnsupported for a newer version.
  static base::Result<DeletionList> decode(std::string_view bytes);
};

}  // namespace tripod::store
