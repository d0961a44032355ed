// Expressions themselves: /api/v1/format_query, parse_query; and what belongs to their series
// beside samples: query_exemplars.
#include <map>
#include <set>
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

// Each is a scan of all exemplars.
constexpr size_t kMostSelectors = 50;

// The matchers of all selectors of an expression, each set once.
base::Result<std::vector<std::vector<store::LabelMatcher>>> selected_by(const promql::Expr& expr) {
  std::vector<const promql::VectorSelector*> selectors;
  add_selectors(expr, selectors);
  std::set<std::string> known;
  std::vector<std::vector<store::LabelMatcher>> out;
  for (const promql::VectorSelector* selector : selectors) {
    std::string text;
    base::JsonWriter w(text);
    w.begin_array();
    for (const store::LabelMatcher& matcher : selector->matchers) w.int64(static_cast<int64_t>(matcher.op)).string(matcher.name).string(matcher.value);
    w.end_array();
    if (!known.insert(std::move(text)).second) continue;
    if (out.size() == kMostSelectors)
      return base::fail(base::Code::kInvalidArgument, "the query has more than " + std::to_string(kMostSelectors) + " different selectors");
    out.push_back(selector->matchers);
  }
  return out;
}

// What the answer holds, in memory and as text.
size_t answer_bytes(const store::SeriesExemplars& series) {
  size_t bytes = sizeof(series) + 2 * memory_of(series.series);
  for (const store::Exemplar& exemplar : series.exemplars) bytes += sizeof(exemplar) + 2 * memory_of(exemplar.labels);
  return bytes;
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
  const auto options = options_of(api, request);
  if (!options) return failure(options.error());
  const auto selectors = selected_by(**expr);
  if (!selectors) return failure(selectors.error());
  std::map<store::Labels, store::SeriesExemplars> found;  // each series once
  std::vector<base::MemoryCharge> charges;
  for (const auto& matchers : *selectors) {
    if (auto ok = poll(api, request, options->deadline_steady); !ok) return failure(ok.error());
    auto exemplars = api.metrics.exemplars(matchers, {*start, *end});
    if (!exemplars) return failure(exemplars.error());
    size_t bytes = 0;
    for (const store::SeriesExemplars& one : *exemplars) bytes += answer_bytes(one);
    auto held = charge(api.memory, bytes);
    if (!held) return failure(held.error());
    charges.push_back(std::move(*held));
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
