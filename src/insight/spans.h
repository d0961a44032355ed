// Spans that are kept, and those of the window, as one.
#pragma once

#include <string_view>

#include "base/result.h"
#include "store/events/event_store.h"

namespace tripod::insight {

// A field of answers alone: false on spans that are in the window only, and gone when that has passed over them.
inline constexpr std::string_view kKeptField = "sampling.kept";

// As EventStore::scan() with the plan of either dataset: each span once, the kept copy where there are two. Projected rows have what
// tells spans apart (trace_id, span_id, name) in any case. Sequence numbers are of two kinds: a page cannot go on where another ended. @pre !plan.has_after
base::Result<store::ScanResult> scan_spans(store::EventStore& events, store::ScanPlan plan);

bool is_kept(const store::EventRow& span);
// When a span that is not kept is gone at the latest; 0: never.
base::UnixNanos gone_at(store::EventStore& events, const store::EventRow& span);

}  // namespace tripod::insight
