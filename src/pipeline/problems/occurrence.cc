#include "pipeline/problems/occurrence.h"

#include <cstring>
#include <utility>

#include "base/hash.h"
#include "base/hex.h"
#include "base/json_writer.h"

namespace tripod::pipeline::problems {

using model::Attribute;
using model::Value;

namespace {

model::SpanId id_of(uint64_t number) {
  model::SpanId id;
  std::memcpy(id.bytes.data(), &number, sizeof(number));
  return id;
}

template <class... Parts>
uint64_t hash_of(uint64_t seed, const Parts&... parts) {
  std::string text;
  ((text += parts, text += '\0'), ...);
  return base::hash64(text, seed);
}

std::string_view platform_of(std::string_view language) {
  if (language == "nodejs" || language == "webjs") return "javascript";
  return language.empty() ? std::string_view("other") : language;
}

// Under the name that Sentry's pages know for what was found: contexts are shown by whoever knows nothing of it.
std::string payload_of(const Occurrence& o, const model::EventId& id) {
  std::string out;
  base::JsonWriter w(out);
  w.begin_object().field("event_id", std::string_view(id.hex())).field("level", "info").field("platform", platform_of(o.sender.language));
  w.field("transaction", o.route).field("release", o.sender.release).field("environment", o.sender.environment);
  w.key("contexts").begin_object();
  w.key("trace").begin_object().field("trace_id", std::string_view(o.trace_id.hex()));
  w.field("span_id", std::string_view(id_of(o.problem.parent).hex())).end_object();
  w.key("problem").begin_object().field("type", issue_type_of(o.problem.kind)).field("statement", o.text);
  w.field("calls", static_cast<uint64_t>(o.problem.spans.size())).field("duration_ns", o.problem.cost);
  w.field("request_duration_ns", o.request_duration).field("service", o.sender.service).field("route", o.route).field("code", o.place);
  w.field("parent_span_id", std::string_view(id_of(o.problem.parent).hex()));
  w.key("span_ids").begin_array();
  for (const uint64_t span : o.span_ids) w.string(id_of(span).hex());
  w.end_array().end_object().end_object().end_object();
  return out;
}

uint32_t add_resource(const Sender& sender, model::Batch& batch) {
  std::vector<Attribute> attributes;
  for (const auto& [key, value] : {std::pair<std::string_view, const std::string*>{"service.name", &sender.service},
                                   {"service.version", &sender.release},
                                   {"deployment.environment.name", &sender.environment}}) {
    if (!value->empty()) attributes.push_back({key, Value::string(batch.arena.copy(*value))});
  }
  batch.resources.push_back({batch.arena.copy_array(std::span<const Attribute>(attributes))});
  return static_cast<uint32_t>(batch.resources.size() - 1);
}

const model::Finding* finding_of(const Occurrence& o, model::Batch& batch) {
  auto* finding = new (batch.arena.allocate(sizeof(model::Finding), alignof(model::Finding))) model::Finding;
  finding->issue_type = issue_type_of(o.problem.kind);
  finding->title = title_of(o.problem.kind);
  finding->value = batch.arena.copy(o.text);
  finding->culprit = batch.arena.copy(o.route.empty() ? o.sender.service : o.route);
  finding->hash = batch.arena.copy(issue_hash(o));
  finding->keeps_trace = o.keeps_trace;
  return finding;
}

}  // namespace

std::string issue_hash(const Occurrence& o) {
  const std::string pattern = std::to_string(o.problem.pattern);
  const uint64_t halves[2] = {hash_of(1, issue_type_of(o.problem.kind), o.sender.service, o.route, pattern),
                              hash_of(2, issue_type_of(o.problem.kind), o.sender.service, o.route, pattern)};
  return base::to_hex({reinterpret_cast<const char*>(halves), sizeof(halves)});
}

model::EventId event_id_of(const Occurrence& o) {
  const std::string_view trace(reinterpret_cast<const char*>(o.trace_id.bytes.data()), o.trace_id.bytes.size());
  // A slow query is one of maybe several of its parent.
  const std::string which = std::to_string(o.problem.parent) + '/' + std::to_string(o.problem.kind == ProblemKind::kSlowQuery ? o.span_ids.front() : 0);
  const std::string hash = issue_hash(o);
  const uint64_t halves[2] = {hash_of(3, trace, which, hash), hash_of(4, trace, which, hash)};
  return model::EventId::from_bytes({reinterpret_cast<const char*>(halves), sizeof(halves)});
}

void add_event(const Occurrence& o, base::UnixNanos now, model::Batch& batch) {
  model::ErrorEvent event;
  event.event_id = event_id_of(o);
  event.time = o.problem.end;
  event.received_time = now;
  event.project = o.sender.project;
  event.resource = add_resource(o.sender, batch);
  event.level = "info";
  event.platform = batch.arena.copy(platform_of(o.sender.language));
  event.finding = finding_of(o, batch);
  event.transaction = batch.arena.copy(o.route);
  event.release = batch.arena.copy(o.sender.release);
  event.environment = batch.arena.copy(o.sender.environment);
  event.message = event.finding->value;
  event.trace_id = o.trace_id;
  event.span_id = id_of(o.problem.parent);
  std::vector<Attribute> attributes = {{problem_field::kIssueType, Value::string(event.finding->issue_type)},
                                       {problem_field::kCalls, Value::int64(static_cast<int64_t>(o.problem.spans.size()))},
                                       {problem_field::kCost, Value::int64(o.problem.cost)}};
  if (o.request_duration > 0) attributes.push_back({problem_field::kShare, Value::int64(o.request_duration)});
  event.attributes = batch.arena.copy_array(std::span<const Attribute>(attributes));
  event.payload = batch.arena.copy(payload_of(o, event.event_id));
  batch.errors.push_back(event);
}

}  // namespace tripod::pipeline::problems
