// The last step of a scan: the chosen records with their fields.
#pragma once

#include <span>
#include <vector>

#include "store/events/event_store.h"
#include "store/events/materialise.h"
#include "store/events/part_cache.h"
#include "store/events/query_limits.h"
#include "store/events/query_sources.h"
#include "store/events/top_rows.h"

namespace tripod::store {

// Reads each source once, whatever the order of the records. When memory does not suffice, records at the result's end are
// left out (noted in `stats`), so that what is returned is whole from the start. Records that cannot be read are left
// out too and noted.
ScanResult read_rows(std::span<const RowRef> refs, std::span<const Source> sources, PartCache& parts,
                     const Projection& projection, QueryLimits& limits, QueryStats& stats);

}  // namespace tripod::store
