#include "query/promql/testing/script.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "query/promql/labels.h"
#include "query/promql/testing/memory_metric_store.h"
#include "query/promql/testing/script_command.h"
#include "query/promql/testing/series_notation.h"
#include "query/promql/text.h"
#include "query/promql/value.h"

namespace tripod::query::promql::testing {
namespace {

constexpr int64_t kMinuteMs = 60'000;

// Scripts show what they expect to ten digits or so.
bool close(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return true;
  return std::fabs(a - b) <= 1e-9 * std::max(std::fabs(a), std::fabs(b));
}

bool same(const std::vector<model::Sample>& a, const std::vector<model::Sample>& b) {
  return std::ranges::equal(a, b, [](const model::Sample& x, const model::Sample& y) {
    return x.time_ms == y.time_ms && close(x.value, y.value);
  });
}

std::string show(const std::vector<model::Sample>& samples) {
  std::string out;
  for (const model::Sample& sample : samples) {
    out += (out.empty() ? "" : " ") + format_value(sample.value) + "@" +
           format_duration_ms(sample.time_ms);
  }
  return out.empty() ? "nothing" : out;
}

// Queries whose answer at a step depends on the whole query, or whose type a range query refuses.
bool is_same_in_range(const EvalCommand& command, const QueryResult& result) {
  if (result.type != ValueType::kVector && result.type != ValueType::kScalar) return false;
  for (const char* word : {"start()", "end()", "range()", "step()", "sort"}) {
    if (command.query.find(word) != std::string::npos) return false;
  }
  return true;
}

class Runner {
 public:
  Runner(std::string_view script, ScriptOptions options) : script_(script), options_(options) {}

  ScriptOutcome run() {
    size_t from = 0;
    while (from <= script_.size()) {
      const size_t end = std::min(script_.find('\n', from), script_.size());
      ++line_;
      read(trim(script_.substr(from, end - from)));
      from = end + 1;
    }
    finish();
    return std::move(outcome_);
  }

 private:
  void fail_at(size_t line, std::string message) {
    outcome_.failures.push_back({line, std::move(message)});
  }
  template <class T>
  bool accept(const base::Result<T>& result) {
    if (!result) fail_at(line_, result.error().message);
    return result.has_value();
  }

  // A block is a command and the lines below it up to a blank line or a comment.
  void read(std::string_view text) {
    if (text.empty() || text.front() == '#') return finish();
    if (eval_) {
      accept(parse_expectation(*eval_, text, line_));
    } else if (load_step_) {
      load_series(text);
    } else {
      command(text);
    }
  }

  void command(std::string_view text) {
    if (text == "clear") return store_.clear();
    if (text.starts_with("eval")) {
      auto eval = parse_eval(text);
      if (!accept(eval)) return;
      eval->line = line_;
      eval_ = std::move(*eval);
      return;
    }
    const std::string_view verb = take_word(text);
    if (verb != "load") return fail_at(line_, "unknown command " + quote(verb));
    load_step_ = parse_time(text);
    if (!load_step_) fail_at(line_, "load: bad step " + quote(text));
  }

  void load_series(std::string_view text) {
    const auto [name, values] = split_series(text);
    const auto labels = parse_labels(name);
    const auto slots = parse_slots(values);
    if (!accept(labels) || !accept(slots)) return;
    std::vector<model::Sample> samples;
    for (size_t i = 0; i < slots->size(); ++i) {
      const Slot& slot = (*slots)[i];
      if (is_present(slot.value) || slot.stale)
        samples.push_back({static_cast<int64_t>(i) * *load_step_, slot.value});
    }
    store_.add(*labels, samples);
  }

  void finish() {
    load_step_.reset();
    if (!eval_) return;
    const EvalCommand command = std::move(*eval_);
    eval_.reset();
    ++outcome_.evaluations;
    const base::SystemClock clock;
    const Engine engine(store_, clock);
    auto result = command.is_range ? engine.range(command.query, command.range)
                                   : engine.instant(command.query, command.time_ms);
    if (command.failure) return check_failure(command, result);
    if (!result) return fail_at(command.line, "error: " + result.error().message);
    check_notes(command, "warning", result->warnings);
    check_notes(command, "info", result->infos);
    check_result(command, *result);
    if (!command.is_range && is_same_in_range(command, *result)) check_in_range(command, engine);
  }

  void check_failure(const EvalCommand& command, const base::Result<QueryResult>& result) {
    if (result) return fail_at(command.line, "expected a failure, got an answer");
    if (command.failure->holds(result.error().message)) return;
    fail_at(command.line, "expected the failure " + quote(command.failure->text) + ", got " +
                              quote(result.error().message));
  }

  void check_notes(const EvalCommand& command, const std::string& what,
                   const std::vector<std::string>& got) {
    const bool warning = what == "warning";
    const Demand demand = warning ? command.warnings : command.infos;
    const auto& wanted = warning ? command.warning_texts : command.info_texts;
    for (const TextExpectation& one : wanted) {
      if (std::ranges::none_of(got, [&](const std::string& text) { return one.holds(text); }))
        fail_at(command.line, "missing " + what + ": " + one.text);
    }
    if (demand == Demand::kNothing && !options_.strict_annotations) return;
    for (const std::string& text : got) {
      if (std::ranges::none_of(wanted, [&](const auto& one) { return one.holds(text); }))
        fail_at(command.line, "unexpected " + what + ": " + text);
    }
  }

  // The middle of three steps answers what the instant query answers.
  void check_in_range(const EvalCommand& instant, const Engine& engine) {
    const auto result = engine.range(
        instant.query, {instant.time_ms - kMinuteMs, instant.time_ms + kMinuteMs, kMinuteMs});
    if (!result) {
      return fail_at(instant.line, "error in a range query: " + result.error().message);
    }
    std::vector<MatrixSeries> middle;
    for (const MatrixSeries& series : result->matrix) {
      for (const model::Sample& sample : series.samples) {
        if (sample.time_ms == instant.time_ms) middle.push_back({series.labels, {sample}});
      }
    }
    EvalCommand command = instant;
    command.ordered = false;
    if (command.scalar) {
      const bool holds = middle.size() == 1 && close(middle[0].samples[0].value, *command.scalar);
      if (!holds) fail_at(command.line, "another scalar in a range query");
      return;
    }
    in_range_ = true;
    check_series(command, middle);
    in_range_ = false;
  }

  void check_result(const EvalCommand& command, const QueryResult& result) {
    if (command.scalar) {
      if (result.type != ValueType::kScalar || !close(*command.scalar, result.scalar.value)) {
        fail_at(command.line, "expected scalar " + format_value(*command.scalar) + ", got " +
                                  std::string(type_name(result.type)) + " " +
                                  format_value(result.scalar.value));
      }
      return;
    }
    if (command.string) {
      if (result.type != ValueType::kString || result.string != *command.string) {
        fail_at(command.line,
                "expected string " + quote(*command.string) + ", got " + quote(result.string));
      }
      return;
    }
    if (result.type == ValueType::kScalar || result.type == ValueType::kString) {
      return fail_at(command.line, "expected series, got a " + std::string(type_name(result.type)));
    }
    std::vector<MatrixSeries> got = result.matrix;
    for (const VectorSample& one : result.vector) got.push_back({one.labels, {one.sample}});
    check_series(command, got);
  }

  std::optional<std::vector<model::Sample>> wanted_samples(const EvalCommand& command,
                                                           const SeriesExpectation& expected) {
    const auto slots = parse_slots(expected.values);
    if (!slots) {
      fail_at(expected.line, slots.error().message);
      return std::nullopt;
    }
    const bool many = command.is_range || command.range_vector;
    std::vector<model::Sample> out;
    for (size_t i = 0; i < slots->size(); ++i) {
      const int64_t at =
          many ? command.range.start_ms + static_cast<int64_t>(i) * command.range.step_ms
               : command.time_ms;
      if (is_present((*slots)[i].value)) out.push_back({at, (*slots)[i].value});
    }
    if (many || out.size() <= 1) return out;
    fail_at(expected.line, "an instant query has one value a series");
    return std::nullopt;
  }

  void check_series(const EvalCommand& command, const std::vector<MatrixSeries>& got) {
    const std::string where = in_range_ ? "in a range query: " : "";
    std::map<store::Labels, const MatrixSeries*> by_labels;
    for (const MatrixSeries& series : got) {
      if (!by_labels.emplace(series.labels, &series).second)
        fail_at(command.line, where + "the same labels twice: " + to_string(series.labels));
    }
    for (size_t i = 0; i < command.series.size(); ++i) {
      const SeriesExpectation& expected = command.series[i];
      if (command.ordered && (i >= got.size() || got[i].labels != expected.labels)) {
        fail_at(expected.line,
                "expected at place " + std::to_string(i + 1) + ": " + to_string(expected.labels) +
                    (i < got.size() ? ", got " + to_string(got[i].labels) : std::string()));
      }
      const auto wanted = wanted_samples(command, expected);
      if (!wanted) continue;
      const auto at = by_labels.find(expected.labels);
      const std::vector<model::Sample> none;
      const auto& samples = at == by_labels.end() ? none : at->second->samples;
      if (!same(*wanted, samples)) {
        fail_at(expected.line, where + to_string(expected.labels) + ": expected " + show(*wanted) +
                                   ", got " + show(samples));
      }
      if (at != by_labels.end()) by_labels.erase(at);
    }
    for (const auto& [labels, series] : by_labels) {
      fail_at(command.line,
              where + "unexpected series " + to_string(labels) + " " + show(series->samples));
    }
  }

  std::string_view script_;
  const ScriptOptions options_;
  size_t line_ = 0;
  MemoryMetricStore store_;
  std::optional<int64_t> load_step_;  // inside the block of a load command
  std::optional<EvalCommand> eval_;   // inside the block of an eval command
  bool in_range_ = false;
  ScriptOutcome outcome_;
};

}  // namespace

ScriptOutcome run_script(std::string_view script, ScriptOptions options) {
  return Runner(script, options).run();
}

}  // namespace tripod::query::promql::testing
