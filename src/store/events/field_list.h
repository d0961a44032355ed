// Which fields a range's records have, of which types, in how many records.
#pragma once

#include <vector>

#include "base/result.h"
#include "store/events/event_store.h"
#include "store/events/snapshot.h"

namespace tripod::store {

// Sorted by name. Counts are of the batches and parts that the range touches, not of its exact records.
base::Result<std::vector<FieldInfo>> list_fields(const Snapshot& snapshot, TimeRange range);

}  // namespace tripod::store
