#include "serve/api/prometheus.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "serve/api/app/routes.h"
#include "serve/api/prometheus_parameters.h"

namespace tripod::serve {

namespace prometheus {

using base::Code;
using base::JsonWriter;
using base::Result;
namespace promql = query::promql;

namespace {

constexpr size_t kMostSeries = 100'000;

void write_list(JsonWriter& w, std::string_view key, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  w.key(key).begin_array();
  for (const std::string& text : texts) w.string(text);
  w.end_array();
}

HttpResponse answer_of(const promql::QueryResult& result) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("status", "success").key("data");
  promql::write_json(result, w);
  write_list(w, "warnings", result.warnings);
  write_list(w, "infos", result.infos);
  w.end_object();
  return HttpResponse::json(std::move(body));
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
  return success(
      [&](JsonWriter& w) {
        w.begin_array();
        for (const std::string& text : out) w.string(text);
        w.end_array();
      },
      truncated);
}

// Answers a query, cut to the limit: of a vector its samples, of a matrix its series.
HttpResponse answer(Result<promql::QueryResult> result, size_t limit) {
  if (!result) return execution_failure(std::move(result.error()));
  const bool vector_cut = cut(result->vector, limit);
  const bool matrix_cut = cut(result->matrix, limit);
  if (vector_cut || matrix_cut) result->warnings.emplace_back(kTruncated);
  return answer_of(*result);
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
  const auto expr = query_of(request);
  if (!expr) return failure(expr.error());
  return answer(api.promql.instant(**expr, request.parameter("query"), *time, *options), *limit);
}

HttpResponse query_range(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const base::UnixNanos now = api.clock.now();
  const auto start = time_of(request, "start", now, std::nullopt);
  if (!start) return failure(start.error());
  const auto end = time_of(request, "end", now, std::nullopt);
  if (!end) return failure(end.error());
  if (*end < *start)
    return failure(invalid_parameter("end", "end timestamp must not be before start time").error());
  const auto step = step_of(request);
  if (!step) return failure(step.error());
  const auto limit = limit_of(request);
  if (!limit) return failure(limit.error());
  const auto options = options_of(api, request);
  if (!options) return failure(options.error());
  const promql::RangeParams steps{*start, *end, *step};
  if (const auto ok = api.promql.check_range(steps); !ok) return failure(ok.error());
  const auto expr = query_of(request);
  if (!expr) return failure(expr.error());
  if ((*expr)->type != promql::ValueType::kVector && (*expr)->type != promql::ValueType::kScalar) {
    return failure(
        invalid_parameter("query", "invalid expression type \"" +
                                       std::string(promql::documented_type((*expr)->type)) +
                                       "\" for range query, must be Scalar or instant Vector")
            .error());
  }
  return answer(api.promql_ranges.range(**expr, request.parameter("query"), steps, *options), *limit);
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
  std::vector<store::Labels> found;
  for (const auto& one : *matchers) {
    auto sets = api.metrics.series(one, *range);
    if (!sets) return failure(sets.error());
    const auto before = static_cast<std::ptrdiff_t>(found.size());
    std::ranges::move(*sets, std::back_inserter(found));
    if (before > 0) {
      std::ranges::inplace_merge(found, found.begin() + before);
      const auto repeated = std::ranges::unique(found);
      found.erase(repeated.begin(), repeated.end());
    }
    if (found.size() > kMostSeries)
      return failure(
          {Code::kResourceExhausted, "more than 100000 series match: narrow the selectors"});
  }
  const bool truncated = cut(found, *limit);
  return success(
      [&](JsonWriter& w) {
        w.begin_array();
        for (const store::Labels& labels : found) promql::write_json(labels, w);
        w.end_array();
      },
      truncated);
}

HttpResponse labels(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  return distinct(api, request, [&](const auto& matchers, store::TimeRangeMs range) {
    return api.metrics.label_names(matchers, range);
  });
}

HttpResponse label_values(const Api& api, HttpRequest& request) {
  const std::string name(request.path_parameter("name"));
  return distinct(api, request, [&](const auto& matchers, store::TimeRangeMs range) {
    return api.metrics.label_values(name, matchers, range);
  });
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
  return success(
      [&](JsonWriter& w) {
        w.begin_object();
        for (const auto& [family, entries] : families) {
          w.key(family).begin_array();
          for (const store::Metadata& m : entries) {
            w.begin_object()
                .field("type", type_name(m.type))
                .field("help", m.help)
                .field("unit", m.unit)
                .end_object();
          }
          w.end_array();
        }
        w.end_object();
      },
      truncated);
}

}  // namespace prometheus

namespace {

using Endpoint = HttpResponse (*)(const Api&, HttpRequest&);

void add(Router& router, const Api& api, Method method, std::string pattern, Endpoint endpoint) {
  router.add(
      {.method = method,
       .pattern = std::move(pattern),
       .access = Access::kRead,
       .handler = [api, endpoint](HttpRequest&& request,
                                  Responder responder) { responder(endpoint(api, request)); },
       .errors = ErrorShape::kPrometheus});
}

// POSTed queries are reads: a form body where the query is too long for an URL.
void add_query(Router& router, const Api& api, const std::string& pattern, Endpoint endpoint) {
  add(router, api, Method::kGet, pattern, endpoint);
  add(router, api, Method::kPost, pattern, endpoint);
}

void add_admin(Router& router, const Api& api, const std::string& what, Endpoint endpoint) {
  for (const Method method : {Method::kPost, Method::kPut}) {
    router.add({.method = method,
                .pattern = "/api/v1/admin/tsdb/" + what,
                .access = Access::kAdmin,
                .handler = [api, endpoint](HttpRequest&& request, Responder responder) { responder(endpoint(api, request)); },
                .errors = ErrorShape::kPrometheus});
  }
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
  add_query(router, api, "/api/v1/format_query", prometheus::format_query);
  add_query(router, api, "/api/v1/parse_query", prometheus::parse_query);
  add_query(router, api, "/api/v1/query_exemplars", prometheus::query_exemplars);
  add(router, api, Method::kGet, "/api/v1/targets", prometheus::targets);
  add(router, api, Method::kGet, "/api/v1/targets/metadata", prometheus::targets_metadata);
  add(router, api, Method::kGet, "/api/v1/rules", prometheus::rules);
  add(router, api, Method::kGet, "/api/v1/alerts", prometheus::alerts);
  add(router, api, Method::kGet, "/api/v1/alertmanagers", prometheus::alertmanagers);
  add(router, api, Method::kGet, "/api/v1/status/buildinfo", prometheus::build_info);
  add(router, api, Method::kGet, "/api/v1/status/runtimeinfo", prometheus::runtime_info);
  add(router, api, Method::kGet, "/api/v1/status/flags", prometheus::flags);
  add(router, api, Method::kGet, "/api/v1/status/config", prometheus::config);
  add(router, api, Method::kGet, "/api/v1/status/tsdb", prometheus::tsdb);
  add_admin(router, api, "delete_series", prometheus::delete_series);
  add_admin(router, api, "clean_tombstones", prometheus::clean_tombstones);
  add_admin(router, api, "snapshot", prometheus::snapshot);
  router.add(
      {.method = Method::kGet,
       .pattern = "/federate",
       .access = Access::kRead,
       .handler = [api](HttpRequest&& request,
                        Responder responder) { responder(prometheus::federate(api, request)); },
       .errors = ErrorShape::kPlain});
}

namespace app {

void add_metric_routes(Router& router, const Api& api) {
  for (const auto& [pattern, endpoint] : std::initializer_list<std::pair<const char*, Endpoint>>{
           {"/api/app/query", prometheus::query},
           {"/api/app/query_range", prometheus::query_range},
           {"/api/app/series", prometheus::series},
           {"/api/app/labels", prometheus::labels},
           {"/api/app/label/{name}/values", prometheus::label_values},
           {"/api/app/metadata", prometheus::metadata},
           {"/api/app/promql/explain", prometheus::explain},
           {"/api/app/query_exemplars", prometheus::query_exemplars},
           {"/api/app/status/tsdb", prometheus::tsdb}}) {
    tripod::serve::add(router, api, Method::kGet, pattern, endpoint);
  }
}

}  // namespace app

}  // namespace tripod::serve
