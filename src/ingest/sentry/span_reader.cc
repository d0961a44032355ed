#include "ingest/sentry/span_reader.h"

#include <charconv>

#include "ingest/sentry/span_words.h"
#include "ingest/sentry/timestamp.h"

namespace tripod::ingest::sentry {
namespace {

base::UnixNanos read_time(od::value& value, base::Arena& arena) {
  return parse_timestamp(read_text(value, arena)).value_or(0);
}

// A tag is always text: the status of an answer is put back to the number it is.
model::Value tag_value(std::string_view name, std::string_view text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const bool is_number = std::from_chars(text.data(), end, number).ptr == end && !text.empty();
  if (name != "http.response.status_code" || !is_number) return model::Value::string(text);
  return model::Value::int64(number);
}

// Tags repeat the outcome under "status"; it has its own place.
void read_span_tags(od::value& value, base::Arena& arena, AttributeList& attributes) {
  for_each_pair(value, [&](std::string_view key, od::value& member) {
    const std::string_view text = read_text(member, arena);
    if (key == "status" || text.empty()) return;
    const std::string_view name = current_name(key);
    attributes.add(name, tag_value(name, text));
  });
}

struct Words {
  std::string_view op;
  std::string_view origin;
  std::string_view description;
  std::string_view status;
};

void finish_v1(const Words& words, AttributeList& attributes, model::Span& span) {
  attributes.add_text("sentry.op", words.op);
  attributes.add_text("sentry.origin", words.origin);
  attributes.add_text("sentry.status", words.status);
  add_known_names(words.op, words.description, attributes);
  span.name = words.description.empty() ? words.op : words.description;
  span.kind = kind_of_op(words.op);
  span.status_code = status_of_word(words.status, span.kind);
  if (span.status_code == model::StatusCode::kError) span.status_message = words.status;
  span.attributes = attributes.finish();
}

void read_typed_attributes(od::value& value, base::Arena& arena, AttributeList& attributes) {
  for_each_field(value, [&](std::string_view key, od::value& member) {
    for_each_field(member, [&](std::string_view part, od::value& typed) {
      if (part == "value") attributes.add(key, read_value(typed, arena));
    });
  });
}

}  // namespace

bool is_complete(const model::Span& span, std::string& why) {
  if (span.trace_id.empty())
    why = "no trace_id";
  else if (span.span_id.empty())
    why = "no span_id";
  else if (span.start_time <= 0)
    why = "no start_timestamp";
  else if (span.end_time <= 0)
    why = "no end";
  else if (span.end_time < span.start_time)
    why = "ends before it starts";
  else
    return true;
  return false;
}

std::optional<model::Span> read_span_v1(od::value& value, model::TraceId trace_id,
                                        base::Arena& arena, std::string& why) {
  model::Span span;
  span.source = model::SpanSource::kSentry;
  Words words;
  AttributeList attributes(arena);
  for_each_field(value, [&](std::string_view key, od::value& member) {
    if (key == "trace_id")
      span.trace_id = model::TraceId::from_hex(read_text(member, arena));
    else if (key == "span_id")
      span.span_id = model::SpanId::from_hex(read_text(member, arena));
    else if (key == "parent_span_id")
      span.parent_span_id = model::SpanId::from_hex(read_text(member, arena));
    else if (key == "op")
      words.op = read_text(member, arena);
    else if (key == "origin")
      words.origin = read_text(member, arena);
    else if (key == "description")
      words.description = read_text(member, arena);
    else if (key == "status")
      words.status = read_text(member, arena);
    else if (key == "start_timestamp")
      span.start_time = read_time(member, arena);
    else if (key == "timestamp")
      span.end_time = read_time(member, arena);
    else if (key == "tags")
      read_span_tags(member, arena, attributes);
    else if (key == "data") {
      for_each_field(member, [&](std::string_view name, od::value& data) {
        attributes.add(current_name(name), read_value(data, arena));
      });
    }
  });
  if (span.trace_id.empty()) span.trace_id = trace_id;
  if (!is_complete(span, why)) return std::nullopt;
  finish_v1(words, attributes, span);
  return span;
}

std::optional<model::Span> read_span_v2(od::value& value, base::Arena& arena, std::string& why) {
  model::Span span;
  span.source = model::SpanSource::kSentry;
  std::string_view status;
  AttributeList attributes(arena);
  for_each_field(value, [&](std::string_view key, od::value& member) {
    if (key == "trace_id")
      span.trace_id = model::TraceId::from_hex(read_text(member, arena));
    else if (key == "span_id")
      span.span_id = model::SpanId::from_hex(read_text(member, arena));
    else if (key == "parent_span_id")
      span.parent_span_id = model::SpanId::from_hex(read_text(member, arena));
    else if (key == "name")
      span.name = read_text(member, arena);
    else if (key == "status")
      status = read_text(member, arena);
    else if (key == "start_timestamp")
      span.start_time = read_time(member, arena);
    else if (key == "end_timestamp")
      span.end_time = read_time(member, arena);
    else if (key == "attributes")
      read_typed_attributes(member, arena, attributes);
  });
  if (!is_complete(span, why)) return std::nullopt;
  const std::string_view op = attributes.text("sentry.op");
  span.kind = kind_of_word(attributes.text("sentry.kind"));
  if (span.kind == model::SpanKind::kUnspecified) span.kind = kind_of_op(op);
  const std::string_view message = attributes.text("sentry.status.message");
  span.status_code =
      status_of_word(message.empty() || status != "error" ? status : message, span.kind);
  if (span.status_code == model::StatusCode::kError) {
    span.status_message = message.empty() ? status : message;
  }
  add_known_names(op, span.name, attributes);
  if (span.name.empty()) span.name = op;
  span.attributes = attributes.finish();
  return span;
}

}  // namespace tripod::ingest::sentry
