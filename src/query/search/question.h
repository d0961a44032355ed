// A whole question: which records, and what the pipes behind `|` make of them. Grammar and examples: docs/search.md.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "store/events/plan.h"

namespace tripod::query::search {

// A field as it was written: bare (an alias may stand for other fields) or in quotes (the field itself).
struct FieldName {
  std::string name;
  bool literal = false;
  friend bool operator==(const FieldName&, const FieldName&) = default;
};

// One column that an aggregation calculates.
struct Measure {
  enum class Function : uint8_t { kCount, kRate, kSum, kAverage, kMin, kMax, kQuantile, kUnique };
  Function function = Function::kCount;
  double quantile = 0;     // kQuantile: 0..1
  FieldName field;         // empty name: records are counted (kCount, kRate)
  std::string column;      // "count", "p95(duration_ms)", or what follows `as`
};

struct Aggregation {
  std::vector<Measure> measures;
  std::vector<FieldName> by;
  int64_t step = 0;             // nanoseconds; 0: one table over the whole range
  bool only_with_keys = false;  // records that have all of `by` (top)
  bool with_percent = false;    // a last column: the share of `count` in all of them (top)
};

struct SortKey {
  FieldName field;    // of records; of a table its `name` is a column's
  bool descending = false;
  bool is_time = false;
};

// Steps that a table goes through, in their order.
struct WhereStep {
  store::Predicate filter;  // keys are columns
};
struct SortStep {
  std::vector<SortKey> keys;
};
struct LimitStep {
  size_t limit = 0;
};
struct ColumnsStep {
  std::vector<std::string> columns;
};
using TableStep = std::variant<WhereStep, SortStep, LimitStep, ColumnsStep>;

// What becomes of records that are not aggregated, whatever the order of the pipes: first of each value, sorted, so many
// of them, these fields.
struct RowSteps {
  std::vector<FieldName> dedup;
  std::vector<SortKey> sort;
  std::optional<size_t> limit;
  std::vector<FieldName> fields;
};

struct Question {
  // One dataset's records; a question over several has several parts.
  struct Part {
    store::Dataset dataset = store::Dataset::kLogs;
    store::Predicate filter;
  };
  enum class Kind : uint8_t { kRows, kTable, kPatterns };

  std::vector<Part> parts;  // empty where nothing can match (in:logs AND in:spans)
  Kind kind = Kind::kRows;
  RowSteps rows;            // kRows
  Aggregation aggregation;  // kTable
  std::vector<TableStep> table;
  std::optional<size_t> patterns;  // kPatterns: at most so many
  bool has_pipes = false;
};

// Reads a question about these datasets (at least one). Where it names datasets itself (in:spans), those take their place.
// Errors are kInvalidArgument, or kUnsupported for pipes in an order that is not served, and read
// "column 8: expected …, got …"; `error_position`, where given, receives the byte offset.
base::Result<Question> parse_question(std::string_view text, std::span<const store::Dataset> datasets,
                                      size_t* error_position = nullptr);

// The fields behind a name in one dataset, the first that a record has counting.
std::vector<std::string> fields_behind(store::Dataset dataset, const FieldName& name);
// The name as it is written in a question: `level`, or `"level"` for the field that is stored under it.
std::string written(const FieldName& name);
// How people write a stored field: "level" for severity_text; the name itself where there is no other.
std::string friendly_name(store::Dataset dataset, std::string_view field);
// The field that is a record's message for people: a log's body, a span's name, an error's title.
std::string_view message_field(store::Dataset dataset);

inline constexpr size_t kMostMeasures = 20;
inline constexpr size_t kMostKeys = 8;
inline constexpr size_t kMostLimit = 10'000;  // of `| limit`, `| top`, `| patterns`

}  // namespace tripod::query::search
