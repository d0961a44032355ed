// Runs a scan over a snapshot: sources newest (or oldest) first, until no further source can change the first rows.
#pragma once

#include "base/result.h"
#include "store/events/event_store.h"
#include "store/events/plan.h"
#include "store/events/query_context.h"
#include "store/events/snapshot.h"

namespace tripod::store {

// kInvalidArgument for a filter that does not compile, kCancelled. The budget lends what the query holds while it runs.
// Where memory does not suffice for choosing the records, there are none and has_more is set: those found need not be the first.
base::Result<ScanResult> run_scan(const Snapshot& snapshot, const ScanPlan& plan, const QueryContext& context);

}  // namespace tripod::store
