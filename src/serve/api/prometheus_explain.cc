// /api/app/promql/explain: the tree of a query, each part of it asked by itself: how many series it gives, and how long that
// takes. What the engine does not hold for the whole query (series that are summed up as they are made) is counted here too.
#include "query/promql/functions.h"
#include "serve/api/prometheus.h"
#include "serve/api/prometheus_parameters.h"

namespace tripod::serve::prometheus {

using base::JsonWriter;
using base::Result;
namespace promql = query::promql;
using promql::Expr;

namespace {

// Parts of a query that are asked; of longer ones the first, in the order of evaluation from the top.
constexpr size_t kMostParts = 100;
constexpr int64_t kNanosPerMicro = 1000;

struct Explain {
  const Api& api;
  std::string_view text;  // of the whole query
  promql::RangeParams range;
  const promql::QueryOptions& options;
  size_t parts = 0;
  bool is_cut = false;  // something was left out
};

std::string_view kind_of(const Expr& expr) {
  if (expr.as<promql::NumberLiteral>() != nullptr) return "number";
  if (expr.as<promql::StringLiteral>() != nullptr) return "string";
  if (expr.as<promql::VectorSelector>() != nullptr) return "selector";
  if (expr.as<promql::MatrixSelector>() != nullptr) return "range selector";
  if (expr.as<promql::Subquery>() != nullptr) return "subquery";
  if (expr.as<promql::Call>() != nullptr) return "function";
  if (expr.as<promql::Aggregation>() != nullptr) return "aggregation";
  if (expr.as<promql::Binary>() != nullptr) return "operator";
  return "sign";
}

// What stands for the part in one line: a function's name, an operator, a selector as it is written.
std::string title_of(const Expr& expr, std::string_view written) {
  if (const auto* call = expr.as<promql::Call>()) return std::string(call->function->name);
  if (const auto* binary = expr.as<promql::Binary>()) return std::string(promql::op_text(binary->op));
  if (expr.as<promql::Unary>() != nullptr) return "-";
  const auto* aggregation = expr.as<promql::Aggregation>();
  if (aggregation == nullptr) return std::string(written);
  std::string out(promql::op_text(aggregation->op));
  if (aggregation->grouping.empty() && !aggregation->without) return out;
  out += aggregation->without ? " without (" : " by (";
  for (size_t i = 0; i < aggregation->grouping.size(); ++i) out += (i == 0 ? "" : ", ") + aggregation->grouping[i];
  return out + ")";
}

void measure(const Expr& expr, const Explain& explain, JsonWriter& w) {
  const int64_t begun = explain.api.clock.steady();
  // A range vector has no steps: it is asked at the end of the range.
  const Result<promql::QueryResult> result =
      expr.type == promql::ValueType::kMatrix
          ? explain.api.promql.instant(expr, explain.text, explain.range.end_ms, explain.options)
          : explain.api.promql.range(expr, explain.text, explain.range, explain.options);
  const int64_t took = explain.api.clock.steady() - begun;
  w.field("took_us", took / kNanosPerMicro);
  if (!result) {
    w.field("error", result.error().message);
    return;
  }
  uint64_t samples = 0;
  for (const promql::MatrixSeries& series : result->matrix) samples += series.samples.size();
  w.field("series", uint64_t{result->matrix.size()}).field("samples", samples);
}

// Recursion is bounded by the height that the parser allows.
void write_part(const Expr& whole, Explain& explain, JsonWriter& w) {
  const Expr& expr = promql::strip_parens(whole);
  const std::string_view written = explain.text.substr(expr.pos.start, expr.pos.end - expr.pos.start);
  w.begin_object().field("kind", kind_of(expr)).field("title", title_of(expr, written)).field("text", written);
  w.field("start", uint64_t{expr.pos.start}).field("type", promql::type_name(expr.type));
  const bool literal = expr.as<promql::NumberLiteral>() != nullptr || expr.type == promql::ValueType::kString;
  if (!literal) {
    ++explain.parts;
    measure(expr, explain, w);
  }
  w.key("children").begin_array();
  for (const Expr* child : promql::children(expr)) {
    if (explain.parts < kMostParts) {
      write_part(*child, explain, w);
    } else {
      explain.is_cut = true;
    }
  }
  w.end_array().end_object();
}

}  // namespace

HttpResponse explain(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const base::UnixNanos now = api.clock.now();
  const auto start = time_of(request, "start", now, std::nullopt);
  if (!start) return failure(start.error());
  const auto end = time_of(request, "end", now, std::nullopt);
  if (!end) return failure(end.error());
  const auto step = step_of(request);
  if (!step) return failure(step.error());
  const auto options = options_of(api, request);
  if (!options) return failure(options.error());
  const promql::RangeParams range{*start, *end, *step};
  if (const auto ok = api.promql.check_range(range); !ok) return failure(ok.error());
  const auto expr = query_of(request);
  if (!expr) return failure(expr.error());
  Explain explain{.api = api, .text = request.parameter("query"), .range = range, .options = *options};
  return success([&](JsonWriter& w) {
    w.begin_object().key("root");
    write_part(**expr, explain, w);
    w.field("cut", explain.is_cut).end_object();
  });
}

}  // namespace tripod::serve::prometheus
