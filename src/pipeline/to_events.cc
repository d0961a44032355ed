#include "pipeline/to_events.h"

#include <array>
#include <map>
#include <memory>
#include <string>

#include "base/json_writer.h"
#include "model/line_template.h"
#include "pipeline/db_statements.h"
#include "pipeline/identities.h"
#include "pipeline/issue_fields.h"
#include "pipeline/session_book.h"

namespace tripod::pipeline {

using model::Attribute;
using model::Batch;
using model::Value;

namespace {

// Of a record, besides its attributes; hardly ever more.
constexpr size_t kOwnFields = 32;

// Builds one record's field list: no nulls, no duplicate keys. A 64-bit filter keeps the check off the common path.
class FieldList {
 public:
  explicit FieldList(base::Arena& arena) : arena_(arena) {}

  // About so many fields come.
  void start(std::span<const Attribute> stream, size_t expected) {
    if (fields_.size() < expected) fields_.resize(expected);
    count_ = 0;
    // Records of few streams come in turn.
    StreamFilter& known = filters_[(reinterpret_cast<uintptr_t>(stream.data()) / sizeof(Attribute)) % kFilters];
    if (known.stream != stream.data()) {
      known = {stream.data(), 0};
      for (const Attribute& a : stream) known.filter |= bit(a.key);
    }
    stream_ = stream;
    filter_ = known.filter;
  }
  void put(std::string_view key, const Value& value) {
    if (value.is_null()) return;
    filter_ |= bit(key);
    if (count_ == fields_.size()) fields_.resize(2 * count_);
    fields_[count_++] = {key, value};
  }
  void put_text(std::string_view key, std::string_view text) {
    if (!text.empty()) put(key, Value::string(text));
  }
  // An attribute from outside: one that bears a name that is taken keeps its value under "attributes.<key>".
  void put_attribute(const Attribute& a) {
    if (a.value.is_null() || a.key.empty()) return;
    if ((filter_ & bit(a.key)) == 0 || !taken(a.key)) return put(a.key, a.value);
    if (const Attribute* same = model::find_attribute(stream_, a.key); same != nullptr && same->value == a.value) return;
    const std::string renamed = "attributes." + std::string(a.key);
    if (!taken(renamed)) put(arena_.copy(renamed), a.value);
  }
  // false: no field of this name is there, for sure.
  bool may_have(std::string_view key) const { return (filter_ & bit(key)) != 0; }
  std::span<const Attribute> finish() {
    if (count_ == 0) return {};
    auto* to = static_cast<Attribute*>(arena_.allocate(count_ * sizeof(Attribute), alignof(Attribute)));
    std::uninitialized_copy_n(fields_.data(), count_, to);
    return {to, count_};
  }

 private:
  static uint64_t bit(std::string_view key) {
    const auto mix = static_cast<uint64_t>(static_cast<unsigned char>(key.front())) * 31 +
                     static_cast<uint64_t>(static_cast<unsigned char>(key.back())) * 7 + key.size();
    return uint64_t{1} << (mix & 63);
  }
  bool taken(std::string_view key) const {
    return model::find_attribute(put_so_far(), key) != nullptr || model::find_attribute(stream_, key) != nullptr;
  }
  std::span<const Attribute> put_so_far() const { return std::span(fields_).first(count_); }

  // Of a stream's keys.
  struct StreamFilter {
    const Attribute* stream = nullptr;
    uint64_t filter = 0;
  };
  static constexpr size_t kFilters = 64;

  base::Arena& arena_;
  std::span<const Attribute> stream_;
  std::array<StreamFilter, kFilters> filters_{};
  std::vector<Attribute> fields_;
  size_t count_ = 0;
  uint64_t filter_ = 0;
};

// Streams of a batch: resource attributes plus the scope's name.
class Streams {
 public:
  explicit Streams(Batch& batch) : batch_(batch) {}

  uint32_t of(uint32_t resource, uint32_t scope) {
    const uint64_t key = static_cast<uint64_t>(resource) << 32 | scope;
    if (key == last_key_) return last_;
    auto [it, is_new] = index_.try_emplace(key, static_cast<uint32_t>(fields_.size()));
    if (is_new) fields_.push_back(make(resource, scope));
    last_key_ = key;
    last_ = it->second;
    return last_;
  }
  std::span<const Attribute> fields(uint32_t stream) const { return fields_[stream]; }
  std::vector<std::span<const Attribute>> take() { return std::move(fields_); }

 private:
  std::span<const Attribute> make(uint32_t resource, uint32_t scope) {
    FieldList list(batch_.arena);
    std::span<const Attribute> attributes;
    if (resource < batch_.resources.size()) attributes = batch_.resources[resource].attributes;
    list.start({}, attributes.size() + 1);
    for (const Attribute& a : attributes) list.put_attribute(a);
    if (scope < batch_.scopes.size()) list.put_text("otel.scope.name", batch_.scopes[scope].name);
    return list.finish();
  }

  Batch& batch_;
  std::map<uint64_t, uint32_t> index_;
  std::vector<std::span<const Attribute>> fields_;
  uint64_t last_key_ = UINT64_MAX;
  uint32_t last_ = 0;
};

std::string_view kind_name(model::SpanKind kind) {
  switch (kind) {
    case model::SpanKind::kServer: return "server";
    case model::SpanKind::kClient: return "client";
    case model::SpanKind::kProducer: return "producer";
    case model::SpanKind::kConsumer: return "consumer";
    case model::SpanKind::kInternal:
    case model::SpanKind::kUnspecified: return "internal";
  }
  return "internal";
}

std::string_view status_name(model::StatusCode code) {
  switch (code) {
    case model::StatusCode::kOk: return "ok";
    case model::StatusCode::kError: return "error";
    case model::StatusCode::kUnset: return "unset";
  }
  return "unset";
}

void write_value(base::JsonWriter& w, const Value& v) {
  switch (v.type()) {
    case model::ValueType::kNull: w.null(); break;
    case model::ValueType::kInt64: w.int64(v.as_int64()); break;
    case model::ValueType::kFloat64: w.float64(v.as_float64()); break;
    case model::ValueType::kBool: w.boolean(v.as_bool()); break;
    case model::ValueType::kJson: w.raw(v.text()); break;
    case model::ValueType::kString:
    case model::ValueType::kBytes: w.string(v.text()); break;
  }
}

void write_attributes(base::JsonWriter& w, std::span<const Attribute> attributes) {
  w.key("attributes").begin_object();
  for (const Attribute& a : attributes) {
    w.key(a.key);
    write_value(w, a.value);
  }
  w.end_object();
}

std::string_view span_events_json(const model::Span& span, base::Arena& arena) {
  std::string out;
  base::JsonWriter w(out);
  w.begin_array();
  for (const model::SpanEvent& e : span.events) {
    w.begin_object().key("time_ns").int64_string(e.time).field("name", e.name);
    write_attributes(w, e.attributes);
    w.end_object();
  }
  w.end_array();
  return arena.copy(out);
}

std::string_view span_links_json(const model::Span& span, base::Arena& arena) {
  std::string out;
  base::JsonWriter w(out);
  w.begin_array();
  for (const model::SpanLink& l : span.links) {
    w.begin_object().field("trace_id", std::string_view(l.trace_id.hex())).field("span_id", std::string_view(l.span_id.hex()));
    write_attributes(w, l.attributes);
    w.end_object();
  }
  w.end_array();
  return arena.copy(out);
}

void put_span(FieldList& list, const model::Span& span, base::Arena& arena) {
  list.put_text("trace_id", hex_text(span.trace_id, arena));
  list.put_text("span_id", hex_text(span.span_id, arena));
  list.put_text("parent_span_id", hex_text(span.parent_span_id, arena));
  list.put_text("name", span.name);
  list.put_text("kind", kind_name(span.kind));
  list.put("duration_ns", Value::int64(span.end_time - span.start_time));
  list.put_text("status_code", status_name(span.status_code));
  list.put_text("status_message", span.status_message);
  list.put_text("trace_state", span.trace_state);
  list.put_text("source", span.source == model::SpanSource::kSentry ? "sentry" : "otel");
  if (!span.events.empty()) list.put("events", Value::json(span_events_json(span, arena)));
  if (!span.links.empty()) list.put("links", Value::json(span_links_json(span, arena)));
}

// Behind the attributes: a sender's own comes first.
void put_statement(FieldList& list, const model::Span& span) {
  if (span.statement == nullptr) return;
  const bool is_taken = list.may_have(kFingerprintField) && model::find_attribute(span.attributes, kFingerprintField) != nullptr;
  if (!is_taken) list.put_text(kFingerprintField, span.statement->fingerprint_text);
}

void put_error(FieldList& list, const model::ErrorEvent& e, const GroupedError& g, base::Arena& arena) {
  list.put_text("event_id", arena.copy(e.event_id.hex()));
  list.put("issue.id", Value::int64(g.issue));
  list.put("issue.hashes", Value::json(g.hashes_json));
  list.put_text("issue.grouping", g.grouping);
  list.put("project", Value::int64(static_cast<int64_t>(e.project)));
  list.put("received_ns", Value::int64(e.received_time));
  list.put_text("title", g.title);
  list.put_text("exception.type", g.type);
  list.put_text("exception.message", g.value);
  list.put_text("culprit", g.culprit);
  list.put_text("level", e.level);
  list.put_text("platform", e.platform);
  list.put_text("logger", e.logger);
  list.put_text("transaction", e.transaction);
  list.put_text("message", e.message.empty() ? e.message_template : e.message);
  list.put_text("http.request.method", e.request_method);
  list.put_text("url.full", e.request_url);
  list.put_text("user.id", e.user_id);
  list.put_text("trace_id", hex_text(e.trace_id, arena));
  list.put_text("span_id", hex_text(e.span_id, arena));
  const Identities ids = identities_of(e, arena);
  list.put_text(link_field::kRequestId, ids.request_id);
  list.put_text(link_field::kTaskId, ids.task_id);
  if (g.is_thinned) list.put(kThinnedField, Value::boolean(true));
  else if (!e.payload.empty()) list.put("payload", Value::json(e.payload));
}

}  // namespace

EventRows logs_to_events(Batch& batch) {
  EventRows rows;
  rows.events.reserve(batch.logs.size());
  Streams streams(batch);
  FieldList list(batch.arena);
  for (const model::LogRecord& log : batch.logs) {
    const uint32_t stream = streams.of(log.resource, log.scope);
    list.start(streams.fields(stream), log.attributes.size() + kOwnFields);
    list.put("body", log.body);
    list.put_text("severity_text", log.severity_text);
    if (log.severity_number != 0) list.put("severity_number", Value::int64(log.severity_number));
    list.put_text("trace_id", hex_text(log.trace_id, batch.arena));
    list.put_text("span_id", hex_text(log.span_id, batch.arena));
    if (log.source == model::SpanSource::kSentry) list.put_text("source", "sentry");
    if (log.original_template.empty()) list.put_text(model::kOriginalField, log.original);
    else list.put_text(model::kOriginalTemplateField, log.original_template);
    for (const Attribute& a : log.attributes) list.put_attribute(a);
    rows.events.push_back({log.time, stream, list.finish()});
  }
  rows.streams = streams.take();
  return rows;
}

EventRows spans_to_events(Batch& batch) {
  EventRows rows;
  rows.events.reserve(batch.spans.size());
  Streams streams(batch);
  FieldList list(batch.arena);
  for (const model::Span& span : batch.spans) {
    const uint32_t stream = streams.of(span.resource, span.scope);
    list.start(streams.fields(stream), span.attributes.size() + kOwnFields);
    put_span(list, span, batch.arena);
    for (const Attribute& a : span.attributes) list.put_attribute(a);
    put_statement(list, span);
    rows.events.push_back({span.start_time, stream, list.finish()});
  }
  rows.streams = streams.take();
  return rows;
}

EventRows errors_to_events(Batch& batch, std::span<const GroupedError> grouped) {
  EventRows rows;
  rows.events.reserve(batch.errors.size());
  Streams streams(batch);
  FieldList list(batch.arena);
  for (size_t i = 0; i < batch.errors.size(); ++i) {
    const model::ErrorEvent& e = batch.errors[i];
    const uint32_t stream = streams.of(e.resource, UINT32_MAX);
    list.start(streams.fields(stream), e.tags.size() + e.attributes.size() + kOwnFields);
    put_error(list, e, grouped[i], batch.arena);
    for (const Attribute& tag : e.tags) {
      if (tag.key.empty()) continue;
      list.put_attribute({batch.arena.copy("tags." + std::string(tag.key)), tag.value});
    }
    for (const Attribute& a : e.attributes) list.put_attribute(a);
    rows.events.push_back({e.time, stream, list.finish()});
  }
  rows.streams = streams.take();
  return rows;
}

EventRows sessions_to_events(Batch& batch) {
  EventRows rows;
  rows.events.reserve(batch.sessions.size());
  Streams streams(batch);
  FieldList list(batch.arena);
  for (const model::SessionUpdate& session : batch.sessions) {
    const uint32_t stream = streams.of(session.resource, UINT32_MAX);
    list.start(streams.fields(stream), kOwnFields);
    const auto put_count = [&](std::string_view name, uint64_t count) {
      if (count > 0) list.put(name, Value::int64(static_cast<int64_t>(count)));
    };
    put_count(session_field::kProject, session.project);
    list.put_text(session_field::kId, batch.arena.copy(session_hash(session.project, session.id)));
    list.put_text(session_field::kUser, batch.arena.copy(user_hash(session.user_id)));
    put_count(session_field::kBegun, session.begun);
    put_count(session_field::kErrored, session.errored);
    put_count(session_field::kCrashed, session.crashed);
    put_count(session_field::kAbnormal, session.abnormal);
    rows.events.push_back({session.started, stream, list.finish()});
  }
  rows.streams = streams.take();
  return rows;
}

}  // namespace tripod::pipeline
