// Events of deleted issues leave the event store.
#pragma once

#include "base/result.h"
#include "store/events/event_store.h"
#include "store/meta/issue_store.h"

namespace tripod::pipeline {

// Removes what is stored of issues that were deleted and notes it. Called after a deletion, at the start, and when an event of a
// deleted issue comes that was on its way: whatever stops it in between is done by the next call.
base::Result<> remove_events_of_deleted_issues(store::IssueStore& meta, store::EventStore& events);

}  // namespace tripod::pipeline
