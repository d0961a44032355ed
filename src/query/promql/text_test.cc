#include "query/promql/text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tripod::query::promql {
namespace {

TEST(Text, ValuesAsTheApiWritesThem) {
  EXPECT_EQ(format_value(1), "1");
  EXPECT_EQ(format_value(0.1), "0.1");
  EXPECT_EQ(format_value(-0.0), "-0");
  EXPECT_EQ(format_value(1e20), "100000000000000000000");
  EXPECT_EQ(format_value(1e21), "1e+21");
  EXPECT_EQ(format_value(1e-6), "0.000001");
  EXPECT_EQ(format_value(1e-7), "1e-07");
  EXPECT_EQ(format_value(123456789.123), "123456789.123");
  EXPECT_EQ(format_value(std::nan("")), "NaN");
  EXPECT_EQ(format_value(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(format_value(-std::numeric_limits<double>::infinity()), "-Inf");
  EXPECT_EQ(format_value(123456789012345680000.0), "123456789012345680000");
  EXPECT_EQ(format_value(0), "0");
  EXPECT_EQ(format_value(-0.00125), "-0.00125");
  EXPECT_EQ(format_value(1234.5), "1234.5");
  EXPECT_EQ(format_value(4.9e-324), "5e-324");
  EXPECT_EQ(format_value_fixed(1e23), "100000000000000000000000");
  EXPECT_EQ(format_value_fixed(2.5e-9), "0.0000000025");
  EXPECT_EQ(format_value_fixed(1e22), "10000000000000000000000");
  EXPECT_EQ(format_number(1e-5), "1e-05");
  EXPECT_EQ(format_number(0.0001), "0.0001");
}

TEST(Text, Durations) {
  EXPECT_EQ(parse_duration_ms("1h30m"), 5400'000);
  EXPECT_EQ(parse_duration_ms("1y2w3d4h5m6s7ms"), 33'019'506'007);
  EXPECT_EQ(parse_duration_ms("0s"), 0);
  for (const char* bad :
       {"", "1", "m", "1m1h", "1m1m", "-1m", "1.5h", "1 m", "99999999999y", "1x"}) {
    EXPECT_EQ(parse_duration_ms(bad), std::nullopt) << bad;
  }
  EXPECT_EQ(format_duration_ms(0), "0s");
  EXPECT_EQ(format_duration_ms(5400'000), "1h30m");
  EXPECT_EQ(format_duration_ms(90 * 24 * 3600'000LL), "90d");
  EXPECT_EQ(format_duration_ms(14 * 24 * 3600'000LL), "2w");
  EXPECT_EQ(format_duration_ms(365 * 24 * 3600'000LL), "1y");
  EXPECT_EQ(format_duration_ms(-1500), "-1s500ms");
}

TEST(Text, Numbers) {
  EXPECT_EQ(parse_number("0x1F"), 31);
  EXPECT_EQ(parse_number("017"), 15);  // octal, as in Prometheus
  EXPECT_EQ(parse_number("08"), 8);
  EXPECT_EQ(parse_number("1_000.5"), 1000.5);
  EXPECT_EQ(parse_number("1e3"), 1000);
  EXPECT_EQ(parse_number("iNf"), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(*parse_number("NaN")));
  EXPECT_EQ(parse_number("1e-400"), 0);
  EXPECT_EQ(parse_number("1e400"), std::nullopt);
  EXPECT_EQ(parse_number("0x"), std::nullopt);
  EXPECT_EQ(parse_number(""), std::nullopt);
}

TEST(Text, QuotesAndEscapes) {
  EXPECT_EQ(quote("a\"b\\c\n\t\x01"), R"("a\"b\\c\n\t\x01")");
  EXPECT_EQ(quote("grün"), "\"grün\"");
  EXPECT_EQ(quote("\xff"), "\"\\xff\"");
  EXPECT_EQ(unquote(R"("a\"b\\c\n\x41\101\u00e9\U0001F600")").value(),
            "a\"b\\c\nAA\xc3\xa9\xf0\x9f\x98\x80");
  EXPECT_EQ(unquote("'it\\'s'").value(), "it's");
  EXPECT_EQ(unquote("`raw\\n`").value(), "raw\\n");
  for (const char* bad :
       {"\"\\q\"", "\"\\x1\"", "\"\\u12\"", "\"\\ud800\"", "\"\\777\"", "\"open", "\""}) {
    EXPECT_FALSE(unquote(bad)) << bad;
  }
  for (const char* text :
       {"", "plain", "\\", "\"'`", "\r\n", "\xf0\x9f\x98\x80", "\xed\xa0\x80", "a\0b"}) {
    EXPECT_EQ(unquote(quote(text)).value(), text);
  }
}

TEST(Text, Places) {
  EXPECT_EQ(place("abc", 0), "1:1");
  EXPECT_EQ(place("ab\ncd", 4), "2:2");
  EXPECT_EQ(place("ab", 99), "1:3");
}

}  // namespace
}  // namespace tripod::query::promql
