// `tripod metrics` on a folder of files: locks are the real file system's.
#include "datafolder/metrics_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/clock.h"
#include "base/fs.h"

namespace tripod::datafolder {
namespace {

using ::testing::HasSubstr;
using Action = MetricsCommand::Action;

class MetricsCommandTest : public ::testing::Test {
 protected:
  MetricsCommandTest() {
    std::string name = (std::filesystem::temp_directory_path() / "tripod-metrics-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    std::filesystem::create_directories(data() + "/events");
    write(data() + "/lock", "");
  }
  ~MetricsCommandTest() override { std::filesystem::remove_all(folder_); }

  std::string data() const { return folder_ + "/data"; }
  void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
  static std::string read(const std::string& path) {
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  int run(MetricsCommand command) {
    command.data = data();
    std::FILE* out = std::fopen((folder_ + "/out").c_str(), "w");
    std::FILE* complaints = std::fopen((folder_ + "/complaints").c_str(), "w");
    const int status = run_command(fs_, clock_, command, out, complaints);
    std::fclose(out);
    std::fclose(complaints);
    return status;
  }
  std::string out() const { return read(folder_ + "/out"); }
  std::string complaints() const { return read(folder_ + "/complaints"); }
  int backfill(const std::string& text) {
    write(folder_ + "/text", text);
    return run({.action = Action::kBackfill, .file = folder_ + "/text"});
  }

  base::RealFs fs_;
  base::ManualClock clock_{2'000'000'000 * base::kNanosPerSecond};
  std::string folder_;
};

constexpr const char* kText =
    "# TYPE a gauge\n"
    "a{x=\"1\"} 1 1700000000\n"
    "a{x=\"1\"} 2.5 1700000015.25\n"
    "a{x=\"q\\\"\\\\\\n\"} NaN 1700000000\n"
    "# TYPE b counter\n"
    "b_total 7 1700000000\n"
    "# EOF\n";

TEST_F(MetricsCommandTest, WhatIsBackfilledIsExported) {
  EXPECT_EQ(backfill(kText), 0) << complaints();
  EXPECT_EQ(out(), "4 samples taken, 0 were there already, 0 refused\n");
  EXPECT_EQ(run({.action = Action::kExport}), 0) << complaints();
  const std::string exported = out();
  EXPECT_EQ(exported,
            "a{x=\"1\"} 1 1700000000.000\n"
            "a{x=\"1\"} 2.5 1700000015.250\n"
            "a{x=\"q\\\"\\\\\\n\"} NaN 1700000000.000\n"
            "b_total 7 1700000000.000\n"
            "# EOF\n");
  std::filesystem::remove_all(data() + "/metrics");
  EXPECT_EQ(backfill(exported), 0) << complaints();
  EXPECT_EQ(run({.action = Action::kExport}), 0);
  EXPECT_EQ(out(), exported);
}

TEST_F(MetricsCommandTest, ExportTakesSelectorsAndTimes) {
  ASSERT_EQ(backfill(kText), 0);
  EXPECT_EQ(run({.action = Action::kExport, .match = {"{x=\"1\"}"}, .start = "1700000010"}), 0);
  EXPECT_EQ(out(), "a{x=\"1\"} 2.5 1700000015.250\n# EOF\n");
  EXPECT_EQ(run({.action = Action::kExport, .match = {"{"}}), 2);
  EXPECT_THAT(complaints(), HasSubstr("--match"));
}

TEST_F(MetricsCommandTest, AnalyzeSaysWhatTakesTheRoom) {
  ASSERT_EQ(backfill(kText), 0);
  EXPECT_EQ(run({.action = Action::kAnalyze}), 0);
  EXPECT_THAT(out(), HasSubstr("1 blocks: 3 series at most in one, 4 samples"));
  EXPECT_THAT(out(), HasSubstr("  b_total\n"));
  EXPECT_EQ(run({.action = Action::kAnalyze, .match = {"a"}, .limit = 1, .json = true}), 0);
  EXPECT_THAT(out(), HasSubstr(R"("metrics":[{"name":"a","series":2,"samples":3,)"));
  EXPECT_THAT(out(), HasSubstr(R"("labels":[{"name":"x","values":2,"series":2}])"));
}

TEST_F(MetricsCommandTest, BadTextIsToldAndWhatWasRefusedIsNamed) {
  EXPECT_EQ(backfill("a 1 1700000000\nb{ 2\n"), 2);
  EXPECT_THAT(complaints(), HasSubstr("line 2: "));
  EXPECT_EQ(backfill("a 1\n"), 2);
  EXPECT_THAT(complaints(), HasSubstr("without a timestamp"));
  EXPECT_EQ(backfill("a 1 1700000000\na 1 3000000000\n# EOF\n"), 1);
  EXPECT_THAT(complaints(), HasSubstr("timestamp_in_future a (1 samples or exemplars)"));
  EXPECT_EQ(out(), "1 samples taken, 0 were there already, 1 refused\n");
  std::filesystem::remove(data() + "/lock");
  EXPECT_EQ(run({.action = Action::kExport}), 1);
}

// More lines of one series than are read at once.
std::string long_text(const std::string& head, int64_t first_time) {
  const std::string series = head + "pad=\"" + std::string(400, 'p') + "\"} 1 ";
  std::string out;
  for (int64_t i = 0; out.size() < (5u << 20); ++i) out += series + std::to_string(first_time + i) + "\n";
  return out;
}

TEST_F(MetricsCommandTest, AFamilyLargerThanAPieceIsReadAsOneText) {
  const std::string text = "# HELP h How long.\n# TYPE h histogram\n" + long_text("h_bucket{le=\"1\",", 1'700'000'000);
  EXPECT_EQ(backfill(text + "# EOF"), 0) << complaints();
  EXPECT_EQ(run({.action = Action::kAnalyze}), 0);
  EXPECT_THAT(out(), HasSubstr("1 series at most in one"));
  EXPECT_EQ(run({.action = Action::kExport, .match = {"h_bucket{le!=\"1.0\"}"}}), 0);
  EXPECT_EQ(out(), "# EOF\n");
  // Lines are numbered through the pieces, and what came before the fault is kept.
  EXPECT_EQ(backfill(text + "b{\n# EOF\n"), 2);
  EXPECT_THAT(complaints(), HasSubstr("line " + std::to_string(std::ranges::count(text, '\n') + 1) + ": "));
  EXPECT_THAT(complaints(), HasSubstr("was taken"));
}

TEST_F(MetricsCommandTest, ATextEndsWithEofAndNowhereElse) {
  EXPECT_EQ(backfill("a 1 1700000000\n"), 2);
  EXPECT_THAT(complaints(), HasSubstr("cut off"));
  EXPECT_EQ(backfill(long_text("a{", 1'700'000'000)), 2);
  EXPECT_THAT(complaints(), HasSubstr("cut off"));
  EXPECT_EQ(backfill(""), 2);
  EXPECT_EQ(backfill("# HELP a ends with # EOF\na{x=\"# EOF\"} 1 1700000000\n# EOF\n"), 0) << complaints();
  EXPECT_EQ(run({.action = Action::kExport, .match = {"{x=\"# EOF\"}"}}), 0);
  EXPECT_EQ(out(), "a{x=\"# EOF\"} 1 1700000000.000\n# EOF\n");
  EXPECT_EQ(backfill("a 1 1700000001\n# EOF\na 1 1700000002\n# EOF\n"), 2);
  EXPECT_THAT(complaints(), HasSubstr("line 3: something follows # EOF"));
  EXPECT_EQ(backfill("# EOF\n" + long_text("a{", 1'700'000'000)), 2);
  EXPECT_THAT(complaints(), HasSubstr("line 2: something follows # EOF"));
}

TEST_F(MetricsCommandTest, ExemplarsAreTakenToo) {
  EXPECT_EQ(backfill("# TYPE a counter\na_total 1 1700000000 # {trace_id=\"x\"} 0.5 1700000000\n# EOF\n"), 0) << complaints();
  EXPECT_EQ(out(), "1 samples taken, 0 were there already, 0 refused\n1 exemplars taken\n");
}

// What blocks are merged and dropped is the server's to say, with its own retention.
TEST_F(MetricsCommandTest, BackfillLeavesBlocksAsTheyAre) {
  for (int i = 0; i < 6; ++i) EXPECT_EQ(backfill("a 1 " + std::to_string(1'700'000'000 + i) + "\n# EOF\n"), 0) << complaints();
  EXPECT_THAT(out(), HasSubstr("1 samples taken, 0 were there already, 0 refused\nwhat earlier blocks hold already is among those taken"));
  EXPECT_EQ(run({.action = Action::kAnalyze}), 0);
  EXPECT_THAT(out(), HasSubstr("6 blocks: "));
}

TEST_F(MetricsCommandTest, ExportGivesSeriesOfSeveralSelectorsOnce) {
  ASSERT_EQ(backfill(kText), 0);
  EXPECT_EQ(run({.action = Action::kExport, .match = {"{x=\"1\"}", "{__name__=~\"b_total|a\"}", "a"}}), 0) << complaints();
  EXPECT_EQ(out(),
            "a{x=\"1\"} 1 1700000000.000\n"
            "a{x=\"1\"} 2.5 1700000015.250\n"
            "a{x=\"q\\\"\\\\\\n\"} NaN 1700000000.000\n"
            "b_total 7 1700000000.000\n"
            "# EOF\n");
}

// More text of one series than is written at once.
TEST_F(MetricsCommandTest, LongSeriesAreExportedWhole) {
  const std::string text = long_text("a{", 1'700'000'000);
  ASSERT_EQ(backfill(text + "# EOF\n"), 0) << complaints();
  EXPECT_EQ(run({.action = Action::kExport}), 0) << complaints();
  const std::string exported = out();
  EXPECT_EQ(std::ranges::count(exported, '\n'), std::ranges::count(text, '\n') + 1);
  EXPECT_TRUE(exported.ends_with(".000\n# EOF\n"));
}

}  // namespace
}  // namespace tripod::datafolder
