// Expressions themselves: /api/v1/format_query, parse_query; and what belongs to their series
// beside samples: query_exemplars.
#include <map>
#include <vector>

#include "query/promql/printer.h"
#include "query/promql/text.h"
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

namespace {

// All selectors of an expression.
void add_selectors(const promql::Expr& expr, std::vector<const promql::VectorSelector*>& out) {
  if (const auto* selector = expr.as<promql::VectorSelector>(); selector != nullptr && !selector->only_labels) out.push_back(selector);
  if (const auto* range = expr.as<promql::MatrixSelector>()) out.push_back(&range->selector);
  for (const promql::Expr* child : promql::children(expr)) add_selectors(*child, out);
}

double seconds(int64_t ms) { return static_cast<double>(ms) / 1e3; }

void write_exemplars(JsonWriter& w, const store::SeriesExemplars& series) {
  w.begin_object().key("seriesLabels");
  promql::write_json(series.series, w);
  w.key("exemplars").begin_array();
  for (const store::Exemplar& exemplar : series.exemplars) {
    w.begin_object().key("labels");
    promql::write_json(exemplar.labels, w);
    w.field("value", promql::format_value(exemplar.value)).field("timestamp", seconds(exemplar.time_ms)).end_object();
  }
  w.end_array().end_object();
}

}  // namespace

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
  std::vector<const promql::VectorSelector*> selectors;
  add_selectors(**expr, selectors);
  std::map<store::Labels, store::SeriesExemplars> found;  // each series once
  for (const promql::VectorSelector* selector : selectors) {
    auto exemplars = api.metrics.exemplars(selector->matchers, {*start, *end});
    if (!exemplars) return failure(exemplars.error());
    for (store::SeriesExemplars& one : *exemplars) {
      store::Labels labels = one.series;
      found.try_emplace(std::move(labels), std::move(one));
    }
  }
  return success([&](JsonWriter& w) {
    w.begin_array();
    for (const auto& [labels, series] : found) write_exemplars(w, series);
    w.end_array();
  });
}

}  // namespace tripod::serve::prometheus
