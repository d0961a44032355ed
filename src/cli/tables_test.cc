#include "cli/tables.h"

#include <gtest/gtest.h>

#include "cli/commands.h"

namespace tripod::cli {
namespace {

TEST(Tables, ColumnsAreAlignedByCharacters) {
  const std::vector<TableColumn> columns = {{"path", false}, {"count", true}};
  const std::vector<std::vector<std::string>> cells = {{"/größe", "1"}, {"/a", "12345678"}};
  EXPECT_EQ(table_lines(columns, cells), (std::vector<std::string>{"path       count", "/größe         1", "/a      12345678"}));
  EXPECT_EQ(table_lines(columns, {}), (std::vector<std::string>{"path  count"}));
}

TEST(Tables, BlanksAtTheEndAreLeftOut) {
  const std::vector<TableColumn> columns = {{"a", false}, {"b", false}};
  const std::vector<std::vector<std::string>> cells = {{"x", ""}};
  EXPECT_EQ(table_lines(columns, cells)[1], "x");
}

TEST(Screen, IsFilledAndNotScrolled) {
  const std::vector<std::string> lines = {"größe", "b", "c"};
  EXPECT_EQ(screen_of(lines, {}), "\x1b[H\x1b[2Kgröße\n\x1b[2Kb\n\x1b[2Kc\n\x1b[J");
  EXPECT_EQ(screen_of(lines, {.rows = 4, .columns = 80}), screen_of(lines, {}));
  EXPECT_EQ(screen_of(lines, {.rows = 3, .columns = 3}), "\x1b[H\x1b[2Kgrö\n\x1b[2Kb\n\x1b[2Kc") << "no line break in the last row";
  EXPECT_EQ(screen_of(lines, {.rows = 2, .columns = 5}), "\x1b[H\x1b[2Kgröße\n\x1b[2K… and");
  EXPECT_EQ(screen_of(lines, {.rows = 1, .columns = 0}), "\x1b[H\x1b[2K… and 3 more lines");
}

TEST(Sparkline, TheGreatestIsTheHighest) {
  EXPECT_EQ(sparkline(std::vector<uint64_t>{0, 1, 4, 8}), " ▁▄█");
  EXPECT_EQ(sparkline(std::vector<uint64_t>{0, 0}), "  ");
  EXPECT_EQ(sparkline({}), "");
}

TEST(InstantOf, ADurationIsBeforeNow) {
  EXPECT_EQ(instant_of("2h"), "now-2h");
  EXPECT_EQ(instant_of("1h30m"), "now-1h30m");
  EXPECT_EQ(instant_of("now-5m"), "now-5m");
  EXPECT_EQ(instant_of("2026-11-22T00:00:00Z"), "2026-11-22T00:00:00Z");
  EXPECT_EQ(instant_of("1795364000"), "1795364000");
  EXPECT_EQ(instant_of("nonsense"), "nonsense") << "the server says what is wrong";
}

}  // namespace
}  // namespace tripod::cli
