// Traces read back from the window: those whose rows left memory, those that a restart found, those that are wanted after all.
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/ids.h"
#include "sampling/decision_cache.h"
#include "store/events/event_store.h"

namespace tripod::sampling {

// A trace of which the window's spans are to be kept, up to a sequence number.
struct WantedTrace {
  model::TraceId id;
  PastDecision decision;
  uint64_t max_sequence = 0;
  store::TimeRange range;    // where its spans start
};

// The same for a span in the window and its kept copy: it is the same span when it bears the same id, name and start.
uint64_t span_key(const store::EventRow& row);

// `most` traces at a time can be asked for in one scan.
inline constexpr size_t kTracesPerScan = 256;

// Calls `take` with each span of these traces that is in the window and not among the kept ones. Views live during the call.
// @pre at most kTracesPerScan.
base::Result<> read_missing(store::EventStore& events, std::span<const WantedTrace> traces,
                            const std::function<void(const store::EventRow&, const WantedTrace&)>& take);

// All rows of a plan, page by page. False of `take` ends it with kCancelled.
base::Result<> scan_all(store::EventStore& events, store::ScanPlan plan, const std::function<bool(const store::EventRow&)>& take);

}  // namespace tripod::sampling
