// Jaeger's query API (v1 JSON), under /jaeger: services, operations, search and one trace.
// https://www.jaegertracing.io/docs/latest/apis/
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "insight/service_map.h"
#include "insight/traces.h"
#include "serve/api/bounds.h"
#include "serve/api/context.h"
#include "serve/api/json_body.h"
#include "serve/api/request_range.h"
#include "serve/api/span_details.h"

namespace tripod::serve {

namespace {

using base::Code;
using base::JsonWriter;
using base::Result;
using store::Predicate;

constexpr int64_t kNanosPerMicro = 1000;
constexpr int64_t kDefaultLookback = 2 * base::kNanosPerDay;

std::string text_of(const store::FieldValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? *text : std::string();
}

Result<HttpResponse> names(const Api& api, const HttpRequest& request, std::string field, Predicate filter) {
  const base::UnixNanos now = api.clock.now();
  store::AggregatePlan plan{.dataset = store::Dataset::kSpans, .range = {now - kDefaultLookback, now + base::kNanosPerMinute}, .filter = std::move(filter), .by = {std::move(field)}};
  plan.bounds = query_bounds(api.clock, request);
  auto result = api.events.aggregate(plan);
  if (!result) return base::fail(std::move(result.error()));
  std::set<std::string> found;
  for (const store::AggregateGroup& g : result->groups) {
    if (std::string name = text_of(g.by[0]); !name.empty()) found.insert(std::move(name));
  }
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("data").begin_array();
  for (const std::string& name : found) w.string(name);
  w.end_array().field("total", static_cast<uint64_t>(found.size())).field("limit", 0).field("offset", 0).key("errors").null().end_object();
  return HttpResponse::json(std::move(body));
}

void write_tag(JsonWriter& w, std::string_view key, const store::FieldValue& value) {
  w.begin_object().field("key", key);
  if (const auto* number = std::get_if<int64_t>(&value)) w.field("type", "int64").field("value", *number);
  else if (const auto* real = std::get_if<double>(&value)) w.field("type", "float64").field("value", *real);
  else if (const auto* flag = std::get_if<bool>(&value)) w.field("type", "bool").field("value", *flag);
  else if (const auto* json = std::get_if<store::JsonText>(&value)) w.field("type", "string").field("value", std::string_view(json->text));
  else w.field("type", "string").field("value", text_of(value));
  w.end_object();
}

// What describes the sender: its resource.
bool is_process_field(std::string_view key) {
  for (std::string_view prefix : {"service.", "telemetry.", "host.", "os.", "process.", "deployment.", "k8s.", "container.", "cloud."}) {
    if (key.starts_with(prefix)) return true;
  }
  return false;
}

bool is_own_field(std::string_view key) {
  for (std::string_view own : {"trace_id", "span_id", "parent_span_id", "name", "duration_ns", "status_code", "service.name"}) {
    if (key == own) return true;
  }
  return false;
}

// Jaeger's words for what it shows in its own way.
constexpr std::pair<std::string_view, std::string_view> kTagNames[] = {
    {"kind", "span.kind"}, {"status_code", "otel.status_code"}, {"status_message", "otel.status_description"}};

std::string_view tag_name(std::string_view key) {
  for (const auto& [own, shown] : kTagNames) {
    if (key == own) return shown;
  }
  return key;
}

// The spans that are shown with this tag; an attribute of the sender's may bear the same name.
Predicate tag_filter(const std::string& key, const std::string& value) {
  if (key == "error" && value == "true") {
    return Predicate::any_of({Predicate::equal("status_code", std::string("error")), Predicate::equal(key, value)});
  }
  for (const auto& [own, shown] : kTagNames) {
    if (key != shown) continue;
    std::string stored = value;
    if (own == "status_code") stored = value == "ERROR" ? "error" : value == "OK" ? "ok" : value;
    return Predicate::any_of({Predicate::equal(std::string(own), std::move(stored)), Predicate::equal(key, value)});
  }
  return Predicate::equal(key, value);
}

// Nothing where the field is missing or, an attribute of the sender's, is something else.
template <class Item>
std::vector<Item> details(const store::EventRow& row, std::string_view key, Result<std::vector<Item>> (*parse)(std::string_view)) {
  const auto* field = row.find(key);
  const auto* json = field != nullptr ? std::get_if<store::JsonText>(field) : nullptr;
  if (json == nullptr) return {};
  auto items = parse(json->text);
  return items ? std::move(*items) : std::vector<Item>();
}

void write_references(JsonWriter& w, const store::EventRow& row, std::string_view trace_id, const std::vector<SpanLink>& links) {
  const auto reference = [&](const char* type, std::string_view trace, std::string_view span) {
    w.begin_object().field("refType", type).field("traceID", trace).field("spanID", span).end_object();
  };
  w.key("references").begin_array();
  if (const std::string parent = row.text("parent_span_id"); !parent.empty()) reference("CHILD_OF", trace_id, parent);
  for (const SpanLink& link : links) reference("FOLLOWS_FROM", link.trace_id, link.span_id);
  w.end_array();
}

void write_logs(JsonWriter& w, const std::vector<SpanEvent>& events) {
  w.key("logs").begin_array();
  for (const SpanEvent& event : events) {
    w.begin_object().field("timestamp", event.time / kNanosPerMicro).key("fields").begin_array();
    if (!event.name.empty()) write_tag(w, "event", event.name);
    for (const auto& [key, value] : event.attributes) write_tag(w, key, value);
    w.end_array().end_object();
  }
  w.end_array();
}

void write_span(JsonWriter& w, const store::EventRow& row, std::string_view process) {
  const std::string trace_id = row.text("trace_id");
  const auto events = details(row, "events", parse_span_events);
  const auto links = details(row, "links", parse_span_links);
  w.begin_object().field("traceID", trace_id).field("spanID", row.text("span_id")).field("operationName", row.text("name"));
  write_references(w, row, trace_id, links);
  w.field("startTime", row.time / kNanosPerMicro).field("duration", insight::duration_of(row) / kNanosPerMicro).key("tags").begin_array();
  for (const auto& [key, value] : row.fields) {
    const bool shown_elsewhere = (key == "events" && !events.empty()) || (key == "links" && !links.empty());
    if (!shown_elsewhere && !is_own_field(key) && !is_process_field(key)) write_tag(w, tag_name(key), value);
  }
  const std::string status = row.text("status_code");
  if (status == "ok") write_tag(w, "otel.status_code", std::string("OK"));
  if (status == "error") {
    write_tag(w, "otel.status_code", std::string("ERROR"));
    write_tag(w, "error", true);
  }
  w.end_array();
  write_logs(w, events);
  w.field("processID", process).key("warnings").null().end_object();
}

// The sender of a span as JSON: the same text for spans of the same resource, in whatever order its attributes came.
std::string process_json(const store::EventRow& row) {
  std::map<std::string_view, const store::FieldValue*> tags;
  for (const auto& [key, value] : row.fields) {
    if (is_process_field(key) && key != "service.name") tags.emplace(key, &value);
  }
  std::string out;
  JsonWriter w(out);
  w.begin_object().field("serviceName", row.text("service.name")).key("tags").begin_array();
  for (const auto& [key, value] : tags) write_tag(w, key, *value);
  w.end_array().end_object();
  return out;
}

// One trace: spans, and a process per resource, numbered in the order of their first spans.
void write_trace(JsonWriter& w, const std::string& id, const store::ScanResult& spans) {
  std::map<std::string, std::string> names;
  std::vector<std::string_view> processes;
  w.begin_object().field("traceID", id).key("spans").begin_array();
  for (const store::EventRow& row : spans.rows) {
    const auto [it, is_new] = names.try_emplace(process_json(row), "p" + std::to_string(processes.size() + 1));
    if (is_new) processes.push_back(it->first);
    write_span(w, row, it->second);
  }
  w.end_array().key("processes").begin_object();
  for (size_t i = 0; i < processes.size(); ++i) w.key("p" + std::to_string(i + 1)).raw(processes[i]);
  w.end_object().key("warnings");
  if (spans.stats.warnings.empty()) {
    w.null();
  } else {
    w.begin_array();
    for (const std::string& warning : spans.stats.warnings) w.string(warning);
    w.end_array();
  }
  w.end_object();
}

Result<HttpResponse> answer_traces(const Api& api, const HttpRequest& request, const std::vector<std::string>& ids, bool must_exist) {
  const auto bounds = query_bounds(api.clock, request);
  std::string body;
  JsonWriter w(body);
  size_t found = 0;
  w.begin_object().key("data").begin_array();
  for (const std::string& id : ids) {
    auto spans = insight::load_trace(api.events, id, bounds);
    if (!spans) return base::fail(std::move(spans.error()));
    if (spans->rows.empty()) continue;
    ++found;
    write_trace(w, id, *spans);
  }
  if (found == 0 && must_exist) return base::fail(Code::kNotFound, "trace not found");
  w.end_array().field("total", static_cast<uint64_t>(found)).field("limit", 0).field("offset", 0).key("errors").null().end_object();
  return HttpResponse::json(std::move(body));
}

// start and end are microseconds here.
Result<store::TimeRange> micros_range(const Api& api, const HttpRequest& request) {
  const base::UnixNanos now = api.clock.now();
  const auto end = int_parameter(request, "end", (now + 1) / kNanosPerMicro + 1, 0, INT64_MAX / kNanosPerMicro);
  if (!end) return base::fail(end.error());
  int64_t lookback = kDefaultLookback;
  if (const auto text = request.parameter("lookback"); !text.empty() && text != "custom") {
    const auto parsed = base::parse_duration(text);
    if (!parsed) return base::fail(Code::kInvalidArgument, "lookback: " + parsed.error().message);
    lookback = *parsed;
  }
  const auto start = int_parameter(request, "start", *end - lookback / kNanosPerMicro, 0, INT64_MAX / kNanosPerMicro);
  if (!start) return base::fail(start.error());
  return bounded({*start * kNanosPerMicro, *end * kNanosPerMicro});
}

Result<HttpResponse> search(const Api& api, const HttpRequest& request) {
  if (const auto ids = request.parameters("traceID"); !ids.empty()) {
    std::vector<std::string> normal;
    for (std::string_view id : ids) normal.push_back(insight::normalise_id(id));
    return answer_traces(api, request, normal, false);
  }
  const std::string service(request.parameter("service"));
  if (service.empty()) return base::fail(Code::kInvalidArgument, "parameter 'service' is required");
  std::vector<Predicate> all = {Predicate::equal("service.name", service)};
  if (const auto operation = request.parameter("operation"); !operation.empty()) all.push_back(Predicate::equal("name", std::string(operation)));
  for (auto [name, op] : {std::pair{"minDuration", Predicate::Op::kGreaterEqual}, std::pair{"maxDuration", Predicate::Op::kLessEqual}}) {
    const auto text = request.parameter(name);
    if (text.empty()) continue;
    const auto nanos = base::parse_duration(text);
    if (!nanos) return base::fail(Code::kInvalidArgument, std::string(name) + ": " + nanos.error().message);
    all.push_back(Predicate::compare(op, "duration_ns", *nanos));
  }
  if (const auto tags = request.parameter("tags"); !tags.empty()) {
    const auto wanted = JsonBody::parse(tags);
    if (!wanted) return base::fail(Code::kInvalidArgument, "malformed 'tags' parameter: " + wanted.error().message);
    for (const auto& [key, value] : wanted->texts()) all.push_back(tag_filter(key, value));
  }
  const auto range = micros_range(api, request);
  if (!range) return base::fail(range.error());
  const auto limit = int_parameter(request, "limit", 20, 1, 1500);
  if (!limit) return base::fail(limit.error());
  const auto list = insight::search_traces(api.events, {.range = *range, .filter = Predicate::all_of(std::move(all)), .limit = static_cast<size_t>(*limit), .bounds = query_bounds(api.clock, request)});
  if (!list) return base::fail(list.error());
  std::vector<std::string> ids;
  for (const insight::TraceSummary& t : list->traces) ids.push_back(t.trace_id);
  return answer_traces(api, request, ids, false);
}

// Who calls whom, up to endTs (milliseconds) and `lookback` (milliseconds) before it.
Result<HttpResponse> dependencies(const Api& api, const HttpRequest& request) {
  constexpr int64_t kMost = INT64_MAX / base::kNanosPerMilli / 2;
  const auto end = int_parameter(request, "endTs", api.clock.now() / base::kNanosPerMilli + 1, 0, kMost);
  if (!end) return base::fail(end.error());
  const auto lookback = int_parameter(request, "lookback", base::kNanosPerDay / base::kNanosPerMilli, 0, kMost);
  if (!lookback) return base::fail(lookback.error());
  const auto map = insight::load_service_map(api.metrics, bounded({(*end - *lookback) * base::kNanosPerMilli, *end * base::kNanosPerMilli}), query_poll(api.clock, request));
  if (!map) return base::fail(map.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("data").begin_array();
  for (const insight::MapEdge& edge : map->edges) {
    if (edge.client == "user" && edge.type == "virtual_node") continue;  // no service depends on who calls it
    w.begin_object().field("parent", edge.client).field("child", edge.server).field("callCount", static_cast<uint64_t>(std::llround(edge.counts.requests))).end_object();
  }
  w.end_array().field("total", 0).field("limit", 0).field("offset", 0).key("errors").null().end_object();
  return HttpResponse::json(std::move(body));
}

void add(Router& router, std::string pattern, std::function<Result<HttpResponse>(const HttpRequest&)> answer) {
  router.add({.method = Method::kGet,
              .pattern = "/jaeger/api" + pattern,
              .access = Access::kRead,
              .handler =
                  [answer = std::move(answer)](HttpRequest&& request, Responder responder) {
                    auto response = answer(request);
                    responder(response ? std::move(*response) : error_response(ErrorShape::kJaeger, response.error(), request));
                  },
              .errors = ErrorShape::kJaeger});
}

}  // namespace

void add_jaeger_routes(Router& router, const Api& api) {
  router.shape_prefix("/jaeger/", ErrorShape::kJaeger);
  add(router, "/services", [api](const HttpRequest& r) { return names(api, r, "service.name", {}); });
  add(router, "/services/{service}/operations", [api](const HttpRequest& r) {
    return names(api, r, "name", Predicate::equal("service.name", std::string(r.path_parameter("service"))));
  });
  add(router, "/dependencies", [api](const HttpRequest& r) { return dependencies(api, r); });
  add(router, "/traces/{trace_id}", [api](const HttpRequest& r) {
    return answer_traces(api, r, {insight::normalise_id(r.path_parameter("trace_id"))}, true);
  });
  add(router, "/traces", [api](const HttpRequest& r) { return search(api, r); });
}

}  // namespace tripod::serve
