#include "query/logql/logql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace tripod::query::logql {
namespace {

using ::testing::ElementsAre;

std::string asked(std::string_view text, std::span<const std::string> known = {}) {
  auto query = parse(text, known);
  if (!query) return "error " + query.error().message;
  if (query->kind == Query::Kind::kConstant) return "constant " + std::to_string(query->constant);
  return to_string(query->filter);
}

TEST(LogQl, Selectors) {
  EXPECT_EQ(asked("{}"), "true");
  EXPECT_EQ(asked(R"({service_name="shop"})"), R"((= "service.name" "shop"))");
  EXPECT_EQ(asked(R"( { service_name = "shop" , level != `debug`, } )"),
            R"((and (= "service.name" "shop") (not (= "severity_text" "debug"))))");
  EXPECT_EQ(asked(R"({job=~"a|b"})"), R"((regex "job" "^(?s:a|b)$"))");
  EXPECT_EQ(asked(R"({job!~"a.+"})"), R"((not (regex "job" "^(?s:a.+)$")))");
  EXPECT_EQ(asked("# why\n{a=\"b\"} # end"), R"((= "a" "b"))");
}

// A missing label is the empty text.
TEST(LogQl, EmptyTextsInSelectors) {
  EXPECT_EQ(asked(R"({a=""})"), R"((or (not (exists "a")) (= "a" "")))");
  EXPECT_EQ(asked(R"({a!=""})"), R"((and (exists "a") (not (= "a" ""))))");
  EXPECT_EQ(asked(R"({a=~".*"})"), R"((or (not (exists "a")) (regex "a" "^(?s:.*)$")))");
  EXPECT_EQ(asked(R"({a!~"x|"})"), R"((and (exists "a") (not (regex "a" "^(?s:x|)$"))))");
}

TEST(LogQl, LineFilters) {
  EXPECT_EQ(asked(R"({a="b"} |= "42")"),
            R"((and (= "a" "b") (or (contains "body" "42") (contains "original" "42"))))");
  // LogQL minds case, the store's substring search does not: a regular expression decides.
  EXPECT_EQ(
      asked(R"({} |= "a.b")"),
      R"((or (and (contains "body" "a.b") (regex "body" "a\\.b")) (and (contains "original" "a.b") (regex "original" "a\\.b"))))");
  EXPECT_EQ(asked(R"({} != "4")"), R"((not (or (contains "body" "4") (contains "original" "4"))))");
  EXPECT_EQ(asked(R"({} |~ `x\d`)"), R"((or (regex "body" "x\\d") (regex "original" "x\\d")))");
  EXPECT_EQ(asked(R"({} !~ "x")"), R"((not (or (regex "body" "x") (regex "original" "x"))))");
  EXPECT_EQ(
      asked(R"({} |= "1" or "2")"),
      R"((or (or (contains "body" "1") (contains "original" "1")) (or (contains "body" "2") (contains "original" "2"))))");
  EXPECT_EQ(asked("{} |= ``"), "true");
  EXPECT_EQ(asked("{a=\"b\"} |= `` |= ``"), R"((= "a" "b"))");
}

TEST(LogQl, LabelFilters) {
  EXPECT_EQ(asked(R"({a="b"} | detected_level="error" | trace_id=~"ab.*")"),
            R"((and (= "a" "b") (= "severity_text" "error") (regex "trace_id" "^(?s:ab.*)$")))");
}

TEST(LogQl, TheHealthCheck) {
  EXPECT_EQ(asked("vector(1)+vector(1)"), "constant 2.000000");
  EXPECT_EQ(asked(" vector( 1.5 ) - vector(1) "), "constant 0.500000");
}

TEST(LogQl, ErrorsNameThePlace) {
  struct Bad {
    const char* text;
    size_t position;
    const char* message;
    base::Code code;
  };
  using enum base::Code;
  const Bad cases[] = {
      {"", 0,
       "parse error at line 1, col 1: syntax error: unexpected end of input, expecting a stream "
       "selector",
       kInvalidArgument},
      {"{", 1, "expecting a label name", kInvalidArgument},
      {"{a", 2, "expecting one of = != =~ !~", kInvalidArgument},
      {"{a=b}", 3, "unexpected \"b\", expecting a string", kInvalidArgument},
      {"{a=\"b\"", 6, "expecting \",\" or \"}\"", kInvalidArgument},
      {"{a=\"b}", 3, "literal not terminated", kInvalidArgument},
      {"{a=~\"(\"}", 4, "error parsing regexp", kInvalidArgument},
      {"{}\n|~ \"[\"", 6, "parse error at line 2, col 4: error parsing regexp", kInvalidArgument},
      {"{} x", 3, "expecting a filter", kInvalidArgument},
      {"{} |= 5", 6, "expecting a string", kInvalidArgument},
      {"{} | json", 3, "unsupported: pipeline stage \"json\"", kUnsupported},
      {"{} | line_format \"x\"", 3, "unsupported: pipeline stage \"line_format\"", kUnsupported},
      {"{} | a > 5", 3, "unsupported: pipeline stage \"a\"", kUnsupported},
      {"{} | a=\"b\" or c=\"d\"", 11, "unsupported: combined label filters", kUnsupported},
      {"{} |= ip(\"1.2.3.4\")", 6, "unsupported: function in a line filter", kUnsupported},
      {"{} |> \"<_> x\"", 3, "unsupported: pattern match filters", kUnsupported},
      {"{}[5m]", 2, "unsupported: range aggregations", kUnsupported},
      {"sum(rate({a=\"b\"}[5m]))", 0, "unsupported: metric queries (\"sum\")", kUnsupported},
      {"vector(1) * vector(2)", 10, "unsupported: metric queries", kUnsupported},
      {"vector(x)", 7, "expecting a number", kInvalidArgument},
  };
  for (const Bad& bad : cases) {
    size_t position = 9999;
    auto query = parse(bad.text, {}, &position);
    ASSERT_FALSE(query) << bad.text;
    EXPECT_EQ(position, bad.position) << bad.text;
    EXPECT_EQ(query.error().code, bad.code) << bad.text;
    EXPECT_NE(query.error().message.find(bad.message), std::string::npos)
        << bad.text << ": " << query.error().message;
  }
}

// One record with an attribute of a label's very name does not hide everybody else's field.
TEST(LogQl, EveryFieldOfALabelIsAsked) {
  const std::vector<std::string> known = {"service.name", "service_name"};
  EXPECT_EQ(asked(R"({service_name="a"})", known),
            R"((or (= "service.name" "a") (= "service_name" "a")))");
  EXPECT_EQ(asked(R"({service_name!="a"})", known),
            R"((not (or (= "service.name" "a") (= "service_name" "a"))))");
  EXPECT_EQ(
      asked(R"({service_name=""})", known),
      R"((or (not (or (exists "service.name") (exists "service_name"))) (or (= "service.name" "") (= "service_name" ""))))");
  EXPECT_EQ(
      asked(R"({service_name!=""})", known),
      R"((and (or (exists "service.name") (exists "service_name")) (not (or (= "service.name" "") (= "service_name" "")))))");
}

TEST(LogQl, SaysWhetherFiltersFollowTheSelector) {
  EXPECT_FALSE(parse(R"({a="b"} # end)")->has_pipeline);
  EXPECT_TRUE(parse(R"({a="b"} |= "")")->has_pipeline);
}

TEST(LogQl, LabelsAndFields) {
  EXPECT_EQ(field_to_loki_label("service.name"), "service_name");
  EXPECT_EQ(field_to_loki_label("severity_text"), "level");
  EXPECT_EQ(field_to_loki_label("a-b/c d"), "a_b_c_d");
  EXPECT_EQ(field_to_loki_label("5xx"), "_5xx");
  EXPECT_EQ(field_to_loki_label(""), "_");
  EXPECT_THAT(loki_label_to_fields("service_name"), ElementsAre("service.name"));
  EXPECT_THAT(loki_label_to_fields("deployment_environment_name"),
              ElementsAre("deployment.environment.name"));
  EXPECT_THAT(loki_label_to_fields("level"), ElementsAre("severity_text"));
  EXPECT_THAT(loki_label_to_fields("detected_level"), ElementsAre("severity_text"));
  EXPECT_THAT(loki_label_to_fields("order_id"), ElementsAre("order_id"));
  const std::vector<std::string> known = {"level", "order.id", "severity_text", "x_y", "x.y"};
  EXPECT_THAT(loki_label_to_fields("order_id", known), ElementsAre("order.id"));
  EXPECT_THAT(loki_label_to_fields("x_y", known), ElementsAre("x_y", "x.y"));
  EXPECT_THAT(loki_label_to_fields("level", known), ElementsAre("severity_text", "level"));
  EXPECT_THAT(loki_label_to_fields("service_name", known), ElementsAre("service.name"));
  EXPECT_EQ(asked(R"({order_id="7"})", known), R"((= "order.id" "7"))");
}

}  // namespace
}  // namespace tripod::query::logql
