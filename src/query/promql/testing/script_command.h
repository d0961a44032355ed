// The commands of a test script as values. Private to the script runner.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/promql/engine.h"
#include "store/metrics/metric_store.h"

namespace tripod::query::promql::testing {

// What a text (an error, a warning, an info) has to be.
struct TextExpectation {
  enum class Match : uint8_t { kAny, kExact, kRegex };
  Match match = Match::kAny;
  std::string text;

  bool holds(const std::string& got) const;
};

// What eval_fail, eval_warn and the lines "expect no_warn" and the like demand.
enum class Demand : uint8_t { kNothing, kSome, kNone };

struct SeriesExpectation {
  size_t line = 0;
  store::Labels labels;
  std::string values;
};

struct EvalCommand {
  size_t line = 0;
  bool is_range = false;
  int64_t time_ms = 0;  // of an instant query
  RangeParams range;  // of a range query, or of the samples an instant query of a range vector has
  bool range_vector = false;
  std::string query;

  bool ordered = false;
  std::optional<TextExpectation> failure;
  Demand warnings = Demand::kNothing;
  Demand infos = Demand::kNothing;
  std::vector<TextExpectation> warning_texts;
  std::vector<TextExpectation> info_texts;
  std::optional<double> scalar;
  std::optional<std::string> string;
  std::vector<SeriesExpectation> series;
};

// The line that begins with eval, eval_fail, eval_ordered, eval_warn or eval_info.
base::Result<EvalCommand> parse_eval(std::string_view line);
// A line below it.
base::Result<> parse_expectation(EvalCommand& command, std::string_view line, size_t line_number);

}  // namespace tripod::query::promql::testing
