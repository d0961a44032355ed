#include "query/search/pipe_parser.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/clock.h"
#include "query/search/operand.h"
#include "query/search/parser.h"

namespace tripod::query::search {

using base::Code;
using store::Predicate;
using Function = Measure::Function;

namespace {

constexpr const char* kStageNames = "count, stats, rate, top, where, sort, fields, dedup, limit or patterns";
constexpr size_t kDefaultTop = 10;
constexpr size_t kDefaultPatterns = 50;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool needs_field(Function function) { return function != Function::kCount && function != Function::kRate; }

std::string column_text(std::string_view function, const FieldName& field) {
  return field.name.empty() ? std::string(function) : std::string(function) + "(" + field.name + ")";
}

}  // namespace

std::vector<PipeParser::Stage> PipeParser::stages() {
  return {{"count", &PipeParser::parse_count},   {"stats", &PipeParser::parse_stats},
          {"rate", &PipeParser::parse_rate},     {"top", &PipeParser::parse_top},
          {"where", &PipeParser::parse_where},   {"sort", &PipeParser::parse_sort},
          {"fields", &PipeParser::parse_fields}, {"dedup", &PipeParser::parse_dedup},
          {"limit", &PipeParser::parse_limit},   {"patterns", &PipeParser::parse_patterns}};
}

void PipeParser::parse(Question& out) {
  out_ = &out;
  while (!in_.failed() && in_.accept('|')) {
    out.has_pipes = true;
    parse_stage();
    in_.skip_blank();
    if (!in_.failed() && !in_.at_end() && in_.peek() != '|') {
      in_.fail(in_.at, "expected \"|\" or the end of the question, got " + in_.got());
    }
  }
}

void PipeParser::parse_stage() {
  const size_t position = in_.at;
  const std::string_view word = parse_word();
  for (const Stage& stage : stages()) {
    if (stage.name != word) continue;
    in_.skip_blank();
    return (this->*stage.parse)(position);
  }
  in_.at = position;
  in_.fail(position, std::string("expected a pipe (") + kStageNames + "), got " + in_.got());
}

// -- aggregations ------------------------------------------------------------------------------------------------------

bool PipeParser::may_aggregate(size_t position, std::string_view stage) {
  if (out_->kind != Question::Kind::kRows) {
    refuse_order(position, "\"" + std::string(stage) + "\" behind a pipe that has made a table already");
  } else if (has_dedup_ || has_sort_ || has_fields_ || out_->rows.limit) {
    refuse_order(position, "\"" + std::string(stage) + "\" behind sort, fields, dedup or limit (uniq(field) counts different values)");
  }
  return !in_.failed();
}

void PipeParser::refuse_order(size_t position, std::string_view what) {
  in_.fail(position, "unsupported: " + std::string(what), Code::kUnsupported);
}

void PipeParser::parse_count(size_t position) {
  if (!may_aggregate(position, "count")) return;
  out_->aggregation.measures.push_back({Function::kCount, 0, {}, "count"});
  parse_by_and_every();
  finish_aggregation(position);
}

void PipeParser::parse_rate(size_t position) {
  if (!may_aggregate(position, "rate")) return;
  out_->aggregation.measures.push_back({Function::kRate, 0, {}, "rate"});
  parse_by_and_every();
  finish_aggregation(position);
}

void PipeParser::parse_stats(size_t position) {
  if (!may_aggregate(position, "stats")) return;
  parse_measures();
  if (in_.failed()) return;
  parse_by_and_every();
  finish_aggregation(position);
}

void PipeParser::parse_top(size_t position) {
  if (!may_aggregate(position, "top")) return;
  const size_t limit = accept_number(kMostLimit).value_or(kDefaultTop);
  if (in_.failed()) return;
  Aggregation& a = out_->aggregation;
  a.measures.push_back({Function::kCount, 0, {}, "count"});
  (void)accept_word("by");
  a.by = parse_field_list();
  a.only_with_keys = true;
  a.with_percent = true;
  finish_aggregation(position);
  out_->table.emplace_back(SortStep{{{{"count", true}, true, false}}});
  out_->table.emplace_back(LimitStep{limit});
}

void PipeParser::finish_aggregation(size_t position) {
  if (in_.failed()) return;
  out_->kind = Question::Kind::kTable;
  std::set<std::string> names;
  for (const FieldName& key : out_->aggregation.by) {
    if (!names.insert(key.name).second) return in_.fail(position, "\"" + key.name + "\" stands twice behind \"by\"");
  }
  for (const Measure& measure : out_->aggregation.measures) {
    if (!names.insert(measure.column).second) {
      return in_.fail(position, "two columns are called \"" + measure.column + "\": name one with \"as\"");
    }
  }
  columns_ = TableColumns(out_->aggregation, dataset_);
}

void PipeParser::parse_by_and_every() {
  Aggregation& a = out_->aggregation;
  while (!in_.failed()) {
    const size_t position = in_.at;
    if (accept_word("by")) {
      if (!a.by.empty()) return in_.fail(position, "\"by\" stands twice");
      a.by = parse_field_list();
      if (a.by.size() > kMostKeys) return in_.fail(position, "more than " + std::to_string(kMostKeys) + " fields behind \"by\"");
    } else if (accept_word("every")) {
      if (a.step != 0) return in_.fail(position, "\"every\" stands twice");
      a.step = parse_step();
    } else if (in_.at_end() || in_.peek() == '|') {
      return;
    } else {
      return in_.fail(in_.at, "expected \"by\", \"every\", \"|\" or the end, got " + in_.got());
    }
  }
}

void PipeParser::parse_measures() {
  std::vector<size_t> positions;
  do {
    positions.push_back(in_.at);
    auto measure = parse_measure();
    if (!measure) return;
    out_->aggregation.measures.push_back(std::move(*measure));
  } while (in_.accept(','));
  if (positions.size() > kMostMeasures) return in_.fail(positions[kMostMeasures], "more than " + std::to_string(kMostMeasures) + " functions");
  fill_fields(positions);
}

// `p50, p95, max(duration_ms)`: a function without a field takes that of the next one that has one, else the last one's.
void PipeParser::fill_fields(const std::vector<size_t>& positions) {
  auto& measures = out_->aggregation.measures;
  for (size_t i = 0; i < measures.size(); ++i) {
    Measure& measure = measures[i];
    if (!needs_field(measure.function) || !measure.field.name.empty()) continue;
    const auto has_field = [](const Measure& m) { return !m.field.name.empty(); };
    const auto here = measures.begin() + static_cast<ptrdiff_t>(i);
    auto from = std::find_if(here, measures.end(), has_field);
    if (from == measures.end()) {
      const auto last = std::find_if(std::make_reverse_iterator(here), measures.rend(), has_field);
      if (last == measures.rend()) {
        return in_.fail(positions[i], "of which field? Write " + measure.column + "(duration_ms), for example");
      }
      from = std::prev(last.base());
    }
    const bool renamed = measure.column.starts_with('\0');
    measure.field = from->field;
    measure.column = renamed ? measure.column : column_text(measure.column, measure.field);
  }
  for (Measure& measure : measures) {
    if (measure.column.starts_with('\0')) measure.column.erase(0, 1);
  }
}

// A column that is named with `as` begins with NUL until fill_fields(), so that it is not named anew there.
std::optional<Measure> PipeParser::parse_measure() {
  const size_t position = in_.at;
  const std::string_view word = parse_word();
  Measure measure;
  if (!set_function(measure, word, position)) return std::nullopt;
  if (in_.peek() == '(') {
    ++in_.at;
    in_.skip_blank();
    if (in_.peek() != ')' || needs_field(measure.function)) measure.field = parse_field();
    in_.skip_blank();
    if (in_.failed()) return std::nullopt;
    if (measure.function == Function::kRate && !measure.field.name.empty()) {
      in_.fail(position, "rate counts records: it has no field");
      return std::nullopt;
    }
    if (!in_.accept(')')) {
      in_.fail(in_.at, "expected \")\" behind the field, got " + in_.got());
      return std::nullopt;
    }
    measure.column = column_text(measure.column, measure.field);
  }
  in_.skip_blank();
  if (accept_word("as")) measure.column = std::string(1, '\0') + parse_field().name;
  return in_.failed() ? std::nullopt : std::optional(std::move(measure));
}

bool PipeParser::set_function(Measure& measure, std::string_view name, size_t position) {
  struct Known {
    std::string_view name;
    Function function;
    std::string_view column;
  };
  static constexpr Known kKnown[] = {
      {"count", Function::kCount, "count"},  {"rate", Function::kRate, "rate"},   {"sum", Function::kSum, "sum"},
      {"avg", Function::kAverage, "avg"},    {"mean", Function::kAverage, "avg"}, {"min", Function::kMin, "min"},
      {"max", Function::kMax, "max"},        {"uniq", Function::kUnique, "uniq"}, {"distinct", Function::kUnique, "uniq"},
      {"median", Function::kQuantile, "p50"}};
  const auto* known = std::ranges::find(kKnown, name, &Known::name);
  if (known != std::end(kKnown)) {
    measure.function = known->function;
    measure.column = known->column;
    measure.quantile = 0.5;
    return true;
  }
  double percent = 0;
  const char* end = name.data() + name.size();
  if (name.size() > 1 && name[0] == 'p') {
    const auto [at, ec] = std::from_chars(name.data() + 1, end, percent, std::chars_format::fixed);
    if (ec == std::errc() && at == end && percent <= 100) {
      measure.function = Function::kQuantile;
      measure.quantile = percent / 100;
      measure.column = name;
      return true;
    }
  }
  in_.at = position;
  in_.fail(position, "expected a function (count, rate, sum, avg, min, max, uniq, p50, p99.9 ...), got " + in_.got());
  return false;
}

// -- what else becomes of rows and tables ------------------------------------------------------------------------------

void PipeParser::parse_where(size_t position) {
  const bool of_rows = out_->kind == Question::Kind::kRows;
  if (out_->kind == Question::Kind::kPatterns) return refuse_order(position, "\"where\" behind patterns");
  if (of_rows && (has_dedup_ || has_sort_ || has_fields_ || out_->rows.limit)) {
    return refuse_order(position, "\"where\" behind sort, fields, dedup or limit: put it before them");
  }
  if (in_.at_end() || in_.peek() == '|') {
    return in_.fail(in_.at, "expected a condition such as count > 10 behind \"where\", got " + in_.got());
  }
  Parser parser(in_, of_rows ? dataset_ : store::Dataset::kLinks, of_rows ? nullptr : &columns_);
  Predicate condition = parser.parse();
  if (in_.failed()) return;
  asks_dataset_ |= parser.asks_dataset();
  if (!of_rows) {
    out_->table.emplace_back(WhereStep{std::move(condition)});
  } else if (filter_.op == Predicate::Op::kTrue) {
    filter_ = std::move(condition);
  } else {
    filter_ = combine(Predicate::Op::kAnd, {std::move(filter_), std::move(condition)});
  }
}

void PipeParser::parse_sort(size_t position) {
  if (out_->kind == Question::Kind::kPatterns) return refuse_order(position, "\"sort\" behind patterns: the commonest come first");
  if (out_->kind == Question::Kind::kTable && out_->aggregation.step != 0) {
    return refuse_order(position, "\"sort\" behind \"every\": series are in the order of time");
  }
  SortStep step;
  (void)accept_word("by");
  do step.keys.push_back(parse_sort_key());
  while (!in_.failed() && in_.accept(','));
  if (in_.failed()) return;
  if (step.keys.size() > kMostKeys) return in_.fail(position, "more than " + std::to_string(kMostKeys) + " fields to sort by");
  if (out_->kind == Question::Kind::kTable) {
    out_->table.emplace_back(std::move(step));
  } else {
    parse_row_sort(position, std::move(step));
  }
}

void PipeParser::parse_row_sort(size_t position, SortStep step) {
  if (has_sort_) return refuse_order(position, "a second \"sort\": name all fields behind the first");
  if (out_->rows.limit) return refuse_order(position, "\"sort\" behind limit: put it before");
  has_sort_ = true;
  out_->rows.sort = std::move(step.keys);
}

SortKey PipeParser::parse_sort_key() {
  SortKey key;
  if (in_.peek() == '-') {
    key.descending = true;
    ++in_.at;
  }
  if (out_->kind == Question::Kind::kTable) {
    key.field = {parse_column(), true};
  } else {
    key.field = parse_field();
    key.is_time = !key.field.literal && key.field.name == "time";
  }
  in_.skip_blank();
  if (accept_word("desc")) key.descending = true;
  else (void)accept_word("asc");
  return key;
}

void PipeParser::parse_fields(size_t position) {
  if (out_->kind == Question::Kind::kPatterns) return refuse_order(position, "\"fields\" behind patterns");
  if (out_->kind == Question::Kind::kTable) {
    ColumnsStep step;
    do step.columns.push_back(parse_column());
    while (!in_.failed() && in_.accept(','));
    out_->table.emplace_back(std::move(step));
    return;
  }
  if (has_fields_) return refuse_order(position, "a second \"fields\"");
  has_fields_ = true;
  out_->rows.fields = parse_field_list();
}

void PipeParser::parse_dedup(size_t position) {
  if (out_->kind != Question::Kind::kRows) return refuse_order(position, "\"dedup\" behind a pipe that has made a table");
  if (has_dedup_) return refuse_order(position, "a second \"dedup\"");
  if (has_sort_ || out_->rows.limit) return refuse_order(position, "\"dedup\" behind sort or limit: put it before them");
  has_dedup_ = true;
  (void)accept_word("by");
  out_->rows.dedup = parse_field_list();
  if (out_->rows.dedup.size() > kMostKeys) in_.fail(position, "more than " + std::to_string(kMostKeys) + " fields behind \"dedup\"");
}

void PipeParser::parse_limit(size_t) {
  const size_t limit = parse_number(kMostLimit);
  if (in_.failed()) return;
  if (out_->kind == Question::Kind::kTable) {
    out_->table.emplace_back(LimitStep{limit});
  } else if (out_->kind == Question::Kind::kPatterns) {
    out_->patterns = std::min(*out_->patterns, limit);
  } else {
    out_->rows.limit = std::min(out_->rows.limit.value_or(limit), limit);
  }
}

void PipeParser::parse_patterns(size_t position) {
  if (!may_aggregate(position, "patterns")) return;
  out_->patterns = accept_number(kMostLimit).value_or(kDefaultPatterns);
  out_->kind = Question::Kind::kPatterns;
}

// -- words -------------------------------------------------------------------------------------------------------------

std::string_view PipeParser::parse_word() {
  const size_t from = in_.at;
  while (is_letter(in_.peek()) || is_digit(in_.peek()) || in_.peek() == '.') ++in_.at;
  return in_.text.substr(from, in_.at - from);
}

bool PipeParser::accept_word(std::string_view word) {
  if (in_.text.substr(std::min(in_.at, in_.text.size()), word.size()) != word) return false;
  const size_t end = in_.at + word.size();
  if (end < in_.text.size() && is_key_char(in_.text[end])) return false;
  in_.at = end;
  in_.skip_blank();
  return true;
}

FieldName PipeParser::parse_field() {
  FieldName out;
  if (in_.peek() == '"') {
    out = {in_.parse_quoted(), true};
  } else if (is_key_start(in_.peek())) {
    const size_t from = in_.at;
    while (is_key_char(in_.peek())) ++in_.at;
    out.name = in_.text.substr(from, in_.at - from);
  }
  if (out.name.empty()) in_.fail(in_.at, "expected the name of a field, got " + in_.got());
  in_.skip_blank();
  return out;
}

std::vector<FieldName> PipeParser::parse_field_list() {
  std::vector<FieldName> out;
  do out.push_back(parse_field());
  while (!in_.failed() && in_.accept(','));
  return out;
}

// Of the table so far: level, "odd name", p95(duration_ms), p95.
std::string PipeParser::parse_column() {
  const size_t position = in_.at;
  std::string name;
  if (in_.peek() == '"') {
    name = in_.parse_quoted();
  } else {
    while (is_key_char(in_.peek())) ++in_.at;
    const size_t close = in_.text.find_first_of(")| \"", in_.at);
    if (in_.peek() == '(' && close != std::string_view::npos && in_.text[close] == ')') in_.at = close + 1;
    name = in_.text.substr(position, in_.at - position);
  }
  std::string column = columns_.find(name);
  if (column.empty()) {
    if (name.empty()) in_.fail(position, "expected a column of the table, got " + in_.got());
    else in_.fail(position, "no column \"" + name + "\": " + columns_.list());
  }
  in_.skip_blank();
  return column;
}

int64_t PipeParser::parse_step() {
  const size_t position = in_.at;
  while (!in_.at_end() && !is_delimiter(in_.peek()) && in_.peek() != ',') ++in_.at;
  const auto nanos = parse_duration(in_.text.substr(position, in_.at - position));
  in_.skip_blank();
  if (nanos && *nanos >= base::kNanosPerMilli) return static_cast<int64_t>(*nanos);
  in_.at = position;
  in_.fail(position, "expected a duration of at least 1ms such as 30s, 5m or 1h behind \"every\", got " + in_.got());
  return 0;
}

std::optional<size_t> PipeParser::accept_number(size_t most) {
  return is_digit(in_.peek()) ? std::optional(parse_number(most)) : std::nullopt;
}

size_t PipeParser::parse_number(size_t most) {
  const size_t position = in_.at;
  size_t number = 0;
  const char* from = in_.text.data() + std::min(position, in_.text.size());
  const auto [end, ec] = std::from_chars(from, in_.text.data() + in_.text.size(), number);
  const auto length = static_cast<size_t>(end - from);
  const bool ended = position + length >= in_.text.size() || is_delimiter(in_.text[position + length]);
  if (ec != std::errc() || !ended || number < 1 || number > most) {
    in_.fail(position, "expected a number from 1 to " + std::to_string(most) + ", got " + in_.got());
    return 1;
  }
  in_.at += length;
  in_.skip_blank();
  return number;
}

}  // namespace tripod::query::search
