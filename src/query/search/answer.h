// What a question is answered with: records, a table, time series or patterns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "query/patterns/patterns.h"
#include "store/events/event_store.h"

namespace tripod::query::search {

struct Record {
  store::Dataset dataset = store::Dataset::kLogs;
  store::EventRow row;
};

// Null, a text, an integer, a number or a boolean.
using Cell = store::FieldValue;

struct Column {
  enum class Role : uint8_t { kTime, kKey, kValue };
  std::string name;
  Role role = Role::kValue;
  std::string key;          // of kKey: as it is written in a question; quoted where it was
  std::string unit;         // "ns", "us", "ms", "s", "per_second", "percent" or empty
};

// One key's points of one value column.
struct Series {
  std::vector<Cell> keys;
  size_t column = 0;        // index into Answer::columns
  std::vector<std::optional<double>> points;
};

struct Answer {
  enum class Kind : uint8_t { kRows, kTable, kSeries, kPatterns };
  Kind kind = Kind::kRows;

  // kRows; `fields` are those that were chosen, in their order, and the names under which the records hold them.
  std::vector<Record> records;
  std::optional<std::string> cursor;  // where the next page begins
  std::optional<std::vector<std::string>> fields;
  bool is_ranked = false;             // sorted by something else than time

  // kTable and kSeries: first the time (series only), then keys, then values.
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> lines;  // kTable
  base::UnixNanos start = 0;             // kSeries: the i-th point begins at start + i * step
  int64_t step = 0;
  size_t points = 0;
  std::vector<Series> series;

  std::optional<patterns::Patterns> patterns;  // kPatterns

  store::QueryStats stats;
};

// Adds what one part of an answer cost and warned of.
void merge_stats(store::QueryStats& into, const store::QueryStats& from);
// Calculations that were cut short are no answer: kDeadlineExceeded or kResourceExhausted, saying what to narrow.
base::Result<> check_complete(const store::QueryStats& stats);

}  // namespace tripod::query::search
