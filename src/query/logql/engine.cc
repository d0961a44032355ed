#include "query/logql/engine.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "query/logql/evaluator.h"
#include "query/logql/line_keys.h"
#include "query/logql/pipeline.h"
#include "query/logql/pushdown.h"
#include "query/logql/record_reader.h"
#include "query/logql/scanner.h"

namespace tripod::query::logql {

using base::Code;
using base::Result;

namespace {

// Whether some part of the expression orders its result by value.
bool sorts(const Expr& expr) {
  if (const auto* vector = expr.as<VectorAggregation>()) {
    if (vector->op == VectorOp::kSort || vector->op == VectorOp::kSortDesc) return true;
  }
  return std::ranges::any_of(children(expr), [](const Expr* child) { return sorts(*child); });
}

class LogCollector {
 public:
  LogCollector(const LogOptions& options, Pipeline pipeline, int64_t now)
      : options_(options), pipeline_(std::move(pipeline)) {
    line_.now = now;
  }

  // False: enough.
  bool add(const store::EventRow& row) {
    reader_.read(row, line_);
    const std::string_view came(line_.text);
    if (!pipeline_.run(line_)) return true;
    if (options_.interval > 0 && count_ > 0 && std::abs(line_.time - last_) < options_.interval) return true;
    last_ = line_.time;
    const bool categorized = options_.style == LabelStyle::kCategorized;
    LogEntry entry{line_.time, std::string(line_.text), line_.labels.sorted(false, true, false), line_.labels.sorted(false, false, true)};
    Labels labels = line_.labels.sorted(true, false, !categorized);
    if (!categorized) {
      // What ingest took out of the line itself is no label of its stream: it comes back with | json. What the sender attached is.
      const bool may_be_of_line = reader_.is_original() && !entry.metadata.empty();
      if (may_be_of_line) keys_.read(came);
      for (const auto& label : entry.metadata) {
        if (!may_be_of_line || !keys_.has(label.first)) labels.push_back(label);
      }
      std::ranges::sort(labels);
      entry.metadata.clear();
      entry.parsed.clear();
    }
    streams_[std::move(labels)].push_back(std::move(entry));
    return ++count_ < options_.limit;
  }

  size_t count() const { return count_; }
  std::vector<LogStream> finish() {
    std::vector<LogStream> out;
    for (auto& [labels, entries] : streams_) out.push_back({labels, std::move(entries)});
    return out;
  }

 private:
  const LogOptions& options_;
  Pipeline pipeline_;
  RecordReader reader_;
  LineKeys keys_;
  Line line_;
  std::map<Labels, std::vector<LogEntry>> streams_;
  size_t count_ = 0;
  int64_t last_ = 0;  // of the last line taken
};

Result<QueryResult> log_lines(QueryState& state, const LogQuery& query, RangeParams range, const LogOptions& options) {
  const auto catalog = state.catalog({range.start, range.end});
  if (!catalog) return base::fail(catalog.error());
  LogPlan plan = plan_logs(query, *catalog);
  auto pipeline = Pipeline::compile(plan.stages);
  if (!pipeline) return base::fail(std::move(pipeline.error()));
  QueryResult out;
  if (options.limit == 0) return out;
  store::ScanPlan records;
  records.range = {range.start, range.end};
  records.filter = std::move(plan.filter);
  records.order = options.order;
  // Where stages may drop lines, more are looked at than wanted.
  constexpr size_t kLeastPage = 512;
  records.limit = pipeline->empty() && options.interval == 0 ? options.limit : std::max(options.limit, kLeastPage);
  records.bounds = state.bounds;
  LogCollector collector(options, std::move(*pipeline), state.now);
  const auto done = scan_records(
      state, std::move(records), [&](const store::EventRow& row) -> Result<bool> { return collector.add(row); },
      &out.warnings);
  if (!done) {
    if (done.error().code != Code::kDeadlineExceeded || collector.count() == 0) return base::fail(done.error());
    out.warnings.push_back(done.error().message);
  }
  // Nothing found is only an answer when all was looked at.
  if (!out.warnings.empty() && collector.count() == 0) {
    if (auto polled = state.poll(); !polled) return base::fail(std::move(polled.error()));
    return base::fail(Code::kResourceExhausted, out.warnings.front());
  }
  state.stats.lines_after_filter = state.stats.entries = collector.count();
  out.streams = collector.finish();
  return out;
}

}  // namespace

Result<QueryResult> Engine::range(const Expr& expr, RangeParams range, const LogOptions& logs,
                                  const store::QueryBounds& bounds) const {
  if (const auto* query = expr.as<LogQuery>()) {
    QueryState state{store_, clock_, options_, bounds, clock_.now(), {}};
    const int64_t started = clock_.steady();
    auto out = log_lines(state, *query, range, logs);
    if (!out) return out;
    out->stats = state.stats;
    out->stats.nanos = clock_.steady() - started;
    return out;
  }
  if (range.step <= 0) {
    return base::fail(Code::kInvalidArgument, "zero or negative query resolution step widths are not accepted. Try a positive integer");
  }
  const int64_t start = range.start - range.start % range.step;
  const int64_t over = range.end % range.step;
  const int64_t end = over == 0 ? range.end : range.end + (range.step - over);
  const auto steps = static_cast<size_t>((end - start) / range.step) + 1;
  if (steps > options_.max_points) {
    return base::fail(Code::kInvalidArgument,
                      "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter");
  }
  auto out = metrics(expr, start, range.step, steps, bounds);
  if (out) out->type = ResultType::kMatrix;
  return out;
}

Result<QueryResult> Engine::instant(const Expr& expr, int64_t time, const store::QueryBounds& bounds) const {
  if (expr.is_logs()) {
    return base::fail(Code::kInvalidArgument,
                      "log queries are not supported as an instant query type, please change your query to a range query type");
  }
  return metrics(expr, time, 1, 1, bounds);
}

Result<QueryResult> Engine::metrics(const Expr& expr, int64_t start, int64_t step, size_t steps,
                                    const store::QueryBounds& bounds) const {
  QueryState state{store_, clock_, options_, bounds, clock_.now(), {}};
  const int64_t started = clock_.steady();
  const Frame frame{start, step, steps};
  auto value = Evaluator(state, frame).eval(expr);
  if (!value) return base::fail(std::move(value.error()));
  if (value->series.size() > options_.max_series) {
    return base::fail(Code::kInvalidArgument,
                      "maximum number of series (" + std::to_string(options_.max_series) +
                          ") reached for a single query; consider reducing query cardinality by adding more specific "
                          "stream selectors, reducing the time range, or aggregating results with functions like sum(), "
                          "count() or topk()");
  }
  if (!sorts(expr) || steps > 1) std::ranges::sort(value->series, {}, &Series::labels);
  QueryResult out;
  out.type = value->is_scalar ? ResultType::kScalar : ResultType::kVector;
  if (value->is_scalar) out.scalar = {start, value->series[0].values[0]};
  for (Series& series : value->series) {
    MetricSeries one{std::move(series.labels), {}};
    for (size_t i = 0; i < steps; ++i) {
      if (is_present(series.values[i])) one.points.push_back({frame.time(i), series.values[i]});
    }
    state.stats.entries += one.points.size();
    if (!one.points.empty()) out.series.push_back(std::move(one));
  }
  out.stats = state.stats;
  out.stats.nanos = clock_.steady() - started;
  return out;
}

}  // namespace tripod::query::logql
