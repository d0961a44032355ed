#include "ingest/loki/label_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tripod::ingest::loki {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Parsed {
  bool ok = false;
  std::string error;
  std::vector<std::string> labels;
};

Parsed parse(std::string_view text) {
  base::Arena arena;
  std::vector<model::Label> labels;
  Parsed out;
  const auto result = parse_label_text(text, arena, labels);
  out.ok = result.has_value();
  if (!result) out.error = result.error().message;
  for (const auto& l : labels)
    out.labels.push_back(std::string(l.name) + "=" + std::string(l.value));
  return out;
}

TEST(LabelTextTest, ReadsWhatPromtailAndAlloyWrite) {
  EXPECT_THAT(parse(R"({app="shop", host="web-1"})").labels, ElementsAre("app=shop", "host=web-1"));
  EXPECT_THAT(parse(R"( { a = "1" ,b="" , } )").labels, ElementsAre("a=1", "b="));
  EXPECT_THAT(parse("{a=`raw\\n`}").labels, ElementsAre("a=raw\\n"));
  EXPECT_TRUE(parse("{}").ok);
}

TEST(LabelTextTest, UndoesGoEscapes) {
  EXPECT_THAT(parse(R"({a="q\"b\\c\nd\x41\101é\U0001F600\'"})").labels,
              ElementsAre("a=q\"b\\c\ndAA\u00e9\U0001F600'"));
  EXPECT_THAT(parse(R"({a="\xff\303"})").labels, ElementsAre("a=\uFFFD\uFFFD"));
  EXPECT_THAT(parse(R"({a="\ud83d"})").labels, ElementsAre("a=\uFFFD"));
}

TEST(LabelTextTest, SaysWhereItIsBroken) {
  EXPECT_EQ(parse("").error, "labels: expected { at byte 0");
  EXPECT_EQ(parse("{a}").error, "labels: expected = at byte 2");
  EXPECT_EQ(parse("{=\"x\"}").error, "labels: expected a label name at byte 1");
  EXPECT_EQ(parse("{a=x}").error, "labels: expected a quoted value at byte 3");
  EXPECT_EQ(parse(R"({a="1" b="2"})").error, "labels: expected , or } at byte 7");
  EXPECT_EQ(parse(R"({a="1"} x)").error, "labels: something follows the labels at byte 8");
  for (const char* text : {R"({a="1)", R"({a="\)", R"({a="\q"})", R"({a="\x4"})", R"({a="\400"})",
                           R"({a="\u12"})", "{a=`x", "{", "{a=\"1\"", "{a=\"\\\0\"}"}) {
    EXPECT_FALSE(parse(text).ok) << text;
  }
}

TEST(LabelTextTest, CutAnywhereIsAnError) {
  const std::string text = R"({app="sh\u00e9\x41op", host=`web-1`})";
  for (size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(parse(std::string_view(text).substr(0, length)).ok) << length;
  }
}

}  // namespace
}  // namespace tripod::ingest::loki
