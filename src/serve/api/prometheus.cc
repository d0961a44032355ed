#include "serve/api/prometheus.h"

#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "query/promql/parser.h"
#include "serve/api/app/routes.h"
#include "serve/api/bounds.h"

namespace tripod::serve {

namespace prometheus {

using base::Code;
using base::Error;
using base::JsonWriter;
using base::Result;
namespace promql = query::promql;

namespace {

constexpr size_t kMostSeries = 100'000;

int status_of(std::string_view error_type) {
  if (error_type == "execution") return 422;
  if (error_type == "timeout" || error_type == "canceled" || error_type == "unavailable") return 503;
  if (error_type == "internal") return 500;
  if (error_type == "not_found") return 404;
  return 400;
}

HttpResponse failure(const Error& error) {
  const std::string_view type = promql::prometheus_error_type(error.code);
  std::string body;
  JsonWriter(body).begin_object().field("status", "error").field("errorType", type).field("error", error.message).end_object();
  return HttpResponse::json(std::move(body), status_of(type));
}

void write_list(JsonWriter& w, std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  w.key(key).begin_array();
  for (const std::string& text : texts) w.string(text);
  w.end_array();
}

HttpResponse success(const promql::QueryResult& result) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("status", "success").key("data");
  promql::write_json(result, w);
  write_list(w, "warnings", result.warnings);
  write_list(w, "infos", result.infos);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

HttpResponse success(const std::vector<std::string>& texts) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("status", "success").key("data").begin_array();
  for (const std::string& text : texts) w.string(text);
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

// Unix seconds, RFC 3339, or our relative forms; milliseconds.
Result<int64_t> time_of(const HttpRequest& request, std::string_view name, base::UnixNanos now, std::optional<int64_t> fallback) {
  const std::string_view text = request.parameter(name);
  if (text.empty()) {
    if (fallback) return *fallback;
    return base::fail(Code::kInvalidArgument, "invalid parameter \"" + std::string(name) + "\": it is missing");
  }
  auto time = base::parse_instant(text, now);
  if (!time) return base::fail(Code::kInvalidArgument, "invalid parameter \"" + std::string(name) + "\": cannot parse \"" + std::string(text) + "\" to a valid timestamp");
  return *time / base::kNanosPerMilli;
}

// Seconds with decimals, or a Prometheus duration; milliseconds.
Result<int64_t> step_of(const HttpRequest& request) {
  const std::string_view text = request.parameter("step");
  double seconds = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  int64_t ms = 0;
  if (!text.empty() && ec == std::errc() && end == text.data() + text.size()) {
    if (!std::isfinite(seconds) || std::fabs(seconds) > 1e11) return base::fail(Code::kInvalidArgument, "invalid parameter \"step\": out of range");
    ms = static_cast<int64_t>(seconds * 1000);
  } else {
    auto nanos = base::parse_duration(text);
    if (!nanos) return base::fail(Code::kInvalidArgument, "invalid parameter \"step\": cannot parse \"" + std::string(text) + "\" to a valid duration");
    ms = *nanos / base::kNanosPerMilli;
  }
  if (ms <= 0) return base::fail(Code::kInvalidArgument, "zero or negative query resolution step widths are not accepted. Try a positive integer");
  return ms;
}

promql::QueryOptions options_of(const Api& api, const HttpRequest& request) {
  promql::QueryOptions options;
  int64_t timeout = kQueryTimeout;
  if (auto asked = base::parse_duration(request.parameter("timeout")); asked && *asked > 0) timeout = std::min(timeout, *asked);
  options.deadline_steady = api.clock.steady() + timeout;
  if (auto lookback = base::parse_duration(request.parameter("lookback_delta")); lookback && *lookback > 0) {
    options.lookback_ms = *lookback / base::kNanosPerMilli;
  }
  return options;
}

store::TimeRangeMs all_time() { return {INT64_MIN, INT64_MAX}; }

Result<store::TimeRangeMs> range_of(const Api& api, const HttpRequest& request) {
  const base::UnixNanos now = api.clock.now();
  const auto start = time_of(request, "start", now, all_time().start);
  if (!start) return base::fail(start.error());
  const auto end = time_of(request, "end", now, all_time().end);
  if (!end) return base::fail(end.error());
  if (*end < *start) return base::fail(Code::kInvalidArgument, "invalid parameter \"end\": end timestamp must not be before start time");
  return store::TimeRangeMs{*start, *end};
}

Result<std::vector<std::vector<store::LabelMatcher>>> matchers_of(const HttpRequest& request) {
  std::vector<std::vector<store::LabelMatcher>> out;
  for (std::string_view text : request.parameters("match[]")) {
    auto matchers = promql::parse_selector(text);
    if (!matchers) return base::fail(Code::kInvalidArgument, "invalid parameter \"match[]\": " + matchers.error().message);
    out.push_back(std::move(*matchers));
  }
  return out;
}

// The union of what each match[] gives; without any, what no matcher at all gives.
template <class Lookup>
Result<std::vector<std::string>> distinct(const Api& api, const HttpRequest& request, Lookup lookup) {
  const auto range = range_of(api, request);
  if (!range) return base::fail(range.error());
  auto matchers = matchers_of(request);
  if (!matchers) return base::fail(std::move(matchers.error()));
  if (matchers->empty()) matchers->emplace_back();
  std::set<std::string> out;
  for (const auto& one : *matchers) {
    auto texts = lookup(one, *range);
    if (!texts) return base::fail(std::move(texts.error()));
    out.insert(texts->begin(), texts->end());
  }
  return std::vector<std::string>(out.begin(), out.end());
}

std::string_view type_name(model::MetricType type) {
  using model::MetricType;
  switch (type) {
    case MetricType::kCounter: return "counter";
    case MetricType::kGauge: return "gauge";
    case MetricType::kHistogram: return "histogram";
    case MetricType::kSummary: return "summary";
    case MetricType::kGaugeHistogram: return "gaugehistogram";
    case MetricType::kInfo: return "info";
    case MetricType::kStateSet: return "stateset";
    case MetricType::kUnknown: return "unknown";
  }
  return "unknown";
}

}  // namespace

HttpResponse query(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const base::UnixNanos now = api.clock.now();
  const auto time = time_of(request, "time", now, now / base::kNanosPerMilli);
  if (!time) return failure(time.error());
  const auto result = api.promql.instant(request.parameter("query"), *time, options_of(api, request));
  return result ? success(*result) : failure(result.error());
}

HttpResponse query_range(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const base::UnixNanos now = api.clock.now();
  const auto start = time_of(request, "start", now, std::nullopt);
  if (!start) return failure(start.error());
  const auto end = time_of(request, "end", now, std::nullopt);
  if (!end) return failure(end.error());
  if (*end < *start) return failure({Code::kInvalidArgument, "invalid parameter \"end\": end timestamp must not be before start time"});
  const auto step = step_of(request);
  if (!step) return failure(step.error());
  const auto result = api.promql.range(request.parameter("query"), {*start, *end, *step}, options_of(api, request));
  return result ? success(*result) : failure(result.error());
}

HttpResponse series(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const auto range = range_of(api, request);
  if (!range) return failure(range.error());
  const auto matchers = matchers_of(request);
  if (!matchers) return failure(matchers.error());
  if (matchers->empty()) return failure({Code::kInvalidArgument, "no match[] parameter provided"});
  std::set<store::Labels> found;
  for (const auto& one : *matchers) {
    auto sets = api.metrics.series(one, *range);
    if (!sets) return failure(sets.error());
    found.insert(sets->begin(), sets->end());
    if (found.size() > kMostSeries) return failure({Code::kResourceExhausted, "more than 100000 series match: narrow the selectors"});
  }
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("status", "success").key("data").begin_array();
  for (const store::Labels& labels : found) promql::write_json(labels, w);
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

HttpResponse labels(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const auto names = distinct(api, request, [&](const auto& matchers, store::TimeRangeMs range) { return api.metrics.label_names(matchers, range); });
  return names ? success(*names) : failure(names.error());
}

HttpResponse label_values(const Api& api, HttpRequest& request) {
  const std::string name(request.path_parameter("name"));
  const auto values = distinct(api, request, [&](const auto& matchers, store::TimeRangeMs range) { return api.metrics.label_values(name, matchers, range); });
  return values ? success(*values) : failure(values.error());
}

HttpResponse metadata(const Api& api, HttpRequest& request) {
  const std::string_view only = request.parameter("metric");
  std::map<std::string, std::vector<store::Metadata>> families;
  for (store::Metadata& m : api.metrics.metadata()) {
    if (only.empty() || m.family == only) families[m.family].push_back(std::move(m));
  }
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("status", "success").key("data").begin_object();
  for (const auto& [family, entries] : families) {
    w.key(family).begin_array();
    for (const store::Metadata& m : entries) w.begin_object().field("type", type_name(m.type)).field("help", m.help).field("unit", m.unit).end_object();
    w.end_array();
  }
  w.end_object().end_object();
  return HttpResponse::json(std::move(body));
}

// Grafana reads the version to decide what to ask for; "features" is left out, or it would take us for Mimir.
HttpResponse build_info(const Api&, HttpRequest&) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("status", "success").key("data").begin_object().field("version", "3.0.0").field("application", "Tripod");
  w.end_object().end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace prometheus

namespace {

using Endpoint = HttpResponse (*)(const Api&, HttpRequest&);

void add(Router& router, const Api& api, Method method, std::string pattern, Endpoint endpoint) {
  router.add({.method = method,
              .pattern = std::move(pattern),
              .access = Access::kRead,
              .handler = [api, endpoint](HttpRequest&& request, Responder responder) { responder(endpoint(api, request)); },
              .errors = ErrorShape::kPrometheus});
}

// POSTed queries are reads: a form body where the query is too long for an URL.
void add_query(Router& router, const Api& api, const std::string& pattern, Endpoint endpoint) {
  add(router, api, Method::kGet, pattern, endpoint);
  add(router, api, Method::kPost, pattern, endpoint);
}

}  // namespace

void add_prometheus_routes(Router& router, const Api& api) {
  router.shape_prefix("/api/v1/", ErrorShape::kPrometheus);
  add_query(router, api, "/api/v1/query", prometheus::query);
  add_query(router, api, "/api/v1/query_range", prometheus::query_range);
  add_query(router, api, "/api/v1/series", prometheus::series);
  add_query(router, api, "/api/v1/labels", prometheus::labels);
  add(router, api, Method::kGet, "/api/v1/label/{name}/values", prometheus::label_values);
  add(router, api, Method::kGet, "/api/v1/metadata", prometheus::metadata);
  add(router, api, Method::kGet, "/api/v1/status/buildinfo", prometheus::build_info);
}

namespace app {

void add_metric_routes(Router& router, const Api& api) {
  for (const auto& [pattern, endpoint] : std::initializer_list<std::pair<const char*, Endpoint>>{
           {"/api/app/query", prometheus::query},
           {"/api/app/query_range", prometheus::query_range},
           {"/api/app/series", prometheus::series},
           {"/api/app/labels", prometheus::labels},
           {"/api/app/label/{name}/values", prometheus::label_values}}) {
    tripod::serve::add(router, api, Method::kGet, pattern, endpoint);
  }
}

}  // namespace app

}  // namespace tripod::serve
