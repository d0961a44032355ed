// Runs LogQL over the event store, as Loki 3 does over its streams. What is supported and where it differs: docs/logql.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "query/logql/ast.h"
#include "query/logql/label_set.h"
#include "store/events/event_store.h"

namespace tripod::query::logql {

struct LogEntry {
  int64_t time = 0;    // nanoseconds
  std::string line;
  Labels metadata;
  Labels parsed;
};

// Lines of one label set; in the order of the query.
struct LogStream {
  Labels labels;
  std::vector<LogEntry> entries;
};

struct Point {
  int64_t time = 0;    // nanoseconds
  double value = 0;
};

struct MetricSeries {
  Labels labels;
  std::vector<Point> points;  // oldest first, at least one
};

// What a query cost and gave, for the `stats` of answers.
struct QueryStatistics {
  uint64_t lines_read = 0;        // records the store looked at
  uint64_t bytes_read = 0;        // of columns, uncompressed
  uint64_t lines_after_filter = 0;// that came through selectors and filters
  uint64_t entries = 0;           // lines or points returned
  uint64_t blocks_skipped = 0;    // that indexes ruled out
  int64_t nanos = 0;              // from parse to result
};

enum class ResultType : uint8_t { kStreams, kVector, kMatrix, kScalar };

// `type` says which member holds the answer.
struct QueryResult {
  ResultType type = ResultType::kStreams;
  std::vector<LogStream> streams;      // sorted by labels
  std::vector<MetricSeries> series;    // kVector: one point each; kMatrix. By labels, unless sort() ordered them
  Point scalar;
  QueryStatistics stats;
  std::vector<std::string> warnings;   // what is missing of the answer, and why
};

enum class LabelStyle : uint8_t {
  kMerged,       // a stream's labels are all labels of its lines
  kCategorized,  // X-Loki-Response-Encoding-Flags: categorize-labels; metadata and parsed labels stay with each line
};

struct LogOptions {
  size_t limit = 100;
  store::Order order = store::Order::kNewestFirst;
  LabelStyle style = LabelStyle::kMerged;
  int64_t interval = 0;  // nanoseconds; of two lines that are less apart only the first is returned
};

struct EngineOptions {
  size_t max_points = 11'000;       // steps of a range query
  size_t max_series = 5'000;        // of a result; Loki's max_query_series
  size_t max_inner_series = 100'000;  // of one range aggregation, before others make them fewer
  base::MemoryBudget* memory = nullptr;  // charged for samples; null: not. Outlives the engine
};

// Nanoseconds. Logs: [start, end); metrics: every multiple of `step` from the one at or before `start` to the one at or
// after `end`.
struct RangeParams {
  int64_t start = 0;
  int64_t end = 0;
  int64_t step = 0;
};

// Thread-safe: holds no state of a query. Store and clock outlive it.
// Errors: kInvalidArgument and kUnsupported for the text and its parameters, where data cannot be matched or a pipeline fails
// and for too many series, steps or samples; kDeadlineExceeded, kResourceExhausted; the store's.
class Engine {
 public:
  Engine(store::EventStore& store, const base::Clock& clock, EngineOptions options = {})
      : store_(store), clock_(clock), options_(options) {}

  base::Result<QueryResult> range(const Expr& expr, RangeParams range, const LogOptions& logs,
                                  const store::QueryBounds& bounds) const;
  // Of metrics; of logs kInvalidArgument.
  base::Result<QueryResult> instant(const Expr& expr, int64_t time, const store::QueryBounds& bounds) const;

 private:
  base::Result<QueryResult> metrics(const Expr& expr, int64_t start, int64_t step, size_t steps,
                                    const store::QueryBounds& bounds) const;

  store::EventStore& store_;
  const base::Clock& clock_;
  const EngineOptions options_;
};

// {"resultType":"streams","result":[…],"encodingFlags":[…],"stats":{…}}: the "data" member of Loki's answers.
void write_json(const QueryResult& result, LabelStyle style, base::JsonWriter& json);
void write_json(const Labels& labels, base::JsonWriter& json);

}  // namespace tripod::query::logql
