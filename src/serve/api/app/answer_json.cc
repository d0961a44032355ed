#include "serve/api/app/answer_json.h"

#include <algorithm>

#include "query/search/search.h"
#include "serve/api/json_rows.h"

namespace tripod::serve::app {

using base::JsonWriter;
using query::search::Answer;
using query::search::Column;
using query::search::Series;

namespace {

std::string_view kind_name(Answer::Kind kind) {
  switch (kind) {
    case Answer::Kind::kRows: return "rows";
    case Answer::Kind::kTable: return "table";
    case Answer::Kind::kSeries: return "series";
    case Answer::Kind::kPatterns: return "patterns";
  }
  return "rows";
}

std::string_view role_name(Column::Role role) {
  switch (role) {
    case Column::Role::kTime: return "time";
    case Column::Role::kKey: return "key";
    case Column::Role::kValue: return "value";
  }
  return "value";
}

// What the cells of a column have in common: integer, number, or string.
std::string_view type_of(const Answer& answer, size_t column) {
  bool whole = true;
  bool numbers = true;
  const auto look = [&](const query::search::Cell& cell) {
    if (std::holds_alternative<std::monostate>(cell)) return;
    whole = whole && std::holds_alternative<int64_t>(cell);
    numbers = numbers && (std::holds_alternative<int64_t>(cell) || std::holds_alternative<double>(cell));
  };
  const bool is_key = answer.columns[column].role == Column::Role::kKey;
  for (const auto& line : answer.lines) look(line[column]);
  for (const Series& series : answer.series) {
    if (is_key) look(series.keys[column - 1]);
    else whole = false;
  }
  if (answer.columns[column].role == Column::Role::kTime) return "time";
  return !numbers ? "string" : whole ? "integer" : "number";
}

void write_columns(JsonWriter& w, const Answer& answer) {
  w.key("columns").begin_array();
  for (size_t i = 0; i < answer.columns.size(); ++i) {
    const Column& column = answer.columns[i];
    w.begin_object().field("name", column.name).field("role", role_name(column.role)).field("type", type_of(answer, i)).field("unit", column.unit);
    if (column.role == Column::Role::kKey) w.field("key", column.key);
    w.end_object();
  }
  w.end_array();
}

void write_table(JsonWriter& w, const Answer& answer) {
  write_columns(w, answer);
  w.key("table").begin_array();
  for (const auto& line : answer.lines) {
    w.begin_array();
    for (const auto& cell : line) write_value(w, cell);
    w.end_array();
  }
  w.end_array();
}

void write_series(JsonWriter& w, const Answer& answer) {
  write_columns(w, answer);
  w.key("start_ns").int64_string(answer.start).key("step_ns").int64_string(answer.step).field("points", static_cast<uint64_t>(answer.points));
  w.key("series").begin_array();
  for (const Series& series : answer.series) {
    w.begin_object().key("keys").begin_object();
    for (size_t i = 0; i < series.keys.size(); ++i) {
      w.key(answer.columns[i + 1].name);
      write_value(w, series.keys[i]);
    }
    w.end_object().field("value", answer.columns[series.column].name).key("points").begin_array();
    for (const auto& point : series.points) {
      if (point) w.float64(*point);
      else w.null();
    }
    w.end_array().end_object();
  }
  w.end_array();
}

// `message:/…/` for the pattern's records.
std::string query_of_pattern(const query::patterns::Pattern& pattern) {
  return query::search::print(store::Predicate::compare(store::Predicate::Op::kRegex, pattern.field, pattern.regex), pattern.dataset);
}

void write_patterns(JsonWriter& w, const query::patterns::Patterns& found) {
  w.field("total", found.total).key("patterns").begin_array();
  for (const query::patterns::Pattern& pattern : found.patterns) {
    w.begin_object().field("pattern", pattern.text).field("dataset", store::dataset_name(pattern.dataset)).field("count", pattern.count);
    w.field("share", pattern.share).key("trend").begin_object().key("start_ns").int64_string(found.start).key("step_ns").int64_string(found.step);
    w.key("counts").begin_array();
    for (const uint64_t count : pattern.trend) w.uint64(count);
    w.end_array().end_object().field("example", pattern.example).field("query", query_of_pattern(pattern));
    w.key("first_seen_ns").int64_string(pattern.first_seen).key("last_seen_ns").int64_string(pattern.last_seen);
    w.field("is_new", pattern.is_new).end_object();
  }
  w.end_array();
}

}  // namespace

void write_answer(JsonWriter& w, const Answer& answer, int64_t took_nanos) {
  w.begin_object().field("kind", kind_name(answer.kind)).key("rows").begin_array();
  for (const query::search::Record& record : answer.records) write_row(w, record.dataset, record.row);
  w.end_array().key("cursor");
  if (answer.cursor) w.string(*answer.cursor);
  else w.null();
  w.field("ranked", answer.is_ranked).key("fields");
  if (answer.fields) {
    w.begin_array();
    for (const std::string& field : *answer.fields) w.string(field);
    w.end_array();
  } else {
    w.null();
  }
  if (answer.kind == Answer::Kind::kTable) write_table(w, answer);
  if (answer.kind == Answer::Kind::kSeries) write_series(w, answer);
  if (answer.patterns) write_patterns(w, *answer.patterns);
  w.field("partial", answer.stats.incomplete).key("warnings");
  write_warnings(w, answer.stats);
  w.key("stats");
  write_stats(w, answer.stats, took_nanos);
  w.end_object();
}

}  // namespace tripod::serve::app
