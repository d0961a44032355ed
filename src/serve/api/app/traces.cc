// Traces: search, the waterfall of one, and everything linked to an id.
#include <algorithm>
#include <array>
#include <set>

#include "base/json_writer.h"
#include "insight/links.h"
#include "insight/spans.h"
#include "insight/traces.h"
#include "insight/waterfall.h"
#include "query/search/search.h"
#include "serve/api/app/query_text.h"
#include "serve/api/app/routes.h"
#include "serve/api/bounds.h"
#include "serve/api/json_rows.h"
#include "serve/api/request_range.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;
using store::Predicate;

namespace {

constexpr size_t kMostLogs = 500;

void write_summary(JsonWriter& w, const insight::TraceSummary& t) {
  w.begin_object().field("trace_id", t.trace_id).field("root_name", t.root_name).field("service", t.service);
  w.key("start_ns").int64_string(t.start).key("duration_ns").int64_string(t.duration).field("spans", t.spans);
  w.field("errors", t.errors).field("source", t.source).field("kept", t.is_kept).key("http_status");
  if (t.http_status == 0) w.null();
  else w.int64(t.http_status);
  w.end_object();
}

void write_texts(JsonWriter& w, const std::vector<std::string>& texts) {
  w.begin_array();
  for (const std::string& text : texts) w.string(text);
  w.end_array();
}

void write_links(JsonWriter& w, const insight::Links& links) {
  w.begin_object().field("id", links.id).key("identities").begin_array();
  for (const insight::Identity& i : links.identities) {
    w.begin_object().field("kind", i.kind).field("value", i.value).field("confidence", i.is_exact ? "exact" : "probable");
    w.field("evidence", i.evidence).end_object();
  }
  w.end_array().key("traces").begin_array();
  for (const insight::TraceSummary& t : links.traces) write_summary(w, t);
  w.end_array().key("errors").begin_array();
  for (const insight::LinkedError& e : links.errors) {
    w.begin_object().field("event_id", e.event_id).field("issue_id", e.issue).field("title", e.title).key("time_ns").int64_string(e.time);
    w.field("trace_id", e.trace_id).field("span_id", e.span_id).end_object();
  }
  w.end_array().key("logs").begin_object().field("count", links.log_count).field("query", links.log_query);
  const bool ranged = links.log_range.end != INT64_MAX;
  w.key("start_ns");
  if (ranged) w.int64_string(links.log_range.start);
  else w.null();
  w.key("end_ns");
  if (ranged) w.int64_string(links.log_range.end);
  else w.null();
  w.end_object().key("hint");
  if (links.hint) w.string(*links.hint);
  else w.null();
  w.key("warnings");
  write_texts(w, links.warnings);
  w.end_object();
}

// Fields with a place of their own in a span's JSON.
constexpr std::array<std::string_view, 15> kOwnFields = {insight::kKeptField,
                                                         "trace_id", "span_id", "parent_span_id", "name", "kind", "duration_ns", "status_code",
                                                         "status_message", "trace_state", "source", "events", "links", "otel.scope.name", "service.name"};

bool is_resource(std::string_view key) {
  for (std::string_view prefix : {"service.", "telemetry.", "host.", "os.", "process.", "deployment.", "k8s.", "container.", "cloud."}) {
    if (key.starts_with(prefix)) return true;
  }
  return false;
}

void write_span_fields(JsonWriter& w, const store::EventRow& row, bool resource) {
  w.begin_object();
  for (const auto& [key, value] : row.fields) {
    if (std::ranges::find(kOwnFields, key) != kOwnFields.end() || is_resource(key) != resource) continue;
    w.key(key);
    write_value(w, value);
  }
  w.end_object();
}

// The same operation as the other tracer saw it.
void write_twin(JsonWriter& w, const store::EventRow& row) {
  w.begin_object().field("trace_id", row.text("trace_id")).field("span_id", row.text("span_id")).field("name", row.text("name"));
  w.key("start_ns").int64_string(row.time).field("duration_ns", row.text("duration_ns")).key("attributes");
  write_span_fields(w, row, false);
  w.end_object();
}

void write_span(JsonWriter& w, const insight::WaterfallSpan& span) {
  const store::EventRow& row = *span.row;
  w.begin_object().field("span_id", row.text("span_id")).field("parent_span_id", span.parent_span_id);
  w.field("trace_id", row.text("trace_id")).field("service", span.service).field("name", row.text("name"));
  w.field("kind", row.text("kind")).key("start_ns").int64_string(row.time).field("duration_ns", row.text("duration_ns"));
  w.field("status", row.text("status_code")).field("status_message", row.text("status_message")).field("source", row.text("source"));
  w.field("scope", row.text("otel.scope.name")).key("attributes");
  write_span_fields(w, row, false);
  w.key("resource");
  write_span_fields(w, row, true);
  const auto* events = row.find("events");
  w.key("events");
  if (events != nullptr) write_value(w, *events);
  else w.raw("[]");
  w.field("also_seen_by", span.twin != nullptr ? span.twin->text("source") : "").key("twin");
  if (span.twin != nullptr) write_twin(w, *span.twin);
  else w.null();
  w.end_object();
}

Result<HttpResponse> search(const Api& api, const HttpRequest& request) {
  auto filter = query_of(request, store::Dataset::kSpans);
  if (!filter) return std::move(filter.error());
  const auto range = time_range_of(request, api.clock.now());
  if (!range) return base::fail(range.error());
  const auto limit = int_parameter(request, "limit", 50, 1, 500);
  if (!limit) return base::fail(limit.error());
  insight::TraceSearch search{.range = *range, .filter = std::move(*filter), .limit = static_cast<size_t>(*limit), .bounds = query_bounds(api.clock, request)};
  if (std::string_view service = request.parameter("service"); !service.empty()) {
    search.filter = Predicate::all_of({Predicate::equal("service.name", std::string(service)), std::move(search.filter)});
  }
  const auto list = insight::search_traces(api.events, search);
  if (!list) return base::fail(list.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("traces").begin_array();
  for (const insight::TraceSummary& t : list->traces) write_summary(w, t);
  w.end_array().key("warnings");
  write_texts(w, list->warnings);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

// Spans of the trace and, where one is known, of the other tracer's trace of the same request.
Result<store::ScanResult> spans_of(const Api& api, const std::string& id, const insight::Links& links, const store::QueryBounds& bounds) {
  auto spans = insight::load_trace(api.events, id, bounds);
  if (!spans) return spans;
  for (const insight::Identity& other : links.identities) {
    if ((other.kind != "trace_id" && other.kind != "sentry_trace_id") || other.value == id || links.traces.size() > 2) continue;
    auto more = insight::load_trace(api.events, other.value, bounds);
    if (!more) return more;
    std::move(more->rows.begin(), more->rows.end(), std::back_inserter(spans->rows));
    spans->stats.warnings.insert(spans->stats.warnings.end(), more->stats.warnings.begin(), more->stats.warnings.end());
  }
  std::ranges::stable_sort(spans->rows, {}, &store::EventRow::time);
  return spans;
}

Result<std::vector<store::EventRow>> logs_of(const Api& api, const insight::Links& links, const store::QueryBounds& bounds) {
  if (links.log_query.empty()) return std::vector<store::EventRow>();
  auto filter = query::search::parse(links.log_query, store::Dataset::kLogs);
  if (!filter) return base::fail(std::move(filter.error()));
  store::ScanPlan plan{.dataset = store::Dataset::kLogs, .range = links.log_range, .filter = std::move(*filter), .order = store::Order::kOldestFirst, .limit = kMostLogs};
  plan.bounds = bounds;
  auto result = api.events.scan(plan);
  if (!result) return base::fail(std::move(result.error()));
  return std::move(result->rows);
}

base::UnixNanos end_of(std::span<const store::EventRow> rows) {
  base::UnixNanos end = rows.front().time;
  for (const store::EventRow& row : rows) end = std::max(end, row.time + insight::duration_of(row));
  return end;
}

// An error that names a span shown with its twin names the one shown.
void write_errors(JsonWriter& w, const std::vector<insight::LinkedError>& errors, const insight::Waterfall& waterfall) {
  w.begin_array();
  for (const insight::LinkedError& e : errors) {
    const auto shown = waterfall.shown_as.find(e.span_id);
    w.begin_object().field("event_id", e.event_id).field("issue_id", e.issue).field("title", e.title).key("time_ns").int64_string(e.time);
    w.field("span_id", shown == waterfall.shown_as.end() ? e.span_id : shown->second).end_object();
  }
  w.end_array();
}

// Whether the trace is kept and by which policy; else until when it can be looked at.
void write_sampling(JsonWriter& w, const Api& api, std::span<const store::EventRow> rows, std::string_view trace_id) {
  base::UnixNanos gone_at = 0;
  std::string policy;
  double adjusted_count = 1;
  bool is_kept = true;
  for (const store::EventRow& row : rows) {
    if (row.text("trace_id") != trace_id) continue;
    if (!insight::is_kept(row)) {
      is_kept = false;
      gone_at = std::max(gone_at, insight::gone_at(api.events, row));
    } else if (policy.empty()) {
      policy = row.text(sampling::kPolicyField);
      const store::FieldValue* count = row.find(sampling::kAdjustedCountField);
      if (const auto* number = count != nullptr ? std::get_if<double>(count) : nullptr; number != nullptr) adjusted_count = *number;
    }
  }
  w.key("sampling").begin_object().field("kept", is_kept).field("policy", policy).field("adjusted_count", adjusted_count).key("gone_at_ns");
  if (is_kept || gone_at == 0) w.null();
  else w.int64_string(gone_at);
  w.end_object();
}

Result<HttpResponse> keep(const Api& api, const HttpRequest& request) {
  if (api.sampler == nullptr) return base::fail(Code::kInvalidArgument, "sampling is off: every span is kept");
  const std::string id = insight::normalise_id(request.path_parameter("trace_id"));
  const auto trace_id = model::TraceId::from_hex(id);
  if (trace_id.empty()) return base::fail(Code::kInvalidArgument, "a trace id has 32 hexadecimal digits");
  const auto spans = insight::load_trace(api.events, id, query_bounds(api.clock, request), 1);
  if (!spans) return base::fail(spans.error());
  if (spans->rows.empty()) return base::fail(Code::kNotFound, "no spans of trace " + id);
  if (auto asked = api.sampler->keep(trace_id, "request"); !asked) return base::fail(std::move(asked.error()));
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("trace_id", id).field("kept", true).end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> trace(const Api& api, const HttpRequest& request) {
  const std::string id = insight::normalise_id(request.path_parameter("trace_id"));
  const auto bounds = query_bounds(api.clock, request);
  const auto links = insight::find_links(api.events, id, bounds);
  if (!links) return base::fail(links.error());
  const auto spans = spans_of(api, id, *links, bounds);
  if (!spans) return base::fail(spans.error());
  const auto logs = logs_of(api, *links, bounds);
  if (!logs) return base::fail(logs.error());
  if (spans->rows.empty()) return base::fail(Code::kNotFound, "no spans of trace " + id);
  const base::UnixNanos start = spans->rows.front().time;
  const insight::Waterfall waterfall = insight::join_tracers(spans->rows);
  std::set<std::string> services;
  for (const insight::WaterfallSpan& span : waterfall.spans) services.insert(span.service);
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("trace_id", id).key("start_ns").int64_string(start).key("duration_ns").int64_string(end_of(spans->rows) - start);
  w.key("services");
  write_texts(w, {services.begin(), services.end()});
  write_sampling(w, api, spans->rows, id);
  w.key("spans").begin_array();
  for (const insight::WaterfallSpan& span : waterfall.spans) write_span(w, span);
  w.end_array().key("logs").begin_array();
  for (const store::EventRow& row : *logs) write_row(w, store::Dataset::kLogs, row);
  w.end_array().key("errors");
  write_errors(w, links->errors, waterfall);
  w.key("links");
  write_links(w, *links);
  w.key("warnings");
  write_warnings(w, spans->stats);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> links(const Api& api, const HttpRequest& request) {
  const auto found = insight::find_links(api.events, request.path_parameter("id"), query_bounds(api.clock, request));
  if (!found) return base::fail(found.error());
  std::string body;
  JsonWriter w(body);
  write_links(w, *found);
  return HttpResponse::json(std::move(body));
}

}  // namespace

void add_trace_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/traces", Access::kRead, [api](const HttpRequest& r) { return search(api, r); });
  add(router, Method::kGet, "/traces/{trace_id}", Access::kRead, [api](const HttpRequest& r) { return trace(api, r); });
  add(router, Method::kPost, "/traces/{trace_id}/keep", Access::kWrite, [api](const HttpRequest& r) { return keep(api, r); });
  add(router, Method::kGet, "/links/{id}", Access::kRead, [api](const HttpRequest& r) { return links(api, r); });
}

}  // namespace tripod::serve::app
