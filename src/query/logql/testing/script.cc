#include "query/logql/testing/script.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "query/logql/engine.h"
#include "query/logql/evaluator.h"
#include "query/logql/labels.h"
#include "query/logql/parser.h"
#include "query/logql/printer.h"
#include "query/promql/testing/series_notation.h"
#include "query/promql/text.h"

namespace tripod::query::logql::testing {

using promql::testing::take_word;
using promql::testing::trim;

namespace {

// An hour's first second, so that steps of common widths begin with it.
constexpr int64_t kStart = 1'700'006'400'000'000'000;

bool close(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::fabs(a - b) <= 1e-9 * std::max(std::fabs(a), std::fabs(b));
}

// "90s", "1m30s", "5ns"; "-1s" lies before the start.
std::optional<int64_t> parse_time(std::string_view text) {
  if (text == "0") return kStart;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.ends_with("ns")) {
    int64_t nanos = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), nanos);
    if (ec != std::errc() || end + 2 != text.data() + text.size()) return std::nullopt;
    return kStart + (negative ? -nanos : nanos);
  }
  const auto ms = promql::parse_duration_ms(text);
  if (!ms) return std::nullopt;
  return kStart + (negative ? -*ms : *ms) * 1'000'000;
}

std::optional<double> parse_value(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto value = promql::parse_number(text);
  if (!value) return std::nullopt;
  return negative ? -*value : *value;
}

// {a="b", "c.d"=5, e=true}: takes it off the text.
std::optional<store::testing::Fields> take_fields(std::string_view& text) {
  store::testing::Fields out;
  text = trim(text);
  if (!text.starts_with('{')) return std::nullopt;
  text.remove_prefix(1);
  const auto take_quoted = [&]() -> std::optional<std::string> {
    size_t end = 1;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    if (end >= text.size()) return std::nullopt;
    auto value = promql::unquote(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
    if (!value) return std::nullopt;
    return std::move(*value);
  };
  while (true) {
    text = trim(text);
    if (text.starts_with('}')) break;
    std::string name;
    if (text.starts_with('"')) {
      auto quoted = take_quoted();
      if (!quoted) return std::nullopt;
      name = std::move(*quoted);
    } else {
      const size_t end = std::min(text.find('='), text.size());
      name = text.substr(0, end);
      text.remove_prefix(end);
    }
    if (!text.starts_with('=')) return std::nullopt;
    text.remove_prefix(1);
    if (text.starts_with('"')) {
      auto quoted = take_quoted();
      if (!quoted) return std::nullopt;
      out.emplace_back(std::move(name), std::move(*quoted));
    } else {
      const size_t end = std::min(text.find_first_of(",}"), text.size());
      const std::string_view word = text.substr(0, end);
      text.remove_prefix(end);
      if (word == "true" || word == "false") {
        out.emplace_back(std::move(name), word == "true");
      } else {
        const auto number = parse_value(word);
        if (!number) return std::nullopt;
        if (word.find('.') == word.npos) out.emplace_back(std::move(name), static_cast<int64_t>(*number));
        else out.emplace_back(std::move(name), *number);
      }
    }
    text = trim(text);
    if (text.starts_with(',')) text.remove_prefix(1);
  }
  text = trim(text.substr(1));
  return out;
}

struct Case {
  size_t line = 0;
  std::string verb;
  int64_t time = 0;
  RangeParams range;
  LogOptions logs;
  int64_t from = kStart - 3600'000'000'000, to = kStart + 86'400'000'000'000;
  std::string query;
  bool ordered = false;
  std::string error;
  std::vector<std::pair<size_t, std::string>> expected;
};

class Runner {
 public:
  Runner(std::string_view script, const ScriptStoreFactory& make_store) : script_(script), make_store_(make_store), store_(make_store()) {}

  std::vector<ScriptFailure> run() {
    for (size_t from = 0; from <= script_.size();) {
      const size_t end = std::min(script_.find('\n', from), script_.size());
      ++line_;
      read(script_.substr(from, end - from));
      from = end + 1;
    }
    finish();
    return std::move(failures_);
  }
  size_t questions() const { return questions_; }

 private:
  void fail_at(size_t line, std::string message) { failures_.push_back({line, std::move(message)}); }

  void read(std::string_view raw) {
    std::string_view text = trim(raw);
    if (text.empty() || (text.front() == '#' && raw.front() == '#')) return;
    if (raw.front() == ' ') return case_ ? expectation(text) : entry(text);
    finish();
    const std::string_view verb = take_word(text);
    if (verb == "clear") {
      store_ = make_store_();
    } else if (verb == "stream" || verb == "record") {
      auto fields = take_fields(text);
      if (!fields || !text.empty()) return fail_at(line_, "bad fields");
      flush_batch();
      batch_.emplace();
      batch_->streams.push_back(verb == "stream" ? as_pushed(*fields) : *fields);
    } else {
      question(verb, text);
    }
  }

  // As ingest stores a stream's labels: each by its name, marked, and the service it names.
  static store::testing::Fields as_pushed(const store::testing::Fields& labels) {
    store::testing::Fields out;
    for (const auto& [name, value] : labels) {
      out.emplace_back(std::string(kStreamMarkPrefix) + name, true);
      out.emplace_back(std::string(field_of_mark(name)), value);
    }
    return out;
  }

  // TIME [@{metadata}] LINE
  void entry(std::string_view text) {
    if (!batch_) return fail_at(line_, "a line without a stream");
    const auto time = parse_time(take_word(text));
    if (!time) return fail_at(line_, "bad time");
    store::testing::TestEvent event{*time, 0, {}};
    if (text.starts_with('@')) {
      text.remove_prefix(1);
      auto metadata = take_fields(text);
      if (!metadata) return fail_at(line_, "bad metadata");
      event.fields = std::move(*metadata);
    }
    const bool has_body = std::ranges::any_of(event.fields, [](const auto& field) { return field.first == "body"; });
    if (!has_body) event.fields.emplace_back("body", std::string(text));
    else if (!text.empty()) event.fields.emplace_back("original", std::string(text));
    batch_->events.push_back(std::move(event));
  }

  void flush_batch() {
    if (batch_ && !batch_->events.empty()) store_->add(*batch_);
    batch_.reset();
  }

  bool options(std::string_view& text, Case& test) {
    while (text.starts_with("--")) {
      const std::string_view option = take_word(text);
      if (option == "--backward") {
        test.logs.order = store::Order::kNewestFirst;
        continue;
      }
      const std::string_view value = take_word(text);
      const auto time = parse_time(value);
      if (option == "--limit") test.logs.limit = static_cast<size_t>(parse_value(value).value_or(0));
      else if (option == "--interval" && time) test.logs.interval = *time - kStart;
      else if (option == "--from" && time) test.from = *time;
      else if (option == "--to" && time) test.to = *time;
      else return false;
    }
    return true;
  }

  void question(std::string_view verb, std::string_view text) {
    Case test;
    test.line = line_;
    test.verb = verb;
    test.logs.order = store::Order::kOldestFirst;
    test.logs.limit = 1000;
    if (verb == "instant") {
      const auto time = parse_time(take_word(text));
      if (!time) return fail_at(line_, "bad time");
      test.time = *time;
    } else if (verb == "range") {
      const std::string_view span = take_word(text);
      const size_t dots = span.find(".."), slash = span.find('/');
      if (dots == span.npos || slash == span.npos) return fail_at(line_, "bad span");
      const auto start = parse_time(span.substr(0, dots)), end = parse_time(span.substr(dots + 2, slash - dots - 2)), step = parse_time(span.substr(slash + 1));
      if (!start || !end || !step) return fail_at(line_, "bad span");
      test.range = {*start, *end, *step - kStart};
    } else if (verb != "lines" && verb != "logs" && verb != "categorized" && verb != "parse" && verb != "pretty") {
      return fail_at(line_, "unknown verb " + std::string(verb));
    }
    if (!options(text, test)) return fail_at(line_, "bad option");
    if (verb == "categorized") test.logs.style = LabelStyle::kCategorized;
    test.query = text;
    case_ = std::move(test);
  }

  void expectation(std::string_view text) {
    if (text == "ordered") {
      case_->ordered = true;
    } else if (text.starts_with("error ")) {
      case_->error = trim(text.substr(6));
    } else if (text.starts_with("| ") && case_->verb != "parse" && case_->verb != "pretty") {
      // More of the query.
      case_->query += "\n" + std::string(text);
    } else {
      case_->expected.emplace_back(line_, std::string(text));
    }
  }

  base::Result<QueryResult> answer(const Case& test) {
    auto expr = parse(test.query);
    if (!expr) return base::fail(std::move(expr.error()));
    clock_.set(kStart + 3600'000'000'000);
    const Engine engine(store_->store(), clock_);
    const store::QueryBounds bounds;
    if (test.verb == "instant") return engine.instant(**expr, test.time, bounds);
    if (test.verb == "range") return engine.range(**expr, test.range, test.logs, bounds);
    return engine.range(**expr, {test.from, test.to, 1}, test.logs, bounds);
  }

  void finish() {
    flush_batch();
    if (!case_) return;
    const Case test = std::move(*case_);
    case_.reset();
    ++questions_;
    if (test.verb == "parse" || test.verb == "pretty") return check_text(test);
    store_->settle();
    const auto result = answer(test);
    if (!test.error.empty()) return check_error(test, result ? "" : result.error().message);
    if (!result) return fail_at(test.line, "error: " + result.error().message);
    for (const std::string& warning : result->warnings) fail_at(test.line, "warning: " + warning);
    if (result->type == ResultType::kStreams) check_lines(test, *result);
    else check_series(test, *result);
  }

  void check_error(const Case& test, const std::string& message) {
    if (message.empty()) return fail_at(test.line, "expected an error with " + test.error + ", got an answer");
    if (message.find(test.error) == message.npos) fail_at(test.line, "expected an error with " + test.error + ", got " + message);
  }

  // What is printed must be what is expected, and parse to itself.
  void check_text(const Case& test) {
    const auto expr = parse(test.query);
    if (!test.error.empty()) return check_error(test, expr ? "" : expr.error().message);
    if (!expr) return fail_at(test.line, "error: " + expr.error().message);
    const std::string printed = print(**expr);
    std::string wanted;
    for (const auto& [line, text] : test.expected) wanted += (wanted.empty() ? "" : "\n") + text;
    std::string got = test.verb == "parse" ? printed : pretty_print(**expr);
    if (test.verb == "pretty") {
      // The script's own indentation is cut off expectations.
      std::string flat;
      for (size_t from = 0; from < got.size();) {
        const size_t end = std::min(got.find('\n', from), got.size());
        flat += (flat.empty() ? "" : "\n") + std::string(trim(std::string_view(got).substr(from, end - from)));
        from = end + 1;
      }
      got = flat;
    }
    if (got != wanted) fail_at(test.line, "expected\n" + wanted + "\ngot\n" + got);
    for (const std::string& text : {printed, pretty_print(**expr)}) {
      const auto again = parse(text);
      if (!again || print(**again) != printed) fail_at(test.line, "does not parse to itself: " + text);
    }
  }

  static std::string shown(const LogStream& stream, const LogEntry& entry, const std::string& verb) {
    if (verb == "lines") return entry.line;
    std::string out = to_string(stream.labels) + " ";
    if (verb == "categorized") out += to_string(entry.metadata) + " " + to_string(entry.parsed) + " ";
    return out + entry.line;
  }

  void check_lines(const Case& test, const QueryResult& result) {
    std::vector<std::pair<int64_t, std::string>> got;
    for (const LogStream& stream : result.streams) {
      for (const LogEntry& entry : stream.entries) {
        const std::string text(trim(shown(stream, entry, test.verb)));
        got.emplace_back(entry.time, text.empty() ? "<empty>" : text);
      }
    }
    const bool newest = test.logs.order == store::Order::kNewestFirst;
    std::ranges::stable_sort(got, [&](const auto& a, const auto& b) { return newest ? a.first > b.first : a.first < b.first; });
    for (size_t i = 0; i < std::max(got.size(), test.expected.size()); ++i) {
      const std::string wanted = i < test.expected.size() ? test.expected[i].second : "nothing more";
      const std::string came = i < got.size() ? got[i].second : "nothing more";
      if (wanted != came) return fail_at(i < test.expected.size() ? test.expected[i].first : test.line, "expected " + wanted + "\n  got " + came);
    }
  }

  void check_series(const Case& test, const QueryResult& result) {
    std::vector<std::pair<std::string, std::vector<Point>>> got;
    if (result.type == ResultType::kScalar) got.emplace_back("scalar", std::vector<Point>{result.scalar});
    else for (const MetricSeries& series : result.series) got.emplace_back(to_string(series.labels), series.points);
    for (size_t i = 0; i < test.expected.size(); ++i) {
      const auto& [line, text] = test.expected[i];
      const size_t brace = text.starts_with('{') ? text.find("} ") : text.find(' ') - 1;
      if (brace == text.npos) return fail_at(line, "bad expectation");
      const std::string labels = text.substr(0, brace + 1);
      auto found = std::ranges::find(got, labels, [](const auto& one) { return one.first; });
      if (found == got.end()) {
        fail_at(line, "missing series " + labels);
        continue;
      }
      if (test.ordered && found != got.begin()) fail_at(line, "expected here " + labels + ", got " + got[0].first);
      check_points(test, line, std::string_view(text).substr(brace + 1), *found);
      got.erase(found);
    }
    for (const auto& [labels, points] : got) fail_at(test.line, "unexpected series " + labels + " " + show(points));
  }

  void check_points(const Case& test, size_t line, std::string_view text, const std::pair<std::string, std::vector<Point>>& got) {
    std::vector<Point> wanted;
    const int64_t step = std::max<int64_t>(test.range.step, 1);
    int64_t time = test.verb == "range" ? test.range.start - test.range.start % step : test.time;
    for (text = trim(text); !text.empty(); time += step) {
      const std::string_view word = take_word(text);
      if (word == "_") continue;
      const auto value = parse_value(word);
      if (!value) return fail_at(line, "bad value " + std::string(word));
      wanted.push_back({time, *value});
    }
    const bool same = std::ranges::equal(wanted, got.second, [](const Point& a, const Point& b) { return a.time == b.time && close(a.value, b.value); });
    if (!same) fail_at(line, got.first + ": expected " + show(wanted) + ", got " + show(got.second));
  }

  static std::string show(const std::vector<Point>& points) {
    std::string out;
    for (const Point& point : points) out += " " + promql::format_value(point.value) + "@" + std::to_string((point.time - kStart) / 1'000'000) + "ms";
    return out;
  }

  const std::string_view script_;
  const ScriptStoreFactory& make_store_;
  std::unique_ptr<ScriptStore> store_;
  base::ManualClock clock_{kStart};
  std::optional<store::testing::TestBatch> batch_;
  std::optional<Case> case_;
  size_t line_ = 0;
  size_t questions_ = 0;
  std::vector<ScriptFailure> failures_;
};

}  // namespace

std::vector<ScriptFailure> run_script(std::string_view script, const ScriptStoreFactory& make_store, size_t* questions) {
  Runner runner(script, make_store);
  auto out = runner.run();
  if (questions != nullptr) *questions = runner.questions();
  return out;
}

}  // namespace tripod::query::logql::testing
