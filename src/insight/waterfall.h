// The spans of one request as two tracers saw it, as one tree.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "store/events/event_store.h"

namespace tripod::insight {

struct WaterfallSpan {
  const store::EventRow* row = nullptr;   // OpenTelemetry's where both tracers saw the operation
  const store::EventRow* twin = nullptr;  // Sentry's span of the same operation; nullptr: one tracer saw it
  std::string parent_span_id;             // in the joined tree; empty for a root
  std::string service;                    // Sentry's SDKs name none: that of the joined span it lies under, where there is one
};

struct Waterfall {
  std::vector<WaterfallSpan> spans;                    // in the order of the rows
  std::map<std::string, std::string, std::less<>> shown_as;  // a twin's span id -> the id of the span it is shown with
};

// Pairs the two tracers' spans of one operation: the same kind of work (a statement of one database system, a call of one path, a
// task, the request itself), one lasting within the other, begun and ended within 50 ms of each other; of several the nearest. Of
// what is left then, those beside each other, if their whole statement agrees. A pair hangs where Sentry has it, since only Sentry knows views, templates and middleware. With one tracer's spans nothing changes.
// `rows` are oldest first and outlive the result, which points into them. Thread-safe.
Waterfall join_tracers(std::span<const store::EventRow> rows);

}  // namespace tripod::insight
