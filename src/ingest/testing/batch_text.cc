#include "ingest/testing/batch_text.h"

#include <fmt/format.h>

#include "base/hex.h"
#include "base/json_writer.h"

namespace tripod::ingest::testing {
namespace {

using model::Attribute;
using model::Value;
using model::ValueType;

std::string quoted(std::string_view text) {
  std::string out;
  base::JsonWriter(out).string(text);
  return out;
}

std::string value_text(const Value& value) {
  switch (value.type()) {
    case ValueType::kNull:
      return "null";
    case ValueType::kString:
      return quoted(value.text());
    case ValueType::kInt64:
      return fmt::format("int {}", value.as_int64());
    case ValueType::kFloat64:
      return fmt::format("float {}", value.as_float64());
    case ValueType::kBool:
      return value.as_bool() ? "true" : "false";
    case ValueType::kBytes:
      return fmt::format("bytes {}", base::to_hex(value.text()));
    case ValueType::kJson:
      return fmt::format("json {}", value.text());
  }
  return "?";
}

void add_attributes(std::string& out, std::string_view indent, std::span<const Attribute> list) {
  for (const Attribute& a : list) {
    out += fmt::format("{}{} = {}\n", indent, a.key, value_text(a.value));
  }
}

void add_if(std::string& out, std::string_view name, std::string_view text) {
  if (!text.empty()) out += fmt::format("  {}: {}\n", name, quoted(text));
}

void add_span(std::string& out, const model::Span& span) {
  out += fmt::format("span {} kind {} source {} resource {} scope {}\n", quoted(span.name),
                     static_cast<int>(span.kind), static_cast<int>(span.source), span.resource,
                     span.scope);
  out += fmt::format("  ids: {} {} parent {}\n", span.trace_id.hex(), span.span_id.hex(),
                     span.parent_span_id.empty() ? "-" : span.parent_span_id.hex());
  out += fmt::format("  time: {} .. {}\n", span.start_time, span.end_time);
  out += fmt::format("  status: {}\n", static_cast<int>(span.status_code));
  add_if(out, "status_message", span.status_message);
  add_if(out, "trace_state", span.trace_state);
  add_attributes(out, "    ", span.attributes);
  for (const model::SpanEvent& event : span.events) {
    out += fmt::format("  event {} at {}\n", quoted(event.name), event.time);
    add_attributes(out, "    ", event.attributes);
  }
  for (const model::SpanLink& link : span.links) {
    out += fmt::format("  link {} {}\n", link.trace_id.hex(), link.span_id.hex());
    add_attributes(out, "    ", link.attributes);
  }
}

void add_log(std::string& out, const model::LogRecord& log) {
  out +=
      fmt::format("log {} resource {} scope {}\n", value_text(log.body), log.resource, log.scope);
  out += fmt::format("  time: {} observed {}\n", log.time, log.observed_time);
  out += fmt::format("  severity: {} {}\n", log.severity_number, quoted(log.severity_text));
  if (!log.trace_id.empty()) out += fmt::format("  trace_id: {}\n", log.trace_id.hex());
  if (!log.span_id.empty()) out += fmt::format("  span_id: {}\n", log.span_id.hex());
  add_if(out, "original", log.original);
  add_attributes(out, "    ", log.attributes);
}

void add_session(std::string& out, const model::SessionUpdate& session) {
  out += fmt::format("session {} resource {} project {}\n", quoted(session.id), session.resource, session.project);
  out += fmt::format("  started: {}\n", session.started);
  out += fmt::format("  begun {} errored {} crashed {} abnormal {}\n", session.begun, session.errored, session.crashed, session.abnormal);
  add_if(out, "user_id", session.user_id);
}

void add_series(std::string& out, const model::SeriesSamples& series) {
  out += "series";
  for (const model::Label& label : series.labels) {
    out += fmt::format(" {}={}", label.name, quoted(label.value));
  }
  for (const model::Sample& sample : series.samples) {
    out += fmt::format(
        " {}@{}", model::is_stale_marker(sample.value) ? "stale" : fmt::format("{}", sample.value),
        sample.time_ms);
  }
  out += '\n';
}

void add_exemplars(std::string& out, const model::SeriesExemplars& series) {
  for (const model::Exemplar& exemplar : series.exemplars) {
    out += "exemplar";
    for (const auto labels : {series.series, exemplar.labels}) {
      for (const model::Label& label : labels) out += fmt::format(" {}={}", label.name, quoted(label.value));
      if (labels.data() == series.series.data()) out += " #";
    }
    out += fmt::format(" {}@{}\n", exemplar.value, exemplar.time_ms);
  }
}

void add_items(std::string& out, const model::Items& items) {
  for (const model::CheckIn& c : items.check_ins) {
    out += fmt::format("check-in {} of {} in {}: {}", c.id.hex(), quoted(c.slug), quoted(c.environment), check_in_status_name(c.status));
    if (c.duration_ns) out += fmt::format(" after {}", *c.duration_ns);
    if (c.config) out += fmt::format(" crontab {} interval {} {} in {}", quoted(c.config->crontab), c.config->interval, quoted(c.config->unit), c.config->time_zone);
    out += '\n';
  }
  for (const model::ClientReport& r : items.client_reports) out += fmt::format("not sent {} x {}: {}\n", r.quantity, r.category, r.reason);
  for (const model::UserFeedback& f : items.feedback) out += fmt::format("feedback of {}: {}\n", f.event_id.hex(), quoted(f.message));
  for (const model::Attachment& a : items.attachments) {
    out += fmt::format("file {} {} of {}: {} bytes\n", quoted(a.name), quoted(a.content_type), a.event_id.hex(), a.bytes.size());
  }
}

}  // namespace

std::string batch_text(const model::Batch& batch) {
  std::string out;
  for (size_t i = 0; i < batch.resources.size(); ++i) {
    out += fmt::format("resource {}\n", i);
    add_attributes(out, "    ", batch.resources[i].attributes);
  }
  for (size_t i = 0; i < batch.scopes.size(); ++i) {
    out += fmt::format("scope {} {} {}\n", i, quoted(batch.scopes[i].name),
                       quoted(batch.scopes[i].version));
  }
  for (const model::Span& span : batch.spans) add_span(out, span);
  for (const model::LogRecord& log : batch.logs) add_log(out, log);
  for (const model::MetricMetadata& m : batch.metadata) {
    out += fmt::format("family {} type {} unit {} help {}\n", m.family, static_cast<int>(m.type),
                       quoted(m.unit), quoted(m.help));
  }
  for (const model::SessionUpdate& session : batch.sessions) add_session(out, session);
  add_items(out, batch.items);
  for (const model::SeriesSamples& series : batch.series) add_series(out, series);
  for (const model::SeriesExemplars& series : batch.exemplars) add_exemplars(out, series);
  for (const model::Rejection& r : batch.rejections) {
    out += fmt::format("rejected {} x {}: {}\n", r.count, r.reason, r.detail);
  }
  for (const model::Unkept& u : batch.unkept)
    out += fmt::format("unkept {} x {}\n", u.count, u.item);
  return out;
}

}  // namespace tripod::ingest::testing
