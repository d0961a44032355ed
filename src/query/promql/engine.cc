#include "query/promql/engine.h"

#include <algorithm>
#include <cmath>

#include "query/promql/evaluator.h"
#include "query/promql/parser.h"

namespace tripod::query::promql {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr int64_t kMaxTimeMs =
    9'000'000'000'000'000;  // leaves room for offsets and ranges in 64 bits

Result<> check_time(int64_t ms) {
  if (ms >= -kMaxTimeMs && ms <= kMaxTimeMs) return {};
  return fail(Code::kInvalidArgument, "timestamp out of bounds: " + std::to_string(ms) + " ms");
}

// The whole query's start, end and step; an instant query has no step.
struct Span {
  int64_t start_ms;
  int64_t end_ms;
  int64_t step_ms;
};

QueryState make_state(store::MetricStore& store, const base::Clock& clock,
                      const EngineOptions& engine, std::string_view text, Span span,
                      const QueryOptions& query) {
  return QueryState{store,
                    clock,
                    text,
                    query.lookback_ms.value_or(engine.lookback_ms),
                    engine.default_subquery_step_ms,
                    span.start_ms,
                    span.end_ms,
                    span.step_ms,
                    query.deadline_steady,
                    query.cancel,
                    SampleBudget(query.max_samples.value_or(engine.max_samples), engine.memory),
                    engine.with_helpers,
                    {},
                    engine.asked};
}

void take_notes(QueryState& state, QueryResult& result) {
  result.warnings = std::move(state.notes.warnings);
  result.infos = std::move(state.notes.infos);
}

// All samples of a range vector's only window.
void fill_matrix(RangeVector& range, int64_t time_ms, QueryResult& result) {
  const int64_t end = range.end(time_ms);
  for (RangeSeries& data : range.series) {
    std::erase_if(data.samples, [&](const model::Sample& sample) {
      return sample.time_ms > end || sample.time_ms <= end - range.range_ms;
    });
    if (!data.samples.empty())
      result.matrix.push_back({std::move(data.labels), std::move(data.samples)});
  }
}

void fill_instant(Value& value, int64_t time_ms, QueryResult& result) {
  switch (value.type) {
    case ValueType::kScalar:
      result.scalar = {time_ms, value.series.front().values.front()};
      return;
    case ValueType::kString:
      result.string = std::move(value.text);
      result.string_time_ms = time_ms;
      return;
    default:
      break;
  }
  for (Series& series : value.series) {
    if (!is_present(series.values.front())) continue;
    result.vector.push_back({std::move(series.labels), {time_ms, series.values.front()}});
  }
}

void sort_by_labels(std::vector<MatrixSeries>& matrix) {
  std::ranges::sort(matrix, {}, &MatrixSeries::labels);
}

Result<size_t> step_count(RangeParams range, size_t max_points) {
  for (const int64_t ms : {range.start_ms, range.end_ms}) {
    if (auto ok = check_time(ms); !ok) return fail(std::move(ok.error()));
  }
  if (range.end_ms < range.start_ms) {
    return fail(Code::kInvalidArgument, "end timestamp must not be before start time");
  }
  if (range.step_ms <= 0) {
    return fail(
        Code::kInvalidArgument,
        "zero or negative query resolution step widths are not accepted. Try a positive integer");
  }
  const auto steps = static_cast<size_t>((range.end_ms - range.start_ms) / range.step_ms);
  if (steps <= max_points) return steps + 1;
  std::string limit = std::to_string(max_points);
  for (size_t at = limit.size(); at > 3; at -= 3) limit.insert(at - 3, ",");
  return fail(Code::kInvalidArgument,
              "exceeded maximum resolution of " + limit +
                  " points per timeseries. Try decreasing the query resolution (?step=XX)");
}

}  // namespace

Result<> Engine::check_range(const RangeParams& range) const {
  const auto steps = step_count(range, options_.max_points);
  return steps ? Result<>() : fail(steps.error());
}

Result<QueryResult> Engine::instant(std::string_view query, int64_t time_ms,
                                    const QueryOptions& options) const {
  auto expr = parse(query);
  if (!expr) return fail(std::move(expr.error()));
  return instant(**expr, query, time_ms, options);
}

Result<QueryResult> Engine::range(std::string_view query, RangeParams range_params,
                                  const QueryOptions& options) const {
  auto expr = parse(query);
  if (!expr) return fail(std::move(expr.error()));
  return range(**expr, query, range_params, options);
}

Result<QueryResult> Engine::instant(const Expr& expr, std::string_view text, int64_t time_ms,
                                    const QueryOptions& options) const {
  if (auto ok = check_time(time_ms); !ok) return fail(std::move(ok.error()));
  QueryState state = make_state(store_, clock_, options_, text, {time_ms, time_ms, 0}, options);
  Evaluator evaluator(state, Frame{time_ms, 1, 1});
  QueryResult result;
  result.type = expr.type;
  if (expr.type == ValueType::kMatrix) {
    auto range_vector = evaluator.eval_range_vector(expr);
    if (!range_vector) return fail(std::move(range_vector.error()));
    if (auto ok = Evaluator::finish_names(*range_vector); !ok) return fail(std::move(ok.error()));
    fill_matrix(*range_vector, time_ms, result);
    sort_by_labels(result.matrix);
  } else {
    auto value = evaluator.eval(expr);
    if (!value) return fail(std::move(value.error()));
    if (auto ok = evaluator.finish_names(*value); !ok) return fail(std::move(ok.error()));
    fill_instant(*value, time_ms, result);
  }
  take_notes(state, result);
  return result;
}

Result<QueryResult> Engine::range(const Expr& expr, std::string_view text, RangeParams range_params,
                                  const QueryOptions& options) const {
  const auto steps = step_count(range_params, options_.max_points);
  if (!steps) return fail(steps.error());
  if (expr.type != ValueType::kVector && expr.type != ValueType::kScalar) {
    return fail(Code::kInvalidArgument, "invalid expression type \"" +
                                            std::string(documented_type(expr.type)) +
                                            "\" for range query, must be Scalar or instant Vector");
  }
  const Frame frame{range_params.start_ms, range_params.step_ms, *steps};
  QueryState state =
      make_state(store_, clock_, options_, text,
                 {range_params.start_ms, range_params.end_ms, range_params.step_ms}, options);
  Evaluator evaluator(state, frame);
  auto value = evaluator.eval(expr);
  if (!value) return fail(std::move(value.error()));
  if (auto ok = evaluator.finish_names(*value); !ok) return fail(std::move(ok.error()));
  QueryResult result;
  result.type = ValueType::kMatrix;
  for (Series& series : value->series) {
    if (auto ok = state.poll(); !ok) return fail(std::move(ok.error()));
    MatrixSeries out;
    for (size_t step = 0; step < series.values.size(); ++step) {
      if (is_present(series.values[step]))
        out.samples.push_back({frame.time(step), series.values[step]});
    }
    series.values = {};
    if (out.samples.empty()) continue;
    out.labels = std::move(series.labels);
    result.matrix.push_back(std::move(out));
  }
  sort_by_labels(result.matrix);
  take_notes(state, result);
  return result;
}

std::string_view prometheus_error_type(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kUnsupported:
      return "bad_data";
    case Code::kDeadlineExceeded:
      return "timeout";
    case Code::kCancelled:
      return "canceled";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kNotFound:
      return "not_found";
    case Code::kInternal:
      return "internal";
    default:
      return "execution";
  }
}

}  // namespace tripod::query::promql
