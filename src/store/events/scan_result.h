// The last step of a scan: the chosen records with their fields.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "store/events/event_store.h"
#include "store/events/query_limits.h"
#include "store/events/query_pool.h"
#include "store/events/query_sources.h"
#include "store/events/top_rows.h"

namespace tripod::store {

// Views what the scan has; `pool` may be null.
struct RowRequest {
  std::span<const RowRef> rows;
  std::span<const Source> sources;
  const std::vector<std::string>& project;
  QueryPool* pool = nullptr;
};

// Reads each source once, whatever the order of the records. When memory or time does not suffice, records at the result's end are
// left out, so that what is returned is whole from the start. Records that cannot be read are left out too and noted.
ScanResult read_rows(const RowRequest& request, QueryLimits& limits, QueryStats& stats);

}  // namespace tripod::store
