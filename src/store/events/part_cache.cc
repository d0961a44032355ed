#include "store/events/part_cache.h"

#include <utility>

namespace tripod::store {

base::Result<OpenPart*> PartCache::get(const Part& part) {
  if (const auto found = by_part_.find(&part); found != by_part_.end()) {
    open_.splice(open_.begin(), open_, found->second);
    return &open_.front();
  }
  auto reader = part.read();
  if (!reader) return base::fail(std::move(reader.error()));
  auto filter = BlockFilter::bind(filter_, **reader);
  if (!filter) return base::fail(std::move(filter.error()));
  if (open_.size() == kMostOpen) {
    by_part_.erase(open_.back().part);
    open_.pop_back();
  }
  open_.push_front({&part, std::move(*reader), std::move(*filter)});
  by_part_[&part] = open_.begin();
  return &open_.front();
}

}  // namespace tripod::store
