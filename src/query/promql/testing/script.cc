#include "query/promql/testing/script.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <sstream>

#include "query/promql/engine.h"
#include "query/promql/labels.h"
#include "query/promql/parser.h"
#include "query/promql/testing/memory_metric_store.h"
#include "query/promql/text.h"
#include "query/promql/value.h"

namespace tripod::query::promql::testing {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

// Takes the first blank-separated word off `text`.
std::string_view take_word(std::string_view& text) {
  text = trim(text);
  const size_t end = std::min(text.find_first_of(" \t"), text.size());
  const std::string_view word = text.substr(0, end);
  text = trim(text.substr(end));
  return word;
}

bool close(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return true;
  return std::fabs(a - b) <= 1e-9 * std::max(std::fabs(a), std::fabs(b));
}

std::optional<int64_t> parse_time(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const auto ms = parse_duration_ms(text);
  if (ms) return negative ? -*ms : *ms;
  const auto seconds = parse_number(text);
  if (!seconds) return std::nullopt;
  return std::llround(*seconds * 1000) * (negative ? -1 : 1);
}

std::optional<double> parse_value(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto value = parse_number(text);
  if (!value) return std::nullopt;
  return negative ? -*value : *value;
}

// One item of a series: 5, _, stale, _x3, 5x3, 1+2x5, 1-2x5. kAbsent stands for "no sample";
// `stale` is told apart by a flag.
struct Slot {
  double value = kAbsent;
  bool stale = false;
};

bool parse_item(std::string_view item, std::vector<Slot>& out) {
  size_t repeat = 0;
  const size_t x = item.rfind('x');
  if (x != std::string_view::npos && x > 0) {
    const auto count = parse_number(item.substr(x + 1));
    if (!count) return false;
    repeat = static_cast<size_t>(*count);
    item = item.substr(0, x);
  }
  if (item == "_" || item == "stale") {
    const size_t count = item == "_" && x != std::string_view::npos ? repeat : 1;
    for (size_t i = 0; i < count; ++i) out.push_back({kAbsent, item == "stale"});
    return true;
  }
  size_t sign = item.find_first_of("+-", 1);
  while (sign != std::string_view::npos && (item[sign - 1] == 'e' || item[sign - 1] == 'E')) {
    sign = item.find_first_of("+-", sign + 1);
  }
  const auto first = parse_value(item.substr(0, sign));
  const auto step =
      sign == std::string_view::npos ? std::optional(0.0) : parse_value(item.substr(sign));
  if (!first || !step) return false;
  for (size_t i = 0; i <= repeat; ++i)
    out.push_back({*first + *step * static_cast<double>(i), false});
  return true;
}

struct Expectation {
  size_t line = 0;
  store::Labels labels;
  std::string values;
};

struct Case {
  size_t line = 0;
  bool is_range = false;
  int64_t time_ms = 0;
  RangeParams range;
  std::string query;
  bool ordered = false;
  bool has_scalar = false;
  bool has_string = false;
  std::string scalar;
  std::string string;
  std::string error;
  std::vector<std::string> warnings;
  std::vector<std::string> infos;
  std::vector<Expectation> series;
};

class Runner {
 public:
  explicit Runner(std::string_view script) : script_(script) {}

  std::vector<ScriptFailure> run() {
    size_t from = 0;
    while (from <= script_.size()) {
      const size_t end = std::min(script_.find('\n', from), script_.size());
      ++line_;
      read(script_.substr(from, end - from));
      from = end + 1;
    }
    finish();
    return std::move(failures_);
  }

 private:
  void fail_at(size_t line, std::string message) {
    failures_.push_back({line, std::move(message)});
  }

  void read(std::string_view raw) {
    std::string_view text = trim(raw);
    if (text.empty() || text.front() == '#') return;
    if (raw.front() == ' ' || raw.front() == '\t') return case_ ? expectation(text) : series(text);
    finish();
    const std::string_view verb = take_word(text);
    if (verb == "clear") {
      store_.clear();
    } else if (verb == "load") {
      load_step_ = parse_time(text);
      if (!load_step_) fail_at(line_, "load: bad step");
    } else if (verb == "instant") {
      Case next;
      next.line = line_;
      const auto time = parse_time(take_word(text));
      if (!time) return fail_at(line_, "instant: bad time");
      next.time_ms = *time;
      next.query = text;
      case_ = std::move(next);
    } else if (verb == "range") {
      range_case(text);
    } else {
      fail_at(line_, "unknown verb " + quote(verb));
    }
  }

  // range <start>..<end>/<step> <expr>
  void range_case(std::string_view text) {
    const std::string_view spec = take_word(text);
    const size_t dots = spec.find("..");
    const size_t slash = spec.find('/');
    if (dots == std::string_view::npos || slash == std::string_view::npos)
      return fail_at(line_, "range: bad span");
    const auto start = parse_time(spec.substr(0, dots));
    const auto end = parse_time(spec.substr(dots + 2, slash - dots - 2));
    const auto step = parse_time(spec.substr(slash + 1));
    if (!start || !end || !step) return fail_at(line_, "range: bad span");
    Case next;
    next.line = line_;
    next.is_range = true;
    next.range = {*start, *end, *step};
    next.query = text;
    case_ = std::move(next);
  }

  // Splits "name{…} values" behind the labels; braces inside quotes do not count.
  static std::pair<std::string_view, std::string_view> split_labels(std::string_view text) {
    size_t i = 0;
    char quote_char = 0;
    bool braces = false;
    for (; i < text.size(); ++i) {
      const char c = text[i];
      if (quote_char != 0) {
        if (c == '\\')
          ++i;
        else if (c == quote_char)
          quote_char = 0;
      } else if (c == '"' || c == '\'') {
        quote_char = c;
      } else if (c == '{') {
        braces = true;
      } else if (c == '}') {
        return {text.substr(0, i + 1), trim(text.substr(i + 1))};
      } else if ((c == ' ' || c == '\t') && !braces) {
        break;
      }
    }
    return {text.substr(0, i), trim(text.substr(std::min(i, text.size())))};
  }

  std::optional<store::Labels> labels_of(std::string_view text) {
    store::Labels labels;
    if (text == "{}") return labels;
    auto matchers = parse_selector(text);
    if (!matchers) {
      fail_at(line_, "bad series " + quote(text) + ": " + matchers.error().message);
      return std::nullopt;
    }
    for (const store::LabelMatcher& matcher : *matchers)
      set_label(labels, matcher.name, matcher.value);
    return labels;
  }

  bool slots_of(std::string_view values, std::vector<Slot>& slots) {
    while (!values.empty()) {
      const std::string_view item = take_word(values);
      if (parse_item(item, slots)) continue;
      fail_at(line_, "bad value " + quote(item));
      return false;
    }
    return true;
  }

  void series(std::string_view text) {
    if (!load_step_) return fail_at(line_, "series without load");
    const auto [name, values] = split_labels(text);
    const auto labels = labels_of(name);
    std::vector<Slot> slots;
    if (!labels || !slots_of(values, slots)) return;
    std::vector<model::Sample> samples;
    for (size_t i = 0; i < slots.size(); ++i) {
      const int64_t at = static_cast<int64_t>(i) * *load_step_;
      if (is_present(slots[i].value) || slots[i].stale) samples.push_back({at, slots[i].value});
    }
    store_.add(*labels, samples);
  }

  void expectation(std::string_view text) {
    const std::string_view all = text;
    const std::string_view word = take_word(text);
    if (word == "ordered") {
      case_->ordered = true;
    } else if (word == "error") {
      case_->error = text;
    } else if (word == "warn") {
      case_->warnings.emplace_back(text);
    } else if (word == "info") {
      case_->infos.emplace_back(text);
    } else if (word == "scalar") {
      case_->has_scalar = true;
      case_->scalar = text;
    } else if (word == "string") {
      case_->has_string = true;
      case_->string = unquote(text).value_or("");
    } else {
      const auto [name, values] = split_labels(all);
      if (auto labels = labels_of(name))
        case_->series.push_back({line_, std::move(*labels), std::string(values)});
    }
  }

  void finish() {
    if (!case_) return;
    const Case test = std::move(*case_);
    case_.reset();
    const base::SystemClock clock;
    const Engine engine(store_, clock);
    auto result = test.is_range ? engine.range(test.query, test.range)
                                : engine.instant(test.query, test.time_ms);
    if (!test.error.empty()) {
      if (result)
        return fail_at(test.line,
                       "expected an error with " + quote(test.error) + ", got an answer");
      if (result.error().message.find(test.error) == std::string::npos) {
        fail_at(test.line, "expected an error with " + quote(test.error) + ", got " +
                               quote(result.error().message));
      }
      return;
    }
    if (!result) return fail_at(test.line, "error: " + result.error().message);
    check_notes(test, "warning", test.warnings, result->warnings);
    check_notes(test, "info", test.infos, result->infos);
    check_result(test, *result);
  }

  void check_notes(const Case& test, const char* what, const std::vector<std::string>& wanted,
                   const std::vector<std::string>& got) {
    for (const std::string& text : wanted) {
      const bool found = std::ranges::any_of(
          got, [&](const std::string& g) { return g.find(text) != std::string::npos; });
      if (!found) fail_at(test.line, std::string("missing ") + what + ": " + text);
    }
    for (const std::string& text : got) {
      const bool known = std::ranges::any_of(
          wanted, [&](const std::string& w) { return text.find(w) != std::string::npos; });
      if (!known) fail_at(test.line, std::string("unexpected ") + what + ": " + text);
    }
  }

  void check_result(const Case& test, const QueryResult& result) {
    if (test.has_scalar) {
      const auto wanted = parse_value(test.scalar);
      if (result.type != ValueType::kScalar || !wanted || !close(*wanted, result.scalar.value)) {
        fail_at(test.line, "expected scalar " + test.scalar + ", got " +
                               std::string(type_name(result.type)) + " " +
                               format_value(result.scalar.value));
      }
      return;
    }
    if (test.has_string) {
      if (result.type != ValueType::kString || result.string != test.string) {
        fail_at(test.line,
                "expected string " + quote(test.string) + ", got " + quote(result.string));
      }
      return;
    }
    if (result.type == ValueType::kScalar || result.type == ValueType::kString) {
      return fail_at(test.line, "expected series, got a " + std::string(type_name(result.type)));
    }
    std::vector<MatrixSeries> got = result.matrix;
    for (const VectorSample& one : result.vector) got.push_back({one.labels, {one.sample}});
    check_series(test, got);
  }

  // The samples an expectation line asks for: items by step, or value@time.
  std::optional<std::vector<model::Sample>> wanted_samples(const Case& test,
                                                           const Expectation& expected) {
    std::vector<model::Sample> out;
    if (expected.values.find('@') != std::string::npos) {
      std::string_view rest = expected.values;
      while (!rest.empty()) {
        const std::string_view item = take_word(rest);
        const auto value = parse_value(item.substr(0, item.find('@')));
        const auto time = parse_time(item.substr(std::min(item.find('@'), item.size() - 1) + 1));
        if (!value || !time) return std::nullopt;
        out.push_back({*time, *value});
      }
      return out;
    }
    std::vector<Slot> slots;
    if (!slots_of(expected.values, slots)) return std::nullopt;
    for (size_t i = 0; i < slots.size(); ++i) {
      const int64_t at = test.is_range
                             ? test.range.start_ms + static_cast<int64_t>(i) * test.range.step_ms
                             : test.time_ms;
      if (is_present(slots[i].value)) out.push_back({at, slots[i].value});
    }
    return out;
  }

  void check_series(const Case& test, const std::vector<MatrixSeries>& got) {
    std::map<store::Labels, const MatrixSeries*> by_labels;
    for (const MatrixSeries& series : got) {
      if (!by_labels.emplace(series.labels, &series).second) {
        fail_at(test.line, "the same labels twice: " + to_string(series.labels));
      }
    }
    for (size_t i = 0; i < test.series.size(); ++i) {
      const Expectation& expected = test.series[i];
      if (test.ordered && (i >= got.size() || got[i].labels != expected.labels)) {
        fail_at(expected.line,
                "expected at place " + std::to_string(i + 1) + ": " + to_string(expected.labels) +
                    (i < got.size() ? ", got " + to_string(got[i].labels) : std::string()));
      }
      const auto at = by_labels.find(expected.labels);
      if (at == by_labels.end()) {
        fail_at(expected.line, "missing series " + to_string(expected.labels));
        continue;
      }
      const auto wanted = wanted_samples(test, expected);
      if (!wanted) {
        fail_at(expected.line, "bad expectation");
      } else if (!same(*wanted, at->second->samples)) {
        fail_at(expected.line, to_string(expected.labels) + ": expected " + show(*wanted) +
                                   ", got " + show(at->second->samples));
      }
      by_labels.erase(at);
    }
    for (const auto& [labels, series] : by_labels) {
      fail_at(test.line, "unexpected series " + to_string(labels) + " " + show(series->samples));
    }
  }

  static bool same(const std::vector<model::Sample>& a, const std::vector<model::Sample>& b) {
    return std::ranges::equal(a, b, [](const model::Sample& x, const model::Sample& y) {
      return x.time_ms == y.time_ms && close(x.value, y.value);
    });
  }

  static std::string show(const std::vector<model::Sample>& samples) {
    std::string out;
    for (const model::Sample& sample : samples) {
      out += (out.empty() ? "" : " ") + format_value(sample.value) + "@" +
             format_duration_ms(sample.time_ms);
    }
    return out.empty() ? "nothing" : out;
  }

  std::string_view script_;
  size_t line_ = 0;
  MemoryMetricStore store_;
  std::optional<int64_t> load_step_;
  std::optional<Case> case_;
  std::vector<ScriptFailure> failures_;
};

}  // namespace

std::vector<ScriptFailure> run_script(std::string_view script) { return Runner(script).run(); }

}  // namespace tripod::query::promql::testing
