// Traces out of stored spans, kept ones and those of the window: summaries for lists, whole traces for the waterfall.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/events/event_store.h"

namespace tripod::insight {

struct TraceSummary {
  std::string trace_id;
  std::string root_name;      // of the root span, or of the earliest one where the root has not arrived
  std::string service;
  std::string source;         // "otel" or "sentry"
  base::UnixNanos start = 0;
  int64_t duration = 0;       // of the root span, nanoseconds
  uint64_t spans = 0;
  uint64_t errors = 0;        // spans with status error
  int64_t http_status = 0;    // 0: none
  bool is_kept = true;        // false: it is in the window of all spans alone, and gone with it
};

struct TraceSearch {
  store::TimeRange range;
  store::Predicate filter;    // over spans: a trace is found when one of its spans matches
  size_t limit = 50;
  store::QueryBounds bounds;
};

struct TraceList {
  std::vector<TraceSummary> traces;   // newest first
  std::vector<std::string> warnings;
};

// Thread-safe; all work happens in the calling thread.
base::Result<TraceList> search_traces(store::EventStore& events, const TraceSearch& search);
// Summaries of known ids, newest first; ids without spans are left out.
base::Result<TraceList> summarise_traces(store::EventStore& events, std::span<const std::string> trace_ids,
                                         const store::QueryBounds& bounds);

// All spans of a trace, oldest first; empty when there are none. More than `most` spans is said in the stats' warnings.
base::Result<store::ScanResult> load_trace(store::EventStore& events, std::string_view trace_id,
                                           const store::QueryBounds& bounds, size_t most = 20'000);

// Of a span, in nanoseconds; 0 where the row has none.
int64_t duration_of(const store::EventRow& span);

// 32 or 16 hexadecimal digits, lower-case, without dashes; the text itself when it is neither.
std::string normalise_id(std::string_view id);

}  // namespace tripod::insight
