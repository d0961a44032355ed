// Loki's query API: enough for log viewers to read. https://grafana.com/docs/loki/latest/reference/loki-http-api/
#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "ingest/stream/stream_labels.h"
#include "query/logql/logql.h"
#include "query/promql/text.h"
#include "serve/api/bounds.h"
#include "serve/api/context.h"
#include "serve/api/request_range.h"

namespace tripod::serve {

namespace {

using base::Code;
using base::JsonWriter;
using base::Result;

constexpr int64_t kMostEntries = 5000;         // Loki's max_entries_limit_per_query
constexpr int64_t kDefaultEntries = 100;
constexpr size_t kMostLabelValues = 10'000;

// Loki's instants: nanoseconds as a whole number; anything else as everywhere else.
Result<base::UnixNanos> instant(std::string_view text, base::UnixNanos now) {
  int64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  constexpr int64_t kLeastNanos = 1'000'000'000'000;   // below: seconds
  if (ec == std::errc() && end == text.data() + text.size() && value >= kLeastNanos) return value;
  return base::parse_instant(text, now);
}

Result<store::TimeRange> range_of(const Api& api, const HttpRequest& request) {
  const base::UnixNanos now = api.clock.now();
  store::TimeRange range{.start = now - base::kNanosPerHour, .end = now + 1};
  if (const auto text = request.parameter("end"); !text.empty()) {
    const auto end = instant(text, now);
    if (!end) return base::fail(Code::kInvalidArgument, "end: " + end.error().message);
    range.end = *end;
    range.start = saturating_minus(range.end, base::kNanosPerHour);
  }
  if (const auto text = request.parameter("since"); !text.empty()) {
    const auto since = base::parse_duration(text);
    if (!since) return base::fail(Code::kInvalidArgument, "since: " + since.error().message);
    range.start = saturating_minus(range.end, *since);
  }
  if (const auto text = request.parameter("start"); !text.empty()) {
    const auto start = instant(text, now);
    if (!start) return base::fail(Code::kInvalidArgument, "start: " + start.error().message);
    range.start = *start;
  }
  if (range.end < range.start) return base::fail(Code::kInvalidArgument, "end timestamp must not be before or equal to start time");
  return bounded(range);
}

// What tells streams apart where records came without labels (OpenTelemetry): who sent a line, and how severe it is.
// Everything else is in the line.
bool is_stream_field(std::string_view field) {
  for (std::string_view prefix : {"service.", "deployment.", "host.", "k8s.", "container.", "cloud."}) {
    if (field.starts_with(prefix)) return field != "service.instance.id";
  }
  return field == "severity_text" || field == "job" || field == "logger" || field == "otel.scope.name";
}

// Records that came in streams name their labels themselves (docs/fields.md).
constexpr std::string_view kLabelPrefix = ingest::kStreamLabelPrefix;

Result<std::vector<std::string>> stream_fields(const Api& api, store::TimeRange range) {
  auto fields = api.events.fields(store::Dataset::kLogs, range);
  if (!fields) return base::fail(std::move(fields.error()));
  std::vector<std::string> out;
  for (store::FieldInfo& f : *fields) out.push_back(std::move(f.name));
  return out;
}

using Labels = std::map<std::string, std::string>;

// The value of a label of the record's stream. Ingest renames service_name, and old names of semantic conventions.
std::string label_value(const store::EventRow& row, std::string_view name) {
  if (std::string value = row.text(name == "service_name" ? "service.name" : name); !value.empty()) return value;
  const std::string label = query::logql::field_to_loki_label(name);
  for (const auto& [key, value] : row.fields) {
    if (query::logql::field_to_loki_label(key) == label) return row.text(key);
  }
  return {};
}

// As they were pushed, and as Loki has it the service and the severity that were found without a label of that name.
Labels pushed_labels(const store::EventRow& row) {
  Labels labels;
  for (const auto& [key, marker] : row.fields) {
    if (!key.starts_with(kLabelPrefix)) continue;
    const std::string_view name = std::string_view(key).substr(kLabelPrefix.size());
    if (std::string value = label_value(row, name); !value.empty()) labels[query::logql::field_to_loki_label(name)] = std::move(value);
  }
  if (labels.empty()) return labels;
  if (std::string service = row.text("service.name"); !service.empty()) labels.try_emplace("service_name", std::move(service));
  if (std::string level = row.text("severity_text"); !level.empty() && !labels.contains("level")) labels.try_emplace("detected_level", std::move(level));
  return labels;
}

Labels labels_of(const store::EventRow& row) {
  Labels labels = pushed_labels(row);
  if (!labels.empty()) return labels;
  for (const auto& [key, value] : row.fields) {
    if (is_stream_field(key)) labels[query::logql::field_to_loki_label(key)] = row.text(key);
  }
  return labels;
}

void write_streams(JsonWriter& w, const store::ScanResult& result) {
  std::map<Labels, std::vector<const store::EventRow*>> streams;
  for (const store::EventRow& row : result.rows) streams[labels_of(row)].push_back(&row);
  w.begin_array();
  for (const auto& [labels, rows] : streams) {
    w.begin_object().key("stream").begin_object();
    for (const auto& [name, value] : labels) w.field(name, value);
    w.end_object().key("values").begin_array();
    for (const store::EventRow* row : rows) {
      const std::string original = row->text("original");
      w.begin_array().int64_string(row->time).string(original.empty() ? row->text("body") : original).end_array();
    }
    w.end_array().end_object();
  }
  w.end_array();
}

void write_warnings(JsonWriter& w, const store::QueryStats& stats) {
  if (stats.warnings.empty()) return;
  w.key("warnings").begin_array();
  for (const std::string& warning : stats.warnings) w.string(warning);
  w.end_array();
}

HttpResponse constant(double value, base::UnixNanos now) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("status", "success").key("data").begin_object().field("resultType", "vector").key("result").begin_array();
  w.begin_object().key("metric").raw("{}").key("value").begin_array().int64(now / base::kNanosPerSecond);
  w.string(query::promql::format_value(value)).end_array().end_object();
  w.end_array().key("stats").raw("{}").end_object().end_object();
  return HttpResponse::json(std::move(body));
}

// What LogQL has and we do not is the caller's mistake like any other text that cannot be read.
Result<query::logql::Query> parse_query(const HttpRequest& request, std::span<const std::string> known = {}) {
  auto query = query::logql::parse(request.parameter("query"), known);
  if (!query && query.error().code == Code::kUnsupported) query.error().code = Code::kInvalidArgument;
  return query;
}

// `query` of the label endpoints: a selector that narrows them, or nothing.
Result<store::Predicate> selector_of(const HttpRequest& request, std::span<const std::string> known) {
  if (request.parameter("query").empty()) return store::Predicate{};
  auto query = parse_query(request, known);
  if (!query) return base::fail(std::move(query.error()));
  if (query->kind != query::logql::Query::Kind::kLogs || query->has_pipeline) {
    return base::fail(Code::kInvalidArgument, "query: only a stream selector such as {service_name=\"shop\"} narrows labels");
  }
  return std::move(query->filter);
}

Result<HttpResponse> query_range(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const auto range = range_of(api, request);
  if (!range) return base::fail(range.error());
  const auto known = stream_fields(api, *range);
  if (!known) return base::fail(known.error());
  auto query = parse_query(request, *known);
  if (!query) return base::fail(std::move(query.error()));
  if (query->kind == query::logql::Query::Kind::kConstant) return constant(query->constant, api.clock.now());
  const auto limit = int_parameter(request, "limit", kDefaultEntries, 1, kMostEntries);
  if (!limit) return base::fail(limit.error());
  const auto direction = request.parameter("direction");
  if (!direction.empty() && direction != "forward" && direction != "backward" && direction != "FORWARD" && direction != "BACKWARD") {
    return base::fail(Code::kInvalidArgument, "direction must be forward or backward");
  }
  store::ScanPlan plan{.dataset = store::Dataset::kLogs, .range = *range, .filter = std::move(query->filter), .limit = static_cast<size_t>(*limit)};
  plan.order = direction.starts_with('f') || direction.starts_with('F') ? store::Order::kOldestFirst : store::Order::kNewestFirst;
  plan.bounds = query_bounds(api.clock);
  const auto result = api.events.scan(plan);
  if (!result) return base::fail(result.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("status", "success");
  write_warnings(w, result->stats);
  w.key("data").begin_object().field("resultType", "streams").key("result");
  write_streams(w, *result);
  w.key("stats").raw("{}").end_object().end_object();
  return HttpResponse::json(std::move(body));
}

// Instant queries exist for the health check of Grafana's datasource; of logs there are only ranges.
Result<HttpResponse> query_instant(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  auto query = parse_query(request);
  if (!query) return base::fail(std::move(query.error()));
  if (query->kind == query::logql::Query::Kind::kConstant) return constant(query->constant, api.clock.now());
  return base::fail(Code::kInvalidArgument, "log queries are not supported as an instant query type, please change your query to a range query type");
}

HttpResponse success(const std::set<std::string>& texts) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("status", "success").key("data").begin_array();
  for (const std::string& text : texts) w.string(text);
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

using Witnesses = std::map<std::string, std::vector<store::Predicate>>;

// Each label's name, and which records have it.
Witnesses label_witnesses(const std::vector<std::string>& known) {
  Witnesses out;
  std::vector<store::Predicate> pushed;
  for (const std::string& field : known) {
    if (!field.starts_with(kLabelPrefix)) continue;
    pushed.push_back(store::Predicate::exists(field));
    out[query::logql::field_to_loki_label(std::string_view(field).substr(kLabelPrefix.size()))].push_back(pushed.back());
  }
  for (const std::string& field : known) {
    if (!is_stream_field(field)) continue;
    auto has_it = store::Predicate::exists(field);
    const bool everybodys = field == "service.name" || field == "severity_text" || pushed.empty();
    if (!everybodys) has_it = store::Predicate::all_of({std::move(has_it), store::Predicate::negate(store::Predicate::any_of(pushed))});
    out[query::logql::field_to_loki_label(field)].push_back(std::move(has_it));
  }
  return out;
}

Result<HttpResponse> labels(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const auto range = range_of(api, request);
  if (!range) return base::fail(range.error());
  const auto known = stream_fields(api, *range);
  if (!known) return base::fail(known.error());
  const auto selector = selector_of(request, *known);
  if (!selector) return base::fail(selector.error());
  std::set<std::string> names;
  const store::QueryBounds bounds = query_bounds(api.clock);   // of all lookups together
  for (auto& [name, witnesses] : label_witnesses(*known)) {
    if (selector->op != store::Predicate::Op::kTrue) {
      store::ScanPlan plan{.dataset = store::Dataset::kLogs, .range = *range, .project = {"severity_text"}, .limit = 1, .bounds = bounds};
      plan.filter = store::Predicate::all_of({*selector, store::Predicate::any_of(std::move(witnesses))});
      const auto result = api.events.scan(plan);
      if (!result) return base::fail(result.error());
      if (result->rows.empty()) continue;
    }
    names.insert(name);
  }
  return success(names);
}

Result<HttpResponse> label_values(const Api& api, HttpRequest& request) {
  const auto range = range_of(api, request);
  if (!range) return base::fail(range.error());
  const auto known = stream_fields(api, *range);
  if (!known) return base::fail(known.error());
  const auto selector = selector_of(request, *known);
  if (!selector) return base::fail(selector.error());
  std::set<std::string> values;
  const store::QueryBounds bounds = query_bounds(api.clock);   // of all lookups together
  for (const std::string& field : query::logql::loki_label_to_fields(std::string(request.path_parameter("name")), *known)) {
    store::AggregatePlan plan{.dataset = store::Dataset::kLogs, .range = *range, .by = {field}, .max_groups = kMostLabelValues, .bounds = bounds};
    plan.filter = store::Predicate::all_of({*selector, store::Predicate::exists(field)});
    const auto result = api.events.aggregate(plan);
    if (!result) return base::fail(result.error());
    for (const store::AggregateGroup& g : result->groups) {
      if (const auto* text = std::get_if<std::string>(&g.by[0])) values.insert(*text);
    }
  }
  return success(values);
}

using Endpoint = Result<HttpResponse> (*)(const Api&, HttpRequest&);

void add(Router& router, const Api& api, Method method, std::string path, Endpoint endpoint) {
  router.add({.method = method,
              .pattern = "/loki/api/v1" + path,
              .access = Access::kRead,
              .handler =
                  [api, endpoint](HttpRequest&& request, Responder responder) {
                    auto response = endpoint(api, request);
                    responder(response ? std::move(*response) : error_response(ErrorShape::kLoki, response.error(), request));
                  },
              .errors = ErrorShape::kLoki});
}

}  // namespace

void add_loki_routes(Router& router, const Api& api) {
  router.shape_prefix("/loki/", ErrorShape::kLoki);
  for (Method method : {Method::kGet, Method::kPost}) {
    add(router, api, method, "/query_range", query_range);
    add(router, api, method, "/query", query_instant);
    add(router, api, method, "/labels", labels);
  }
  add(router, api, Method::kGet, "/label/{name}/values", label_values);
}

}  // namespace tripod::serve
