#include "pipeline/identities.h"

#include <initializer_list>
#include <span>

namespace tripod::pipeline {

using model::Attribute;

namespace {

template <size_t N>
std::string_view hex_of(const model::Id<N>& id, base::Arena& arena) {
  if (id.empty()) return {};
  static constexpr char kDigits[] = "0123456789abcdef";
  char* to = static_cast<char*>(arena.allocate(2 * N, 1));
  for (size_t i = 0; i < N; ++i) {
    to[2 * i] = kDigits[id.bytes[i] >> 4];
    to[2 * i + 1] = kDigits[id.bytes[i] & 15];
  }
  return {to, 2 * N};
}

std::string_view first_text(std::span<const Attribute> attributes, std::initializer_list<std::string_view> keys) {
  for (std::string_view key : keys) {
    if (std::string_view text = model::find_text(attributes, key); !text.empty()) return text;
  }
  return {};
}

void take_named(std::span<const Attribute> attributes, Identities& out) {
  out.request_id = first_text(attributes, {"request_id", "request.id", "http.request_id", "x_request_id"});
  out.task_id = first_text(attributes, {"task_id", "celery.task_id", "messaging.message.id"});
  out.session = first_text(attributes, {"session.id"});
}

}  // namespace

std::string_view hex_text(const model::TraceId& id, base::Arena& arena) { return hex_of(id, arena); }
std::string_view hex_text(const model::SpanId& id, base::Arena& arena) { return hex_of(id, arena); }

int Identities::count() const {
  int n = 0;
  for (std::string_view id : {request_id, trace_id, sentry_trace_id, event_id, task_id, session}) n += id.empty() ? 0 : 1;
  return n;
}

Identities identities_of(const model::LogRecord& record, base::Arena& arena) {
  Identities out;
  take_named(record.attributes, out);
  const bool is_sentrys = record.source == model::SpanSource::kSentry;
  (is_sentrys ? out.sentry_trace_id : out.trace_id) = hex_of(record.trace_id, arena);
  if (!is_sentrys) out.sentry_trace_id = model::find_text(record.attributes, kSentryTraceIdAttribute);
  return out;
}

Identities identities_of(const model::Span& span, base::Arena& arena) {
  Identities out;
  take_named(span.attributes, out);
  (span.source == model::SpanSource::kSentry ? out.sentry_trace_id : out.trace_id) = hex_of(span.trace_id, arena);
  return out;
}

Identities identities_of(const model::ErrorEvent& event, base::Arena& arena) {
  Identities out;
  take_named(event.attributes, out);
  Identities tagged;
  take_named(event.tags, tagged);
  if (out.request_id.empty()) out.request_id = tagged.request_id;
  if (out.task_id.empty()) out.task_id = tagged.task_id;
  // With Sentry's OTLP integration the SDK puts the OpenTelemetry ids into tags.
  out.trace_id = first_text(event.tags, {"otel.trace_id"});
  out.sentry_trace_id = hex_of(event.trace_id, arena);
  out.event_id = hex_of(event.event_id, arena);
  return out;
}

}  // namespace tripod::pipeline
