#include "query/logql/go_text.h"

#include <gtest/gtest.h>

#include <cmath>

#include "query/logql/stages/ip.h"
#include "query/logql/stages/regex.h"
#include "query/logql/template/go_time.h"

namespace tripod::query::logql {
namespace {

TEST(GoText, Floats) {
  EXPECT_EQ(*parse_go_float("1.5e3"), 1500);
  EXPECT_EQ(*parse_go_float("+.5"), 0.5);
  EXPECT_EQ(*parse_go_float("0x1p-2"), 0.25);
  EXPECT_TRUE(std::isinf(*parse_go_float("-Infinity")));
  EXPECT_TRUE(std::isnan(*parse_go_float("NaN")));
  EXPECT_EQ(*parse_go_float("1e-400"), 0);
  for (const char* bad : {"", "-", "x", "1x", " 1", "0x1", "--1", "1e999", "nan(1)", "1_0"}) EXPECT_FALSE(parse_go_float(bad)) << bad;
  EXPECT_EQ(parse_go_float("x").error().message, "strconv.ParseFloat: parsing \"x\": invalid syntax");
}

TEST(GoText, Durations) {
  EXPECT_EQ(*parse_go_duration("1h15m30.918s"), 4'530'918'000'000);
  EXPECT_EQ(*parse_go_duration("-1.5h"), -5'400'000'000'000);
  EXPECT_EQ(*parse_go_duration("3\xC2\xB5s"), 3'000);
  EXPECT_EQ(*parse_go_duration("0"), 0);
  EXPECT_EQ(parse_go_duration("5").error().message, "time: missing unit in duration \"5\"");
  EXPECT_EQ(parse_go_duration("5d").error().message, "time: unknown unit \"d\" in duration \"5d\"");
  for (const char* bad : {"", "s", "1.2.3s", ".s", "300000000h"}) EXPECT_FALSE(parse_go_duration(bad)) << bad;
  EXPECT_EQ(*parse_query_duration("1d"), 86'400'000'000'000);
  EXPECT_EQ(*parse_query_duration("1.5h"), 5'400'000'000'000);
  EXPECT_EQ(format_go_duration(4'530'918'000'000), "1h15m30.918s");
  EXPECT_EQ(format_go_duration(1'500), "1.5\xC2\xB5s");
  EXPECT_EQ(format_go_duration(-90'000'000'000), "-1m30s");
  EXPECT_EQ(format_go_duration(0), "0s");
}

TEST(GoText, Bytes) {
  EXPECT_EQ(*parse_go_bytes("42MB"), 42'000'000u);
  EXPECT_EQ(*parse_go_bytes("42 mib"), 44'040'192u);
  EXPECT_EQ(*parse_go_bytes("1,000"), 1'000u);
  EXPECT_EQ(*parse_go_bytes("1.5k"), 1'500u);
  EXPECT_EQ(*parse_go_bytes("0"), 0u);
  EXPECT_EQ(parse_go_bytes("5x").error().message, "unhandled size name: x");
  for (const char* bad : {"", "MB", "-1B", "99EB"}) EXPECT_FALSE(parse_go_bytes(bad)) << bad;
}

TEST(GoText, LabelNames) {
  EXPECT_EQ(sanitize_label(" a-b c "), "a_b_c");
  EXPECT_EQ(sanitize_label("1st"), "_1st");
  EXPECT_EQ(sanitize_label("\xC3\xBCx"), "_x");
  EXPECT_EQ(sanitize_label(""), "");
}

TEST(Ip, RangesAndNetworks) {
  const auto net = IpMatcher::make("10.1.0.0/15");
  ASSERT_TRUE(net);
  EXPECT_TRUE(net->contains(*parse_ip("10.0.255.255")));
  EXPECT_TRUE(net->contains(*parse_ip("10.1.0.1")));
  EXPECT_FALSE(net->contains(*parse_ip("10.2.0.0")));
  EXPECT_TRUE(IpMatcher::make("::1")->found_in("from [::1]:80"));
  EXPECT_TRUE(IpMatcher::make("10.0.0.1")->found_in("x=10.0.0.1."));
  EXPECT_FALSE(IpMatcher::make("10.0.0.1")->found_in("110.0.0.1"));
  for (const char* bad : {"", "10.0.0", "10.0.0.1/33", "10.0.0.9-10.0.0.1", "10.0.0.1-::1", "::/129", "x/8"}) EXPECT_FALSE(IpMatcher::make(bad)) << bad;
}

TEST(Regex, GoNamesOfGroups) {
  EXPECT_EQ(go_regex("(?<a>x)[(?<]\\(?<b>"), "(?P<a>x)[(?<]\\(?<b>");
  EXPECT_FALSE(compile_anchored("a)(b"));
}

TEST(GoTime, LayoutsBothWays) {
  using namespace text_template;
  const GoTime time{.nanos = 1'136'239'445'123'456'789, .zone = load_zone("America/New_York")};
  EXPECT_EQ(format_go_time(time, "Mon Jan _2 15:04:05 MST 2006"), "Mon Jan  2 17:04:05 EST 2006");
  EXPECT_EQ(format_go_time(time, "2006-01-02T15:04:05.000Z07:00"), "2006-01-02T17:04:05.123-05:00");
  EXPECT_EQ(format_go_time(time, "3:04PM .999999999 002"), "5:04PM .123456789 002");
  const auto read = [](const char* layout, const char* text, const char* zone = "UTC") {
    const auto out = parse_go_time(layout, text, load_zone(zone));
    return out ? out->nanos : -1;
  };
  EXPECT_EQ(read("2006-01-02 15:04:05", "1970-01-02 00:00:01.5"), 86'401'500'000'000);
  EXPECT_EQ(read("Jan 2, 2006 at 3:04pm (MST)", "Feb 3, 2013 at 7:54pm (PST)"), 1'359'921'240'000'000'000);
  EXPECT_EQ(read(  "2006-01-02 15:04", "2021-07-01 12:00", "America/New_York"), 1'625'155'200'000'000'000);
  EXPECT_EQ(read("2006-01-02", "2021-13-01"), -1);
  EXPECT_EQ(read("2006-01-02", "2021-01-01x"), -1);
}

}  // namespace
}  // namespace tripod::query::logql
