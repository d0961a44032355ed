#include "ship/lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tripod::ship {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Got {
  std::vector<std::string> records;
  std::string rest;
};

Got cut(std::string_view bytes, Tail tail = Tail::kQuiet, const LineRules& rules = {}) {
  const Cut out = cut_records(bytes, rules, tail, SIZE_MAX);
  Got got;
  for (const Span& span : out.records)
    got.records.emplace_back(bytes.substr(span.begin, span.end - span.begin));
  got.rest = bytes.substr(out.consumed);
  return got;
}

std::vector<std::string> records(std::string_view bytes, Tail tail = Tail::kQuiet,
                                 const LineRules& rules = {}) {
  return cut(bytes, tail, rules).records;
}

TEST(LinesTest, EachLineIsARecordWithoutItsEnd) {
  EXPECT_THAT(records("one\ntwo\r\n\n \t\nthree\n"), ElementsAre("one", "two", "three"));
  EXPECT_THAT(records(std::string_view("a\rb\r\r\nnul\0byte\n", 15)),
              ElementsAre("a\rb\r", std::string("nul\0byte", 8)));
  EXPECT_THAT(records(""), IsEmpty());
}

TEST(LinesTest, ALineWithoutAnEndWaitsUntilNothingCanFollow) {
  for (const Tail tail : {Tail::kGrowing, Tail::kQuiet})
    EXPECT_EQ(cut("{\"a\":1}\n{\"b\":", tail).rest, "{\"b\":");
  EXPECT_THAT(records("one\ntwo", Tail::kEnd), ElementsAre("one", "two"));
}

TEST(LinesTest, JsonIsNeverJoined) {
  const char* lines =
      "{\"event\":\"a\"}\n  {\"event\":\"b\"}\nTraceback (most recent call last):\n  File "
      "\"x\"\nE: y\n{\"event\":\"c\"}\n";
  EXPECT_THAT(records(lines), ElementsAre("{\"event\":\"a\"}", "  {\"event\":\"b\"}",
                                          "Traceback (most recent call last):\n  File \"x\"\nE: y",
                                          "{\"event\":\"c\"}"));
  // Nor does it wait for more.
  EXPECT_THAT(records("{\"event\":\"a\"}\n", Tail::kGrowing), ElementsAre("{\"event\":\"a\"}"));
}

TEST(LinesTest, TextMayGoOnWhileTheFileGrows) {
  EXPECT_THAT(records("one\ntwo\n", Tail::kGrowing), ElementsAre("one"));
  EXPECT_EQ(cut("one\ntwo\n", Tail::kGrowing).rest, "two\n");
}

TEST(LinesTest, PythonTracebackWithItsMessage) {
  const std::string text =
      "2026-11-22 16:39:57 ERROR cannot pay\n"
      "Traceback (most recent call last):\n"
      "  File \"shop/views.py\", line 7, in pay\n"
      "    charge()\n"
      "ValueError: no money";
  EXPECT_THAT(records(text + "\n2026-11-22 16:39:58 INFO next\n"),
              ElementsAre(text, "2026-11-22 16:39:58 INFO next"));
  EXPECT_THAT(records(text + "\n2026", Tail::kGrowing), IsEmpty())
      << "a partial line may go on as anything";
}

TEST(LinesTest, ChainedPythonExceptionsAreOne) {
  const std::string first =
      "Traceback (most recent call last):\n  File \"a\", line 1, in f\n    g()\nKeyError: 'x'\n";
  const std::string second =
      "Traceback (most recent call last):\n  File \"b\", line 2, in h\nshop.TenantError: y";
  for (const char* between :
       {"During handling of the above exception, another exception occurred:",
        "The above exception was the direct cause of the following exception:"}) {
    const std::string chain = first + "\n" + between + "\n\n" + second;
    EXPECT_THAT(records(chain + "\nnext\n"), ElementsAre(chain, "next"));
    EXPECT_THAT(records(first + "\n", Tail::kGrowing), IsEmpty())
        << "the blank line may be of a chain";
  }
  EXPECT_THAT(records(first + "\nnext\n"), ElementsAre(first.substr(0, first.size() - 1), "next"));
  EXPECT_THAT(records(first + second + "\n"),
              ElementsAre(first.substr(0, first.size() - 1), second));
}

TEST(LinesTest, ExceptionGroupsAreIndented) {
  const std::string group =
      "  + Exception Group Traceback (most recent call last):\n  |   File \"a\"\n  | "
      "ExceptionGroup: two (2 sub-exceptions)\n"
      "  +-+---------------- 1 ----------------\n    | ValueError: 1\n    "
      "+------------------------------------";
  EXPECT_THAT(records("ERROR group\n" + group + "\nnext\n"),
              ElementsAre("ERROR group\n" + group, "next"));
}

TEST(LinesTest, JavaExceptionWithItsCauses) {
  const std::string text =
      "12:00:00.000 ERROR shop.Pay - failed\r\n"
      "java.lang.IllegalStateException: no money\r\n"
      "\tat shop.Pay.charge(Pay.java:10)\r\n"
      "\t... 12 more\r\n"
      "Caused by: java.io.IOException: closed\r\n"
      "\tat shop.Net.read(Net.java:3)";
  EXPECT_THAT(records(text + "\r\nnext\r\n"), ElementsAre(text, "next"));
  // A name alone is no trace.
  EXPECT_THAT(records("starting\nshop.PaymentError: declined\nnext\n"),
              ElementsAre("starting", "shop.PaymentError: declined", "next"));
  EXPECT_THAT(records("starting\nshop.PaymentError: declined\n", Tail::kGrowing), IsEmpty());
}

TEST(LinesTest, PrettyPrintedJsonIsOneRecord) {
  EXPECT_THAT(records("{\n  \"a\": [\n  1\n  ]\n}\n[\n  1\n]\n}\n"),
              ElementsAre("{\n  \"a\": [\n  1\n  ]\n}", "[\n  1\n]", "}"));
}

TEST(LinesTest, AnExpressionForTheFirstLine) {
  LineRules rules;
  rules.join = Join::kStart;
  rules.start = std::make_shared<const RE2>("^\\d{4}-");
  EXPECT_THAT(records("2026-1 a\nb\n\nc\n\n2026-2 d\n{\"j\":1}\ne\n", Tail::kQuiet, rules),
              ElementsAre("2026-1 a\nb\n\nc", "2026-2 d", "{\"j\":1}", "e"));
  rules.join = Join::kOff;
  EXPECT_THAT(records("a\n b\n", Tail::kGrowing, rules), ElementsAre("a", " b"));
}

TEST(LinesTest, RecordsAreBounded) {
  LineRules rules{.max_lines = 3, .max_bytes = 1000};
  EXPECT_THAT(records("a\n 1\n 2\n 3\n 4\n", Tail::kQuiet, rules),
              ElementsAre("a\n 1\n 2", " 3\n 4"));
  rules.max_bytes = 8;
  EXPECT_THAT(records("a\n 1\n 22\n 3\n", Tail::kQuiet, rules), ElementsAre("a\n 1\n 22", " 3"));
  // A long line is cut, between characters, with nothing lost.
  const Got got =
      cut("12345678\xc3\xa9"
          "12345678x\nnext\n",
          Tail::kQuiet, rules);
  EXPECT_THAT(got.records, ElementsAre("12345678",
                                       "\xc3\xa9"
                                       "123456",
                                       "78x", "next"));
  EXPECT_THAT(cut("1234567890", Tail::kGrowing, rules).records, ElementsAre("12345678"));
}

TEST(LinesTest, AMegabyteLineIsWhole) {
  const std::string line(1 << 20, 'x');
  EXPECT_THAT(records(line + "\nnext\n"), ElementsAre(line, "next"));
  EXPECT_EQ(records(line + "y\nnext\n").size(), 3u);
}

TEST(LinesTest, StopsBehindTheBytesThatWereAskedFor) {
  const Cut out = cut_records("aaaa\nbbbb\ncccc\n", {}, Tail::kQuiet, 5);
  EXPECT_EQ(out.records.size(), 2u);
  EXPECT_EQ(out.consumed, 10u);
  EXPECT_EQ(out.lines, 2u);
}

}  // namespace
}  // namespace tripod::ship
