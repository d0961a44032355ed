#include "sampling/stored_span.h"

#include <algorithm>
#include <array>
#include <vector>

namespace tripod::sampling {

using model::Attribute;
using model::Span;
using model::Value;

namespace {

constexpr std::array<std::string_view, 9> kResourcePrefixes = {"service.", "telemetry.", "host.",      "os.",   "process.",
                                                               "deployment.", "k8s.",    "container.", "cloud."};

model::SpanKind kind_of(std::string_view name) {
  if (name == "server") return model::SpanKind::kServer;
  if (name == "client") return model::SpanKind::kClient;
  if (name == "producer") return model::SpanKind::kProducer;
  return name == "consumer" ? model::SpanKind::kConsumer : model::SpanKind::kInternal;
}

model::StatusCode status_of(std::string_view name) {
  if (name == "error") return model::StatusCode::kError;
  return name == "ok" ? model::StatusCode::kOk : model::StatusCode::kUnset;
}

// Fills in what a field says where a span has a member for it. False: it is an attribute.
bool take_member(StoredSpan& out, std::string_view key, const Value& value) {
  Span& span = out.span;
  const std::string_view text = value.text();
  if (key == "trace_id") span.trace_id = model::TraceId::from_hex(text);
  else if (key == "span_id") span.span_id = model::SpanId::from_hex(text);
  else if (key == "parent_span_id") span.parent_span_id = model::SpanId::from_hex(text);
  else if (key == "name") span.name = text;
  else if (key == "kind") span.kind = kind_of(text);
  else if (key == "duration_ns") span.end_time = span.start_time + value.as_int64();
  else if (key == "status_code") span.status_code = status_of(text);
  else if (key == "status_message") span.status_message = text;
  else if (key == "trace_state") span.trace_state = text;
  else if (key == "source") span.source = text == "sentry" ? model::SpanSource::kSentry : model::SpanSource::kOtel;
  else if (key == "otel.scope.name") out.scope.name = text;
  else return key == "events" || key == "links";
  return true;
}

class Builder {
 public:
  Builder(base::UnixNanos time, base::Arena& arena) : arena_(arena) { out_.span.start_time = out_.span.end_time = time; }
  void take(std::string_view key, const Value& value) {
    if (take_member(out_, key, value)) return;
    (is_resource_field(key) ? resource_ : own_).push_back({key, value});
  }
  StoredSpan finish() {
    out_.span.attributes = arena_.copy_array(std::span<const Attribute>(own_));
    out_.resource.attributes = arena_.copy_array(std::span<const Attribute>(resource_));
    return out_;
  }

 private:
  base::Arena& arena_;
  StoredSpan out_;
  std::vector<Attribute> own_, resource_;
};

}  // namespace

bool is_resource_field(std::string_view key) {
  return std::ranges::any_of(kResourcePrefixes, [&](std::string_view prefix) { return key.starts_with(prefix); });
}

Value value_of(const store::FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return Value::string(*text);
  if (const auto* number = std::get_if<int64_t>(&value)) return Value::int64(*number);
  if (const auto* number = std::get_if<double>(&value)) return Value::float64(*number);
  if (const auto* truth = std::get_if<bool>(&value)) return Value::boolean(*truth);
  if (const auto* json = std::get_if<store::JsonText>(&value)) return Value::json(json->text);
  return {};
}

StoredSpan span_of(const store::EventRow& row, base::Arena& arena) {
  Builder builder(row.time, arena);
  for (const auto& [key, value] : row.fields) builder.take(key, value_of(value));
  return builder.finish();
}

StoredSpan span_of(const store::RowBatch& rows, uint32_t row, base::Arena& arena) {
  const store::RowBatch::Row& at = rows.rows()[row];
  Builder builder(at.time, arena);
  uint32_t key = 0;
  Value value;
  for (store::FieldCursor fields : {rows.stream_fields(at.stream), rows.own_fields(at)}) {
    while (fields.next(key, value)) builder.take(rows.keys()[key], value);
  }
  return builder.finish();
}

}  // namespace tripod::sampling
