#include "model/line_template.h"

#include <gtest/gtest.h>

#include <charconv>
#include <random>
#include <string>

namespace tripod::model {
namespace {

constexpr base::UnixNanos kTime = 1'795'365'597'123'456'000;  // 2026-11-22T16:39:57.123456Z

std::string composed(std::string_view text, std::span<const Attribute> fields) {
  const auto parsed = LineTemplate::parse(text);
  if (!parsed) return "no template";
  std::string out;
  parsed->compose(kTime, [&](std::string_view key) {
    const Attribute* found = find_attribute(fields, key);
    return found == nullptr ? Value() : found->value;
  }, out);
  return out;
}

TEST(LineTemplate, FillsHolesWithFieldsAndTime) {
  LineTemplateBuilder builder;
  ASSERT_TRUE(builder.literal(R"({"event": ")"));
  builder.hole(Hole::kString, "body");
  ASSERT_TRUE(builder.literal(R"(", "n": )"));
  builder.hole(Hole::kInteger, "n");
  ASSERT_TRUE(builder.literal(R"(, "ms": )"));
  builder.hole(Hole::kFloat, "ms");
  ASSERT_TRUE(builder.literal(R"(, "ok": )"));
  builder.hole(Hole::kBool, "ok");
  ASSERT_TRUE(builder.literal(R"(, "at": ")"));
  builder.hole(Hole::kTime, "T.6Z");
  ASSERT_TRUE(builder.literal(R"("})"));
  const Attribute fields[] = {{"body", Value::string("say \"hi\"\n")}, {"n", Value::int64(-7)},
                              {"ms", Value::float64(12)}, {"ok", Value::boolean(true)}};
  EXPECT_EQ(composed(builder.text(), fields),
            R"({"event": "say \"hi\"\n", "n": -7, "ms": 12.0, "ok": true, "at": "2026-11-22T16:39:57.123456Z"})");
}

TEST(LineTemplate, AFilteredNumberBecomesAString) {
  LineTemplateBuilder builder;
  builder.literal(R"({"card": )");
  builder.hole(Hole::kInteger, "card");
  builder.literal("}");
  const Attribute fields[] = {{"card", Value::string("[Filtered]")}};
  EXPECT_EQ(composed(builder.text(), fields), R"({"card": "[Filtered]"})");
}

TEST(LineTemplate, RefusesWhatIsNone) {
  EXPECT_FALSE(LineTemplate::parse("\x01s"));
  EXPECT_FALSE(LineTemplate::parse("\x01qkey\x02"));
  EXPECT_FALSE(LineTemplate::parse("\x01tX\x02"));
  EXPECT_FALSE(LineTemplateBuilder().literal("a\x01"));
  EXPECT_TRUE(LineTemplate::parse(""));
}

TEST(TimeStyle, WritesWhatItReads) {
  for (const std::string_view text : {"2026-11-22T16:39:57.123456Z", "2026-11-22 16:39:57,123", "2026-11-22T16:39:57+00:00",
                                      "2024-02-29T00:00:00.000000000Z", "1999-12-31T23:59:59Z", "2026-11-22T16:39:57.1"}) {
    const auto style = TimeStyle::of(text, false);
    ASSERT_TRUE(style) << text;
    const auto time = style->read(text);
    ASSERT_TRUE(time) << text;
    std::string again;
    style->write(*time, again);
    EXPECT_EQ(again, text);
    const std::string written = style->text();
    const auto parsed = TimeStyle::parse(written);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->text(), written);
  }
  EXPECT_EQ(TimeStyle::of("2026-11-22T16:39:57.123456Z", false)->read("2026-11-22T16:39:57.123456Z"), kTime);
  EXPECT_EQ(TimeStyle::of("1795365597123", true)->read("1795365597123"), kTime / 1'000'000 * 1'000'000);
}

TEST(TimeStyle, KnowsNoOtherTimes) {
  for (const std::string_view text : {"2026-02-29T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T16:39:60Z", "2026-13-01T00:00:00Z",
                                      "2026-11-22T16:39:57+01:00", "2026-11-22T16:39:57.1234567891Z", "2026-11-22", "yesterday",
                                      "2026-11-22T16:39:57.Z", "3026-11-22T16:39:57Z"}) {
    EXPECT_FALSE(TimeStyle::of(text, false)) << text;
  }
  for (const std::string_view text : {"123", "0795365597", "17953655971", "179536559712345678", "-795365597"}) {
    EXPECT_FALSE(TimeStyle::of(text, true)) << text;
  }
}

TEST(PlainFloat, IsReadAsTheNearestDouble) {
  std::mt19937_64 random(3);
  for (int i = 0; i < 100'000; ++i) {
    const size_t decimals = 1 + random() % 14;
    std::string text = std::to_string(random() % (i % 2 == 0 ? 10 : 1'000'000'000'000'000) );
    if (text.size() + decimals > 15) text.resize(15 - decimals);
    text += '.';
    for (size_t d = 0; d < decimals; ++d) text += static_cast<char>('0' + random() % 10);
    if (i % 3 == 0) text.insert(0, "-");
    if (!is_plain_float(text) && fixed_decimals(text) == 0) continue;
    double wanted = 0;
    ASSERT_EQ(std::from_chars(text.data(), text.data() + text.size(), wanted).ec, std::errc());
    ASSERT_EQ(read_decimal(text), wanted) << text;
  }
}

TEST(PlainFloat, IsWhatIsWrittenAgain) {
  for (const std::string_view token : {"0.5", "12.0", "-3.25", "123456789.123456", "0.0001", "0.0", "100000.0", "0.1"}) {
    EXPECT_TRUE(is_plain_float(token)) << token;
    std::string again;
    append_plain_float(std::stod(std::string(token)), again);
    EXPECT_EQ(again, token);
  }
  for (const std::string_view token : {"1", "1.50", "01.5", "1e5", "-0.0", "0.00", ".5", "1.", "1234567890.1234567", "1.5e3", ""}) {
    EXPECT_FALSE(is_plain_float(token)) << token;
  }
  EXPECT_EQ(fixed_decimals("442.490"), 3);
  EXPECT_EQ(fixed_decimals("0.00"), 2);
  EXPECT_EQ(fixed_decimals("442"), 0);
  EXPECT_EQ(fixed_decimals("1.0000000000"), 0);
  const Attribute fields[] = {{"ms", Value::float64(442.49)}};
  EXPECT_EQ(composed("\x01" "d3ms\x02", fields), "442.490");
}

}  // namespace
}  // namespace tripod::model
