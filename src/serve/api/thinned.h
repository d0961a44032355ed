// Events of a flood that are stored without their payload: docs/decisions/010-a-flood-is-thinned-to-its-columns.md.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "serve/api/context.h"

namespace tripod::serve {

bool is_thinned(const store::EventRow& row);
// Those of `events` that have their payload.
store::Predicate whole_events(store::Predicate events);

// What the store has of an issue and of those merged into it. An issue counts events for longer than they are stored.
struct StoredEvents {
  uint64_t events = 0;
  uint64_t whole = 0;   // with their payload
};
base::Result<StoredEvents> stored_events_of(const Api& api, const HttpRequest& request, int64_t issue);

// Of events that one is chosen of to be shown, the first that is whole; where none is, the first.
base::Result<store::ScanResult> scan_for_one(const Api& api, const store::ScanPlan& plan);

}  // namespace tripod::serve
