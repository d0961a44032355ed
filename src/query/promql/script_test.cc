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
  for (const ScriptFailure& failure : run_script(read(path))) {
    ADD_FAILURE() << path << ":" << failure.line << ": " << failure.message;
  }
}

INSTANTIATE_TEST_SUITE_P(PromQL, Script, ::testing::ValuesIn(scripts()),
                         [](const auto& param_info) { return param_info.param; });

// A runner that cannot fail proves nothing.
TEST(ScriptRunner, SeesWrongAnswers) {
  const auto failures = [](const char* script) { return run_script(script).size(); };
  EXPECT_EQ(failures("load 1m\n  m 1\ninstant 0 m\n  m 1\n"), 0u);
  EXPECT_EQ(failures("load 1m\n  m 1\ninstant 0 m\n  m 2\n"), 1u);
  EXPECT_EQ(failures("load 1m\n  m 1\ninstant 0 m\n"), 1u);
  EXPECT_EQ(failures("instant 0 m\n  m 1\n"), 1u);
  EXPECT_EQ(failures("instant 0 1\n  scalar 2\n"), 1u);
  EXPECT_EQ(failures("instant 0 m\n  error boom\n"), 1u);
  EXPECT_EQ(failures("instant 0 sum(\n"), 1u);
  EXPECT_EQ(failures("instant 0 quantile(2, vector(1))\n  {} Inf\n"), 1u);
  EXPECT_EQ(failures("instant 0 vector(1)\n  {} 1\n  warn x\n"), 1u);
  EXPECT_EQ(failures("load 1m\n  m{k=\"a\"} 1\n  m{k=\"b\"} 2\ninstant 0 m\n  ordered\n  "
                     "m{k=\"b\"} 2\n  m{k=\"a\"} 1\n"),
            2u);
  EXPECT_EQ(failures("load 1m\n  m 1 2 3\nrange 0..2m/1m m\n  m 1 2 3\n"), 0u);
  EXPECT_EQ(failures("load 1m\n  m 1 2 3\nrange 0..2m/1m m\n  m 1 2\n"), 1u);
}

}  // namespace
}  // namespace tripod::query::promql::testing
