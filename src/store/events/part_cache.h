// The parts a query has open: each with its filter bound; at most so many at once, since each holds a file descriptor.
#pragma once

#include <list>
#include <memory>
#include <unordered_map>

#include "base/result.h"
#include "store/events/block_filter.h"
#include "store/events/part.h"

namespace tripod::store {

struct OpenPart {
  const Part* part;
  std::shared_ptr<const PartReader> reader;
  BlockFilter filter;
};

// Not thread-safe. Refers to the filter for its lifetime.
class PartCache {
 public:
  explicit PartCache(const Filter& filter) : filter_(filter) {}
  // Valid until the next call. The part is kept open as long as there is room.
  base::Result<OpenPart*> get(const Part& part);

 private:
  static constexpr size_t kMostOpen = 32;
  const Filter& filter_;
  std::list<OpenPart> open_;  // used last at the front
  std::unordered_map<const Part*, std::list<OpenPart>::iterator> by_part_;
};

}  // namespace tripod::store
