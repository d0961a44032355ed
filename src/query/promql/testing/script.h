// Runs test scripts in the format of Prometheus's promqltest: series in, queries, expected answers.
// What of it is understood: docs/promql.md ("Test scripts").
// https://github.com/prometheus/prometheus/blob/main/promql/promqltest/README.md
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tripod::query::promql::testing {

struct ScriptFailure {
  size_t line = 0;      // of the script, from 1
  std::string message;  // what was expected and what came
};

struct ScriptOptions {
  // A warning or info that no line expects is a failure even where none is expected at all.
  bool strict_annotations = true;
};

struct ScriptOutcome {
  size_t evaluations = 0;  // queries that were run
  std::vector<ScriptFailure> failures;
};

// Runs a whole script against a fresh in-memory store; every expectation that does not hold is one
// failure, a syntax error of the script too. An instant query is asked again as the middle of a
// range query of three steps, and must answer the same.
ScriptOutcome run_script(std::string_view script, ScriptOptions options = {});

}  // namespace tripod::query::promql::testing
