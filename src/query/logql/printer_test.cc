#include "query/logql/printer.h"

#include <gtest/gtest.h>

#include "query/logql/parser.h"

namespace tripod::query::logql {
namespace {

std::string printed(std::string_view query) {
  const auto expr = parse(query);
  return expr ? print(**expr) : expr.error().message;
}

TEST(PrinterTest, WritesOneFormOfAQueryHoweverItWasSpaced) {
  EXPECT_EQ(printed(R"({app="a"}|="x"|json|status>=500)"), R"({app="a"} |= "x" | json | status>=500)");
  EXPECT_EQ(printed(R"(sum by(app)(rate({app="a"}[1m]))/2)"), R"(sum by (app) (rate({app="a"} [1m])) / 2)");
}

TEST(PrinterTest, KeepsTheOrderOfOperations) {
  EXPECT_EQ(printed("(vector(1) + 2) * 3"), "(vector(1) + 2) * 3");
  EXPECT_EQ(printed("vector(1) + 2 * 3"), "vector(1) + 6");
}

// No literal says them: they come of calculations, and are written as one.
TEST(PrinterTest, WritesValuesThatAreNoNumbersAsCalculationsThatGiveThem) {
  EXPECT_EQ(printed("1 % 0"), "(0 / 0)");
  EXPECT_EQ(printed("8 ^ 9 ^ 9"), "(10 ^ 999)");
  EXPECT_EQ(printed("-8 ^ 1001"), "(-10 ^ 999)");
  for (const char* query : {"(0 / 0)", "(10 ^ 999)", "(-10 ^ 999)", "vector(1) * (0 / 0)"}) EXPECT_EQ(printed(query), query);
}

}  // namespace
}  // namespace tripod::query::logql
