// A question to the event store: scan, filter, project, aggregate, limit. Plain values, so that a remote engine can be asked the same.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"

namespace tripod::store {

// The tables of wide events. Each record is a time, a sequence number and any number of named fields.
enum class Dataset : uint8_t {
  kLogs,    // log records
  kSpans,   // spans of OpenTelemetry and Sentry
  kErrors,  // Sentry error events
  kLinks,   // learned pairs of identities (request id, trace id, event id ...), deduplicated
  kSessions,  // counts of user sessions of a release
  kSpanWindow,  // every span of the last while, as it arrived, until its trace is kept (in kSpans then) or gone
};
inline constexpr std::array kDatasets = {Dataset::kLogs, Dataset::kSpans, Dataset::kErrors, Dataset::kLinks, Dataset::kSessions, Dataset::kSpanWindow};
inline constexpr size_t kDatasetCount = kDatasets.size();
std::string_view dataset_name(Dataset dataset);  // "logs", "spans", "errors", "links", "sessions", "span_window"

// [start, end): nanoseconds since 1970.
struct TimeRange {
  base::UnixNanos start = INT64_MIN;
  base::UnixNanos end = INT64_MAX;
  bool contains(base::UnixNanos t) const { return t >= start && t < end; }
};

// A field's value outside of a batch: owns its text.
struct JsonText {
  std::string text;
  friend bool operator==(const JsonText&, const JsonText&) = default;
};
using FieldValue = std::variant<std::monostate, std::string, int64_t, double, bool, JsonText>;

// Filter tree. Comparison rules:
//  - kEqual/kNotEqual compare as numbers when both sides are numbers, otherwise as text (a number's shortest decimal form, true/false).
//  - kLess.. compare numerically when the operand is a number (fields that are not numbers do not match); otherwise as text.
//  - kContains: case-insensitive (ASCII) substring of a field's text (numbers and booleans have one, as under kEqual). With an empty
//    key: of any text field of the record, and where the operand could stand in a number ("48213", "0.5") of any number too; not of
//    the field "original", which says what the others say.
//  - kWildcard: `*` and `?` over the whole value, case-insensitive (ASCII). kRegex: RE2, unanchored.
//  - kExists: the record has the field and it is not null. A missing field never matches, except under kNot and kNotEqual.
struct Predicate {
  enum class Op : uint8_t {
    kTrue, kAnd, kOr, kNot,
    kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual,
    kContains, kWildcard, kRegex, kExists,
  };
  Op op = Op::kTrue;
  std::vector<Predicate> children;  // kAnd, kOr: any number; kNot: one
  std::string key;                  // comparisons; empty = any text field (kContains, kWildcard, kRegex only)
  FieldValue operand;

  static Predicate all_of(std::vector<Predicate> children);
  static Predicate any_of(std::vector<Predicate> children);
  static Predicate negate(Predicate child);
  static Predicate compare(Op op, std::string key, FieldValue operand);
  static Predicate equal(std::string key, FieldValue operand) { return compare(Op::kEqual, std::move(key), std::move(operand)); }
  static Predicate exists(std::string key) { return compare(Op::kExists, std::move(key), {}); }
};
// "(and (= \"service.name\" \"djzen\") (contains \"\" \"boom\"))": one line, stable, for tests and explain.
std::string to_string(const Predicate& predicate);

enum class Order : uint8_t { kNewestFirst, kOldestFirst };

// Where a page of records ended: the last record's time and sequence; the next page starts after it in the plan's order.
struct Position {
  base::UnixNanos time = 0;
  uint64_t sequence = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

// Bounds of one query. Reaching one ends the query with what it has and `QueryStats::incomplete` set (limits of time and memory)
// or is its normal end (row limit).
struct QueryBounds {
  int64_t deadline_steady = INT64_MAX;  // Clock::steady() nanoseconds
  size_t max_memory_bytes = 256u << 20;
  std::stop_token cancelled = {};      // nobody waits for the answer any more: the query ends with kCancelled
};

// Records that match, ordered by (time, sequence).
struct ScanPlan {
  Dataset dataset = Dataset::kLogs;
  TimeRange range;
  Predicate filter;
  std::vector<std::string> project;  // fields to return; empty = all
  Order order = Order::kNewestFirst;
  size_t limit = 100;
  bool has_after = false;
  Position after;                    // with has_after: start behind this record
  uint64_t min_sequence = 0;         // only records with sequence > this (live tail, replays)
  uint64_t max_sequence = UINT64_MAX;  // and <= this
  QueryBounds bounds;
};

// A field to summarise within each group: of its numbers sum, min, max and quantiles; of its values, whatever their type, how many
// different ones there are.
struct ValueSpec {
  std::string field;
  std::vector<double> quantiles;     // 0..1; estimated within 1 % relative error (DDSketch)
  bool distinct = false;             // exact up to DistinctSketch::kMostExact, estimated beyond
};

// The weight of a span that stands for others that were not kept.
inline constexpr std::string_view kAdjustedCountField = "sampling.adjusted_count";

// Groups with counts and, where `value` names a numeric field, its sum, min, max and quantiles; of several fields by `values`.
struct AggregatePlan {
  Dataset dataset = Dataset::kLogs;
  TimeRange range;
  Predicate filter;
  int64_t step = 0;                  // nanoseconds; 0 = no time buckets. Buckets start at range.start + k*step,
  bool aligned = false;              // with `aligned` at multiples of step since 1970 (the first one before range.start)
  bool with_times = false;           // first and last time of each group
  std::vector<std::string> by;       // group keys; a missing field groups as null
  std::string value;                 // numeric field to summarise, or empty
  std::vector<double> quantiles;     // 0..1, of `value`; estimated within 1 % relative error (DDSketch)
  std::vector<ValueSpec> values;     // more fields in the same pass: AggregateGroup::values
  // Instead of a field of `by`, `value` or `values` that a record lacks: the first of these that it has.
  std::map<std::string, std::vector<std::string>, std::less<>> fallbacks;
  // A numeric field that says how many records each one stands for; without it, 1. Counts, sums and quantiles are of those (counts rounded);
  // least, most, times and numbers of different values of the records there are. Empty: each is one.
  std::string weight;
  bool keep_sketches = false;        // leave them in AggregateGroup::values, for merging groups of several answers
  size_t max_groups = 10'000;        // more is an error (kResourceExhausted)
  QueryBounds bounds;

  // Where the first bucket starts.
  base::UnixNanos first_bucket() const {
    if (!aligned || step == 0) return range.start;
    const int64_t into = range.start % step;
    return range.start - (into < 0 ? into + step : into);
  }
};

}  // namespace tripod::store
