// Every script under tests/promql.
#include "query/promql/testing/script.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace tripod::query::promql::testing {
namespace {

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> scripts() {
  std::vector<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator("tests/promql")) {
    if (entry.path().extension() == ".test") out.push_back(entry.path().stem().string());
  }
  std::ranges::sort(out);
  return out;
}

class Script : public ::testing::TestWithParam<std::string> {};

TEST_P(Script, Holds) {
  const std::string path = "tests/promql/" + GetParam() + ".test";
  const ScriptOutcome outcome = run_script(read(path));
  EXPECT_GT(outcome.evaluations, 0u);
  for (const ScriptFailure& failure : outcome.failures) {
    ADD_FAILURE() << path << ":" << failure.line << ": " << failure.message;
  }
}

INSTANTIATE_TEST_SUITE_P(PromQL, Script, ::testing::ValuesIn(scripts()),
                         [](const auto& param_info) { return param_info.param; });

// A runner that cannot fail proves nothing.
TEST(ScriptRunner, SeesWrongAnswers) {
  const auto failures = [](const char* script) { return run_script(script).failures.size(); };
  EXPECT_EQ(failures("load 1m\n m 1\n\neval instant at 0 m\n m 1\n"), 0u);
  EXPECT_EQ(failures("load 1m\n m 1\n\neval instant m\n m 1\n"), 0u);
  EXPECT_EQ(failures("load 1m\n m 1\n\neval instant at 0 m\n m 2\n"), 2u);  // and in a range
  EXPECT_EQ(failures("load 1m\n m 1\n\neval instant at 0 m\n"), 2u);
  EXPECT_EQ(failures("eval instant at 0 m\n m 1\n"), 2u);
  EXPECT_EQ(failures("eval instant at 0 1\n 2\n"), 2u);
  EXPECT_EQ(failures("eval instant at 0 \"a\"\n expect string \"b\"\n"), 1u);
  EXPECT_EQ(failures("eval instant at 0 sum(\n"), 1u);
  EXPECT_EQ(
      failures("load 1m\n m{k=\"a\"} 1\n m{k=\"b\"} 2\n\neval instant at 0 m\nexpect ordered\n"
               " m{k=\"b\"} 2\n m{k=\"a\"} 1\n"),
      2u);
  EXPECT_EQ(failures("load 1m\n m 1 2 3\n\neval range from 0 to 2m step 1m m\n m 1 2 3\n"), 0u);
  EXPECT_EQ(failures("load 1m\n m 1 2 3\n\neval range from 0 to 2m step 1m m\n m 1 2\n"), 1u);
  EXPECT_EQ(failures("load 1m\n m 1 2 3\n\neval instant at 2m m[2m]\n"
                     " expect range vector from 1m to 2m step 1m\n m 2 3\n"),
            0u);
  EXPECT_EQ(failures("what is this\n"), 1u);
  EXPECT_EQ(failures("load 1m\n m 1 {{count:1}}\n"), 1u);
  EXPECT_EQ(failures("load 1m\n m 1+x\n"), 1u);
}

TEST(ScriptRunner, SeesWrongFailures) {
  const auto failures = [](const std::string& lines) {
    return run_script("eval instant at 0 " + lines).failures.size();
  };
  EXPECT_EQ(failures("m\n expect fail\n"), 1u);
  EXPECT_EQ(failures("sum(\n expect fail\n"), 0u);
  EXPECT_EQ(
      failures("nix()\n expect fail msg: 1:1: parse error: unknown function with name \"nix\"\n"),
      0u);
  EXPECT_EQ(failures("nix()\n expect fail msg: unknown function\n"), 1u);
  EXPECT_EQ(failures("nix()\n expect fail regex: unknown f.n[ck]tion\n"), 0u);
  EXPECT_EQ(failures("nix()\n expect fail regex: unknown x\n"), 1u);
  EXPECT_EQ(failures("nix()\n expect fail regex: (\n"), 2u);
  EXPECT_EQ(run_script("eval_fail instant at 0 m\n").failures.size(), 1u);
  EXPECT_EQ(
      run_script("eval_fail instant at 0 n()\nexpected_fail_regexp un.nown\n").failures.size(), 0u);
  EXPECT_EQ(run_script("eval_fail instant at 0 n()\nexpected_fail_message x\n").failures.size(),
            1u);
}

TEST(ScriptRunner, SeesWrongAnnotations) {
  const auto failures = [](const std::string& lines, bool strict) {
    return run_script("eval instant at 0 quantile(2, vector(1))\n {} Inf\n" + lines, {strict})
        .failures.size();
  };
  EXPECT_EQ(failures("", true), 1u);
  EXPECT_EQ(failures("", false), 0u);
  EXPECT_EQ(failures(" expect warn\n", false), 0u);
  EXPECT_EQ(failures(" expect no_warn\n", false), 1u);
  EXPECT_EQ(failures(" expect no_info\n", false), 0u);
  EXPECT_EQ(failures(" expect info\n", false), 1u);
  const std::string text = "PromQL warning: quantile value should be between 0 and 1, got 2";
  EXPECT_EQ(failures(" expect warn msg: " + text + "\n", false), 0u);
  EXPECT_EQ(failures(" expect warn msg: " + text + " (1:10)\n", false), 0u);
  EXPECT_EQ(failures(" expect warn msg: " + text + " (1:11)\n", false), 2u);
  EXPECT_EQ(failures(" expect warn regex: between 0 and .\n", false), 0u);
  EXPECT_EQ(run_script("eval_warn instant at 0 quantile(2, vector(1))\n {} Inf\n").failures.size(),
            0u);
  EXPECT_EQ(run_script("eval_warn instant at 0 vector(1)\n {} 1\n").failures.size(), 1u);
  EXPECT_EQ(run_script("eval_info instant at 0 vector(1)\n {} 1\n").failures.size(), 1u);
}

}  // namespace
}  // namespace tripod::query::promql::testing
