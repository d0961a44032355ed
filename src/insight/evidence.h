// Links by evidence: a Sentry event or transaction and an OpenTelemetry server span that tell of the same request.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/events/event_store.h"

namespace tripod::insight {

// A match of two records by what they say; "probable" is all it claims.
struct Evidence {
  std::string value;   // trace id or event id of the other side
  std::string text;    // for people: "same path and method, starts 3 ms apart"
};

// The OpenTelemetry trace of the request an error event happened in: the one server span with the event's path and method whose
// time includes it. Nothing when none or several fit.
base::Result<std::optional<Evidence>> otel_trace_of_event(store::EventStore& events, const store::EventRow& event,
                                                          const store::QueryBounds& bounds);

// The other tracer's server span of the same request: path and method agree, start and end within 50 ms. `span` is a root server span
// of either source.
base::Result<std::optional<Evidence>> twin_of_server_span(store::EventStore& events, const store::EventRow& span,
                                                          const store::QueryBounds& bounds);

// Error events that happened within a server span of an OpenTelemetry trace (see otel_trace_of_event).
base::Result<std::vector<Evidence>> events_of_otel_span(store::EventStore& events, const store::EventRow& span,
                                                        const store::QueryBounds& bounds);

// "/checkout/" of "http://127.0.0.1:8000/checkout/?a=b" or of a path.
std::string path_of_url(std::string_view url);

}  // namespace tripod::insight
