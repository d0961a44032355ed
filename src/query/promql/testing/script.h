// Test scripts for PromQL: series in, queries, expected answers. The language is described in
// docs/promql.md ("Test scripts").
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tripod::query::promql::testing {

struct ScriptFailure {
  size_t line = 0;      // of the script, from 1
  std::string message;  // what was expected and what came
};

// Runs a whole script against a fresh in-memory store; every failed expectation is one entry, a
// syntax error of the script too.
std::vector<ScriptFailure> run_script(std::string_view script);

}  // namespace tripod::query::promql::testing
