#include "base/json_writer.h"

#include <gtest/gtest.h>

#include <climits>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace tripod::base {
namespace {

std::string string_of(std::string_view text) {
  std::string out;
  JsonWriter(out).string(text);
  return out;
}

std::string number_of(double value) {
  std::string out;
  JsonWriter(out).float64(value);
  return out;
}

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("text", "a").field("int", 1).field("yes", true).field("real", 0.5);
  json.field("big", uint64_t{18446744073709551615ULL});
  json.key("list").begin_array().int64(1).null().begin_object().end_object().begin_array();
  json.end_array().raw("{\"raw\":1}").boolean(false).end_array();
  json.key("nanos").int64_string(INT64_MIN);
  json.end_object();
  EXPECT_EQ(out, R"({"text":"a","int":1,"yes":true,"real":0.5,"big":18446744073709551615,)"
                 R"("list":[1,null,{},[],{"raw":1},false],"nanos":"-9223372036854775808"})");
}

TEST(JsonWriter, EscapesWhatMustBe) {
  EXPECT_EQ(string_of("\"\\\n\r\t\b\f"), R"("\"\\\n\r\t\b\f")");
  EXPECT_EQ(string_of(std::string_view("\0\x1f\x7f", 3)), "\"\\u0000\\u001f\x7f\"");
  EXPECT_EQ(string_of("/<>&'"), "\"/<>&'\"");
  EXPECT_EQ(string_of(""), "\"\"");
  std::string out;
  JsonWriter(out).begin_object().field("a\"b", "c").end_object();
  EXPECT_EQ(out, R"({"a\"b":"c"})");
}

// The fast path reads eight bytes at once: every byte must be seen at every place.
TEST(JsonWriter, SeesEveryByteAtEveryOffset) {
  for (int byte = 0; byte < 0x80; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    const std::string escaped = string_of(one).substr(1, string_of(one).size() - 2);
    const bool special = byte < 0x20 || byte == '"' || byte == '\\';
    EXPECT_EQ(escaped != one, special) << byte;
    for (size_t at = 0; at < 17; ++at) {
      const std::string before(at, '!');  // '!' is next to the quote: a borrow would show
      const std::string after(17 - at, ']');
      EXPECT_EQ(string_of(before + one + after), "\"" + before + escaped + after + "\"") << byte;
    }
  }
}

TEST(JsonWriter, KeepsUtf8AndReplacesWhatIsNot) {
  EXPECT_EQ(string_of("caf\u00E9 \U0001F600 \u2028"), "\"caf\u00E9 \U0001F600 \u2028\"");
  EXPECT_EQ(string_of("caf\xE9"), "\"caf\uFFFD\"");
  EXPECT_EQ(string_of("\xff\n\xC3"), "\"\uFFFD\\n\uFFFD\"");
  EXPECT_EQ(string_of("long enough for words \xED\xA0\x80 and on"),
            "\"long enough for words \uFFFD\uFFFD\uFFFD and on\"");
  std::string out;
  JsonWriter(out).begin_array().string("a").string("b\xff").string("c").end_array();
  EXPECT_EQ(out, "[\"a\",\"b\uFFFD\",\"c\"]");
}

TEST(JsonWriter, NumbersAreShortAndExact) {
  EXPECT_EQ(number_of(0.1), "0.1");
  EXPECT_EQ(number_of(3), "3");
  EXPECT_EQ(number_of(-0.0), "-0");
  EXPECT_EQ(number_of(1e300), "1e+300");
  EXPECT_EQ(std::strtod(number_of(std::numeric_limits<double>::denorm_min()).c_str(), nullptr),
            std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(std::stod(number_of(1.0 / 3)), 1.0 / 3);
  EXPECT_EQ(number_of(std::nan("")), "null");
  EXPECT_EQ(number_of(std::numeric_limits<double>::infinity()), "null");
}

}  // namespace
}  // namespace tripod::base
