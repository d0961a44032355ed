// Evaluates PromQL over a MetricStore, as Prometheus 3 does with its PromQL feature flags: ranges
// and lookback are left-open; the metric name is dropped once the query is answered. What is
// supported and where it differs: docs/promql.md.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "query/promql/asked_metrics.h"
#include "query/promql/ast.h"
#include "store/metrics/metric_store.h"

namespace tripod::query::promql {

struct VectorSample {
  store::Labels labels;
  model::Sample sample;
};

struct MatrixSeries {
  store::Labels labels;
  std::vector<model::Sample> samples;  // oldest first, at least one
};

// What a query answers; `type` says which member holds it.
struct QueryResult {
  ValueType type = ValueType::kVector;
  model::Sample scalar;  // kScalar
  std::vector<VectorSample>
      vector;  // kVector; in the order of evaluation (sort() and topk() set it)
  std::vector<MatrixSeries> matrix;  // kMatrix; sorted by labels
  std::string string;                // kString
  int64_t string_time_ms = 0;
  // "PromQL warning: …", "PromQL info: …": distinct, in order of appearance, bounded.
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
};

// Runs `own` on the caller's thread and meanwhile `help` on threads that are free, at most once on each; returns when all ended.
using WithHelpers =
    std::function<void(std::function<void()> help, const std::function<void()>& own)>;

struct EngineOptions {
  int64_t lookback_ms = 5 * 60 * 1000;
  int64_t default_subquery_step_ms = 60 * 1000;
  size_t max_samples = 50'000'000;  // held at once by one query
  size_t max_points = 11'000;       // steps of a range query
  base::MemoryBudget* memory =
      nullptr;  // charged while a query runs; null: not charged. Outlives the engine.
  AskedMetrics* asked = nullptr;  // told each selector; may be null. Outlives the engine.
  WithHelpers with_helpers;  // empty: each query works on its caller's thread alone
};

struct QueryOptions {
  int64_t deadline_steady =
      std::numeric_limits<int64_t>::max();  // base::Clock::steady() nanoseconds
  std::stop_token cancel;                   // polled, like the deadline
  std::optional<int64_t> lookback_ms;       // lookback_delta of the API
  std::optional<size_t> max_samples;
};

// Both ends inclusive, milliseconds since 1970.
struct RangeParams {
  int64_t start_ms = 0;
  int64_t end_ms = 0;
  int64_t step_ms = 0;
};

// Thread-safe: holds no state of a query. Store and clock outlive it.
// Errors: kInvalidArgument for the text and its parameters, kDeadlineExceeded,
// kCancelled, kResourceExhausted for too many samples or memory, kAlreadyExists where the data
// cannot be matched (many-to-many, the same labels twice); the store's.
class Engine {
 public:
  Engine(store::MetricStore& store, const base::Clock& clock, EngineOptions options = {})
      : store_(store), clock_(clock), options_(options) {}

  base::Result<QueryResult> instant(std::string_view query, int64_t time_ms,
                                    const QueryOptions& options = {}) const;
  base::Result<QueryResult> range(std::string_view query, RangeParams range,
                                  const QueryOptions& options = {}) const;

  // The same of an expression parsed before (rules, alerts). `text` is what it was parsed from, for
  // places in warnings.
  base::Result<QueryResult> instant(const Expr& expr, std::string_view text, int64_t time_ms,
                                    const QueryOptions& options = {}) const;
  base::Result<QueryResult> range(const Expr& expr, std::string_view text, RangeParams range,
                                  const QueryOptions& options = {}) const;

  // What is wrong with the steps of a range query, before anything is evaluated.
  base::Result<> check_range(const RangeParams& range) const;
  const EngineOptions& options() const { return options_; }

 private:
  store::MetricStore& store_;
  const base::Clock& clock_;
  const EngineOptions options_;
};

// {"resultType":"vector","result":[…]}: the "data" member of Prometheus's answers.
void write_json(const QueryResult& result, base::JsonWriter& json);
// One label set as a JSON object.
void write_json(const store::Labels& labels, base::JsonWriter& json);

// Prometheus's errorType of an engine's error: "bad_data", "execution", "timeout", "canceled",
// "unavailable", "internal".
std::string_view prometheus_error_type(base::Code code);

}  // namespace tripod::query::promql
