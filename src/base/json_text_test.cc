#include "base/json_text.h"

#include <gtest/gtest.h>

#include <string>

namespace tripod::base {
namespace {

JsonFault fault(std::string_view text, size_t depth = 100) { return check_json(text, depth).fault; }

TEST(CheckJson, TakesEveryKindOfValue) {
  for (const char* text :
       {"{}", "[]", "null", "true", "false", "0", "-0", "-1.5e+10", "1E3", "\"\"",
        R"("a\"\\\/\b\f\n\r\té")", " [ 1 , {\"a\" : [ ] } ] \n",
        R"({"a":{"b":[[],{}]},"c":"a long string that passes eight bytes \n and more of them"})",
        "123456789012345678901234567890", R"("\ud83d")"}) {
    EXPECT_EQ(fault(text), JsonFault::kNone) << text;
  }
}

TEST(CheckJson, RefusesWhatIsNotJson) {
  for (const char* text : {"",         " ",          "{",       "[",
                           "]",        "}",          "{]",      "[}",
                           "[1,]",     "{\"a\":1,}", "{\"a\"}", "{\"a\":}",
                           "{a:1}",    "[1 2]",      "01",      "1.",
                           ".5",       "+1",         "1e",      "-",
                           "tru",      "nul",        "NaN",     "Infinity",
                           "'a'",      "\"a",        "\"\\x\"", "\"\\u12\"",
                           "\"a\nb\"", "{} {}",      "[],",     "{\"a\":1 \"b\":2}"}) {
    EXPECT_EQ(fault(text), JsonFault::kMalformed) << text;
  }
}

TEST(CheckJson, CountsDepthOfBothKinds) {
  EXPECT_EQ(fault("[[[]]]", 3), JsonFault::kNone);
  EXPECT_EQ(fault("[[[]]]", 2), JsonFault::kTooDeep);
  EXPECT_EQ(fault(R"({"a":{"b":{}}})", 3), JsonFault::kNone);
  EXPECT_EQ(fault(R"({"a":{"b":{}}})", 2), JsonFault::kTooDeep);
  EXPECT_EQ(fault("[[],[],[]]", 2), JsonFault::kNone);
  const std::string deep = std::string(1'000'000, '[');
  EXPECT_EQ(fault(deep, 5000), JsonFault::kTooDeep);
  EXPECT_EQ(check_json(deep, 5000).position, kMostJsonDepth);
}

TEST(CheckJson, KnowsObjectsFromArraysAcrossWordBoundaries) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += i % 2 == 0 ? "{\"k\":" : "[";
  text += "1";
  for (int i = 199; i >= 0; --i) text += i % 2 == 0 ? "}" : "]";
  EXPECT_EQ(fault(text, 200), JsonFault::kNone);
  text.back() = ']';
  EXPECT_EQ(fault(text, 200), JsonFault::kMalformed);
}

TEST(CheckJson, EveryPrefixOfADocumentIsRefused) {
  const std::string text = R"({"a":[1,2.5,"xé",null,{"b":true}],"c":"d"})";
  for (size_t n = 0; n < text.size(); ++n)
    EXPECT_EQ(fault(std::string_view(text).substr(0, n)), JsonFault::kMalformed) << n;
  EXPECT_EQ(fault(text), JsonFault::kNone);
}

TEST(RepairSurrogateEscapes, ReplacesOnlyHalves) {
  std::string text =
      R"(["\ud83d\ude00","\ud83d","\ude00x","\ud83d\u0041","\\ud83d","\uD83D\uD83D\uDE00"])";
  EXPECT_EQ(repair_surrogate_escapes(text.data(), text.size()), 4u);
  EXPECT_EQ(text,
            R"(["\ud83d\ude00","\ufffd","\ufffdx","\ufffd\u0041","\\ud83d","\ufffd\uD83D\uDE00"])");
}

}  // namespace
}  // namespace tripod::base
