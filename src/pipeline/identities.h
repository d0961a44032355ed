// What connects records of different signals: the identities each one holds (request id, trace id, event id ...).
#pragma once

#include <string_view>

#include "base/arena.h"
#include "model/batch.h"

namespace tripod::pipeline {

// Field names of the links dataset. An OpenTelemetry trace id and a Sentry trace id are different kinds: the two tracers
// share nothing by themselves.
namespace link_field {
inline constexpr std::string_view kRequestId = "request_id";
inline constexpr std::string_view kTraceId = "trace_id";
inline constexpr std::string_view kSentryTraceId = "sentry_trace_id";
inline constexpr std::string_view kEventId = "event_id";
inline constexpr std::string_view kTaskId = "task_id";
inline constexpr std::string_view kSessionId = "session";
}  // namespace link_field

// Of a log record that both tracers know: the trace of Sentry's, beside OpenTelemetry's as its own.
inline constexpr std::string_view kSentryTraceIdAttribute = "sentry.trace_id";

// Text is hexadecimal or as sent; empty where the record has none. Views live as long as the batch.
struct Identities {
  std::string_view request_id;
  std::string_view trace_id;
  std::string_view sentry_trace_id;
  std::string_view event_id;
  std::string_view task_id;
  std::string_view session;

  int count() const;
};

Identities identities_of(const model::LogRecord& record, base::Arena& arena);
Identities identities_of(const model::Span& span, base::Arena& arena);
Identities identities_of(const model::ErrorEvent& event, base::Arena& arena);

// An id's hexadecimal text in the arena; empty for the empty id.
std::string_view hex_text(const model::TraceId& id, base::Arena& arena);
std::string_view hex_text(const model::SpanId& id, base::Arena& arena);

}  // namespace tripod::pipeline
