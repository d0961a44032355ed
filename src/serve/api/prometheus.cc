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
constexpr const char* kTruncated = "results truncated due to limit";

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

// `limit`: how many results are asked for at most; 0, or missing: all of them.
Result<size_t> limit_of(const HttpRequest& request, std::string_view name = "limit") {
  const std::string_view text = request.parameter(name);
  if (text.empty()) return size_t{0};
  size_t limit = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (ec != std::errc() || end != text.data() + text.size()) {
    return base::fail(Code::kInvalidArgument, "invalid parameter \"" + std::string(name) + "\": \"" + std::string(text) + "\" is not a whole number from 0 on");
  }
  return limit;
}

// Whether there were more than the limit.
template <class Results>
bool cut(Results& results, size_t limit) {
  if (limit == 0 || results.size() <= limit) return false;
  results.erase(std::next(results.begin(), static_cast<std::ptrdiff_t>(limit)), results.end());
  return true;
}

// The end of an answer whose data is written.
void finish(JsonWriter& w, bool truncated) {
  if (truncated) write_list(w, "warnings", {kTruncated});
  w.end_object();
}

HttpResponse success(const std::vector<std::string>& texts, bool truncated) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("status", "success").key("data").begin_array();
  for (const std::string& text : texts) w.string(text);
  w.end_array();
  finish(w, truncated);
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

// Seconds with decimals, or a Prometheus duration; milliseconds, which may be negative.
Result<int64_t> duration_of(const HttpRequest& request, std::string_view name) {
  const std::string_view text = request.parameter(name);
  const auto invalid = [&](const std::string& why) { return base::fail(Code::kInvalidArgument, "invalid parameter \"" + std::string(name) + "\": " + why); };
  double seconds = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!text.empty() && ec == std::errc() && end == text.data() + text.size()) {
    if (!std::isfinite(seconds) || std::fabs(seconds) > 1e11) return invalid("out of range");
    return static_cast<int64_t>(seconds * 1000);
  }
  const auto nanos = base::parse_duration(text);
  if (!nanos) return invalid("cannot parse \"" + std::string(text) + "\" to a valid duration");
  return *nanos / base::kNanosPerMilli;
}

Result<int64_t> step_of(const HttpRequest& request) {
  const auto ms = duration_of(request, "step");
  if (ms && *ms <= 0) return base::fail(Code::kInvalidArgument, "zero or negative query resolution step widths are not accepted. Try a positive integer");
  return ms;
}

// A duration that may be missing; 0 is as missing.
Result<int64_t> optional_duration_of(const HttpRequest& request, std::string_view name) {
  if (request.parameter(name).empty()) return 0;
  const auto ms = duration_of(request, name);
  if (ms && *ms < 0) return base::fail(Code::kInvalidArgument, "invalid parameter \"" + std::string(name) + "\": it is negative");
  return ms;
}

Result<promql::QueryOptions> options_of(const Api& api, const HttpRequest& request) {
  const auto asked = optional_duration_of(request, "timeout");
  if (!asked) return base::fail(asked.error());
  const auto lookback = optional_duration_of(request, "lookback_delta");
  if (!lookback) return base::fail(lookback.error());
  promql::QueryOptions options;
  const int64_t most = kQueryTimeout / base::kNanosPerMilli;
  const int64_t timeout = *asked > 0 ? std::min(most, *asked) : most;
  options.deadline_steady = api.clock.steady() + timeout * base::kNanosPerMilli;
  options.cancel = request.client_gone;
  if (*lookback > 0) options.lookback_ms = *lookback;
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
HttpResponse distinct(const Api& api, const HttpRequest& request, Lookup lookup) {
  const auto limit = limit_of(request);
  if (!limit) return failure(limit.error());
  const auto range = range_of(api, request);
  if (!range) return failure(range.error());
  auto matchers = matchers_of(request);
  if (!matchers) return failure(matchers.error());
  if (matchers->empty()) matchers->emplace_back();
  std::set<std::string> out;
  for (const auto& one : *matchers) {
    auto texts = lookup(one, *range);
    if (!texts) return failure(texts.error());
    out.insert(texts->begin(), texts->end());
  }
  const bool truncated = cut(out, *limit);
  return success(std::vector<std::string>(out.begin(), out.end()), truncated);
}

// Answers a query, cut to the limit: of a vector its samples, of a matrix its series.
HttpResponse answer(Result<promql::QueryResult> result, size_t limit) {
  if (!result) return failure(result.error());
  const bool vector_cut = cut(result->vector, limit);
  const bool matrix_cut = cut(result->matrix, limit);
  if (vector_cut || matrix_cut) result->warnings.emplace_back(kTruncated);
  return success(*result);
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
  const auto limit = limit_of(request);
  if (!limit) return failure(limit.error());
  const auto options = options_of(api, request);
  if (!options) return failure(options.error());
  return answer(api.promql.instant(request.parameter("query"), *time, *options), *limit);
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
  const auto limit = limit_of(request);
  if (!limit) return failure(limit.error());
  const auto options = options_of(api, request);
  if (!options) return failure(options.error());
  return answer(api.promql.range(request.parameter("query"), {*start, *end, *step}, *options), *limit);
}

HttpResponse series(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const auto limit = limit_of(request);
  if (!limit) return failure(limit.error());
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
  const bool truncated = cut(found, *limit);
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("status", "success").key("data").begin_array();
  for (const store::Labels& labels : found) promql::write_json(labels, w);
  w.end_array();
  finish(w, truncated);
  return HttpResponse::json(std::move(body));
}

HttpResponse labels(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  return distinct(api, request, [&](const auto& matchers, store::TimeRangeMs range) { return api.metrics.label_names(matchers, range); });
}

HttpResponse label_values(const Api& api, HttpRequest& request) {
  const std::string name(request.path_parameter("name"));
  return distinct(api, request, [&](const auto& matchers, store::TimeRangeMs range) { return api.metrics.label_values(name, matchers, range); });
}

HttpResponse metadata(const Api& api, HttpRequest& request) {
  const auto limit = limit_of(request);
  if (!limit) return failure(limit.error());
  const auto limit_per_metric = limit_of(request, "limit_per_metric");
  if (!limit_per_metric) return failure(limit_per_metric.error());
  const std::string_view only = request.parameter("metric");
  std::map<std::string, std::vector<store::Metadata>> families;
  for (store::Metadata& m : api.metrics.metadata()) {
    if (only.empty() || m.family == only) families[m.family].push_back(std::move(m));
  }
  bool truncated = cut(families, *limit);
  for (auto& [family, entries] : families) truncated = cut(entries, *limit_per_metric) || truncated;
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("status", "success").key("data").begin_object();
  for (const auto& [family, entries] : families) {
    w.key(family).begin_array();
    for (const store::Metadata& m : entries) w.begin_object().field("type", type_name(m.type)).field("help", m.help).field("unit", m.unit).end_object();
    w.end_array();
  }
  w.end_object();
  finish(w, truncated);
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
