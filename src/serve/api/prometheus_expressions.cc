// Expressions themselves: /api/v1/format_query, parse_query; and what belongs to their series
// beside samples: query_exemplars.
#include "query/promql/printer.h"
#include "serve/api/prometheus.h"
#include "serve/api/prometheus_parameters.h"

namespace tripod::serve::prometheus {

using base::JsonWriter;
namespace promql = query::promql;

HttpResponse format_query(const Api&, HttpRequest& request) {
  request.merge_form_body();
  const auto expr = query_of(request);
  if (!expr) return failure(expr.error());
  return success([&](JsonWriter& w) { w.string(promql::pretty(**expr)); });
}

HttpResponse parse_query(const Api&, HttpRequest& request) {
  request.merge_form_body();
  const auto expr = query_of(request);
  if (!expr) return failure(expr.error());
  return success([&](JsonWriter& w) { promql::write_tree(**expr, w); });
}

// The metric store keeps no exemplars, so no series has any.
HttpResponse query_exemplars(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const base::UnixNanos now = api.clock.now();
  const auto start = time_of(request, "start", now, INT64_MIN);
  if (!start) return failure(start.error());
  const auto end = time_of(request, "end", now, INT64_MAX);
  if (!end) return failure(end.error());
  if (*end < *start)
    return failure(
        {base::Code::kInvalidArgument, "end timestamp must not be before start timestamp"});
  const auto expr = query_of(request);
  if (!expr) return failure(expr.error());
  return success([](JsonWriter& w) { w.begin_array().end_array(); });
}

}  // namespace tripod::serve::prometheus
