#include "sampling/ottl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tripod::sampling {
namespace {

using base::Code;
using model::Value;

class OttlTest : public testing::Test {
 protected:
  bool holds(std::string_view text, OttlContext context = OttlContext::kSpan) {
    const auto parsed = parse_ottl(text, context);
    if (!parsed) {
      ADD_FAILURE() << text << ": " << parsed.error().message;
      return false;
    }
    return (*parsed)->holds({span_, resource_, {.name = "django", .version = "1.2"}, context == OttlContext::kSpan ? nullptr : &event_});
  }
  static std::string error(std::string_view text, Code code = Code::kInvalidArgument, OttlContext context = OttlContext::kSpan) {
    const auto parsed = parse_ottl(text, context);
    if (parsed) return "none";
    EXPECT_EQ(parsed.error().code, code) << text;
    return parsed.error().message;
  }

  std::vector<model::Attribute> attributes_ = {{"s", Value::string("text")}, {"n", Value::int64(7)}, {"f", Value::float64(2.5)}, {"b", Value::boolean(true)}, {"http.response.status_code", Value::int64(503)}};
  std::vector<model::Attribute> of_resource_ = {{"service.name", Value::string("shop")}};
  std::vector<model::Attribute> of_event_ = {{"exception.type", Value::string("KeyError")}};
  model::Resource resource_{of_resource_};
  model::SpanEvent event_{.time = 5, .name = "exception", .attributes = of_event_};
  model::Span span_{.trace_state = "ot=th:8,v=1", .name = "GET /cart", .kind = model::SpanKind::kServer, .status_code = model::StatusCode::kError, .status_message = "boom", .start_time = 1000, .end_time = 5000, .attributes = attributes_};
};

TEST_F(OttlTest, Paths) {
  for (const char* text : {R"(attributes["s"] == "text")", R"(span.attributes["s"] == "text")", R"(resource.attributes["service.name"] == "shop")", R"(name == "GET /cart")",
                           "kind == SPAN_KIND_SERVER", "kind == 2", R"(kind.string == "Server")", "status.code == STATUS_CODE_ERROR", R"(status.message == "boom")",
                           R"(trace_state["v"] == "1")", R"(trace_state == "ot=th:8,v=1")", "end_time_unix_nano - start_time_unix_nano >= 4000", R"(instrumentation_scope.name == "django")",
                           R"(scope.version == "1.2")", R"(parent_span_id.string == "")", R"(trace_id.string == "00000000000000000000000000000000")", R"(attributes["http.status_code"] >= 500)"}) {
    EXPECT_TRUE(holds(text)) << text;
  }
}

TEST_F(OttlTest, OfAnEvent) {
  for (const char* text : {R"(name == "exception")", R"(spanevent.name == "exception")", R"(attributes["exception.type"] == "KeyError")", "time_unix_nano == 5", R"(span.name == "GET /cart")",
                           R"(span.attributes["s"] == "text")", R"(resource.attributes["service.name"] == "shop")"}) {
    EXPECT_TRUE(holds(text, OttlContext::kSpanEvent)) << text;
  }
  EXPECT_FALSE(holds(R"(attributes["s"] == "text")", OttlContext::kSpanEvent));
}

TEST_F(OttlTest, ComparisonsOfDifferentTypesAreOnlyEverUnequal) {
  EXPECT_TRUE(holds(R"(attributes["n"] != "7")"));
  EXPECT_FALSE(holds(R"(attributes["n"] == "7")"));
  EXPECT_FALSE(holds(R"(attributes["n"] < "9")"));
  EXPECT_TRUE(holds(R"(attributes["n"] < 7.5 and attributes["f"] > 2)"));
  EXPECT_TRUE(holds(R"(attributes["missing"] == nil and attributes["n"] != nil)"));
  EXPECT_TRUE(holds(R"(attributes["missing"] != "x")"));
  EXPECT_TRUE(holds(R"(attributes["b"] == true)"));
}

TEST_F(OttlTest, AndBindsTighterThanOr) {
  EXPECT_TRUE(holds("true or true and false"));
  EXPECT_FALSE(holds("(true or true) and false"));
  EXPECT_TRUE(holds("not false and not (false or false)"));
  EXPECT_TRUE(holds("1 + 2 * 3 == 7 and (1 + 2) * 3 == 9"));
}

TEST_F(OttlTest, WhatCannotBeComputedIsFalse) {
  EXPECT_FALSE(holds("1 / 0 == 1"));
  EXPECT_FALSE(holds("1 / 0 != 1"));
  EXPECT_FALSE(holds(R"(attributes["s"] + 1 == 2 or true)"));
  EXPECT_FALSE(holds("9223372036854775807 + 1 > 0"));
}

TEST_F(OttlTest, Functions) {
  EXPECT_TRUE(holds(R"(IsMatch(name, "^GET /c") and IsMatch(attributes["n"], "^7$"))"));
  EXPECT_FALSE(holds(R"(IsMatch(attributes["missing"], ".*"))"));
  EXPECT_TRUE(holds(R"(IsMatch(name, "\\w+ /cart") and IsMatch(name, "\w+ /cart"))"));
  EXPECT_TRUE(holds(R"(IsRootSpan() and HasPrefix(name, "GET") and HasSuffix(name, "cart"))"));
  EXPECT_TRUE(holds(R"(IsString(name) and IsInt(attributes["n"]) and IsDouble(attributes["f"]) and IsBool(attributes["b"]))"));
}

TEST_F(OttlTest, WhatIsNotTakenIsNamed) {
  EXPECT_THAT(error("Concat([name], \"\") == \"a\"", Code::kUnsupported), testing::HasSubstr("column 1: unsupported: function \"Concat\""));
  EXPECT_THAT(error("true and dropped_links_count > 1", Code::kUnsupported), testing::HasSubstr("column 10: unsupported: path \"dropped_links_count\""));
  EXPECT_THAT(error("kind == SPAN_KIND_ODD", Code::kUnsupported), testing::HasSubstr("SPAN_KIND_ODD"));
  EXPECT_THAT(error(R"(attributes["a"]["b"] == 1)", Code::kUnsupported), testing::HasSubstr("a key inside"));
  EXPECT_THAT(error("spanevent.name == \"x\"", Code::kUnsupported), testing::HasSubstr("spanevent.name"));
}

TEST_F(OttlTest, MistakesNameTheirColumn) {
  EXPECT_THAT(error("name"), testing::HasSubstr("a condition is expected"));
  EXPECT_THAT(error("name == "), testing::HasSubstr("unexpected end"));
  EXPECT_THAT(error("name == \"x"), testing::HasSubstr("a text without end"));
  EXPECT_THAT(error("(name == \"x\""), testing::HasSubstr("\")\" is expected"));
  EXPECT_THAT(error("true true"), testing::HasSubstr("column 6"));
  EXPECT_THAT(error(R"(IsMatch(name, "("))"), testing::HasSubstr("is no regular expression"));
  EXPECT_THAT(error(std::string(1000, '(') + "true"), testing::HasSubstr("too deep"));
  EXPECT_THAT(error(std::string(20'000, ' '), Code::kTooLarge), testing::HasSubstr("longer than"));
}

}  // namespace
}  // namespace tripod::sampling
