#include "store/events/plan.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <limits>

#include "store/events/field_text.h"
#include "store/events/filter.h"
#include "store/events/matcher.h"

namespace tripod::store {
namespace {

using model::Value;
using Op = Predicate::Op;

bool matches(Op op, FieldValue operand, const Value& value, std::string key = "k") {
  RegexSet regexes(1);
  auto matcher = Matcher::compile(Predicate::compare(op, std::move(key), std::move(operand)), regexes);
  EXPECT_TRUE(matcher) << matcher.error().message;
  return matcher && matcher->matches(value);
}

TEST(PlanTest, PredicatesAsText) {
  const Predicate p = Predicate::all_of(
      {Predicate::equal("service.name", std::string("djzen")), Predicate::compare(Op::kContains, "", std::string("boom")),
       Predicate::any_of({Predicate::compare(Op::kGreater, "n", int64_t{1}), Predicate::compare(Op::kLessEqual, "f", 1.0),
                          Predicate::equal("ok", true), Predicate::exists("x")}),
       Predicate::negate(Predicate::compare(Op::kNotEqual, "j", JsonText{"[\"a\"]"}))});
  EXPECT_EQ(to_string(p),
            "(and (= \"service.name\" \"djzen\") (contains \"\" \"boom\") (or (> \"n\" 1) (<= \"f\" 1.0) (= \"ok\" true) "
            "(exists \"x\")) (not (!= \"j\" (json \"[\\\"a\\\"]\"))))");
}

TEST(PlanTest, ControlCharactersStayOnOneLine) {
  EXPECT_EQ(to_string(Predicate::equal("a\nb", std::string("\t\x7f"))), "(= \"a\\x0ab\" \"\\x09\\x7f\")");
}

TEST(PlanTest, TrivialCombinationsFoldAway) {
  EXPECT_EQ(to_string(Predicate::all_of({})), "true");
  EXPECT_EQ(to_string(Predicate::all_of({{}, Predicate::exists("x")})), "(exists \"x\")");
  EXPECT_EQ(to_string(Predicate::any_of({})), "(or)");
  EXPECT_EQ(to_string(Predicate::any_of({Predicate::exists("x")})), "(exists \"x\")");
}

TEST(PlanTest, DatasetNames) {
  EXPECT_EQ(dataset_name(Dataset::kLogs), "logs");
  EXPECT_EQ(dataset_name(Dataset::kSpans), "spans");
  EXPECT_EQ(dataset_name(Dataset::kErrors), "errors");
  EXPECT_EQ(dataset_name(Dataset::kLinks), "links");
  EXPECT_EQ(dataset_name(Dataset::kSessions), "sessions");
  EXPECT_EQ(dataset_name(Dataset::kSpanWindow), "span_window");
}

TEST(MatcherTest, NumbersCompareByValue) {
  EXPECT_TRUE(matches(Op::kEqual, 500.0, Value::int64(500)));
  EXPECT_TRUE(matches(Op::kEqual, int64_t{500}, Value::float64(500)));
  EXPECT_FALSE(matches(Op::kEqual, 9007199254740992.0, Value::int64(9007199254740993)));
  EXPECT_TRUE(matches(Op::kLess, 9007199254740993.5, Value::int64(9007199254740993)));
  EXPECT_TRUE(matches(Op::kLess, 1e300, Value::int64(INT64_MAX)));
  EXPECT_FALSE(matches(Op::kEqual, std::numeric_limits<double>::quiet_NaN(),
                       Value::float64(std::numeric_limits<double>::quiet_NaN())));
}

TEST(MatcherTest, OtherwiseTextCompares) {
  EXPECT_TRUE(matches(Op::kEqual, std::string("500"), Value::int64(500)));
  EXPECT_TRUE(matches(Op::kEqual, std::string("0.5"), Value::float64(0.5)));
  EXPECT_TRUE(matches(Op::kEqual, int64_t{500}, Value::string("500")));
  EXPECT_FALSE(matches(Op::kEqual, std::string("500.0"), Value::float64(500)));
  EXPECT_TRUE(matches(Op::kEqual, true, Value::string("true")));
  EXPECT_TRUE(matches(Op::kEqual, std::string("false"), Value::boolean(false)));
  EXPECT_FALSE(matches(Op::kEqual, std::string("Error"), Value::string("error")));
}

TEST(MatcherTest, OrderWithANumberNeedsANumber) {
  EXPECT_FALSE(matches(Op::kGreater, int64_t{1}, Value::string("5")));
  EXPECT_FALSE(matches(Op::kGreater, int64_t{0}, Value::boolean(true)));
  EXPECT_TRUE(matches(Op::kGreater, std::string("4"), Value::int64(5)));
  EXPECT_TRUE(matches(Op::kGreaterEqual, std::string("b"), Value::string("b")));
}

TEST(MatcherTest, ContainsIgnoresAsciiCaseOfTexts) {
  EXPECT_TRUE(matches(Op::kContains, std::string("BoOm"), Value::string("a bOoM here")));
  EXPECT_TRUE(matches(Op::kContains, std::string("\"k\""), Value::json("{\"K\":1}")));
  EXPECT_FALSE(matches(Op::kContains, std::string("ä"), Value::string("Ä")));
  EXPECT_TRUE(matches(Op::kContains, std::string("50"), Value::int64(1500))) << "a number by its text";
  EXPECT_TRUE(matches(Op::kContains, std::string(".5"), Value::float64(1.5)));
  EXPECT_TRUE(matches(Op::kContains, std::string("RU"), Value::boolean(true)));
  EXPECT_FALSE(matches(Op::kContains, std::string("6"), Value::int64(500)));
  EXPECT_TRUE(matches(Op::kContains, std::string(""), Value::string("")));
}

TEST(MatcherTest, Wildcards) {
  EXPECT_TRUE(matches(Op::kWildcard, std::string("/API/*/Orders"), Value::string("/api/v1/orders")));
  EXPECT_FALSE(matches(Op::kWildcard, std::string("api*"), Value::string("/api")));
  EXPECT_TRUE(matches(Op::kWildcard, std::string("caf?"), Value::string("café")));
  EXPECT_FALSE(matches(Op::kWildcard, std::string("caf??"), Value::string("café")));
  EXPECT_TRUE(matches(Op::kWildcard, std::string("5*"), Value::int64(503)));
  EXPECT_TRUE(matches(Op::kWildcard, std::string("100\\*"), Value::string("100*")));
  EXPECT_FALSE(matches(Op::kWildcard, std::string("100\\*"), Value::string("1000")));
  EXPECT_TRUE(matches(Op::kWildcard, std::string("*a*b*c*"), Value::string("xxaxxbxxcxx")));
  EXPECT_FALSE(matches(Op::kWildcard, std::string("*a*b*c"), Value::string("xxaxxbxxcxx")));
}

TEST(MatcherTest, RegularExpressionsAreUnanchored) {
  EXPECT_TRUE(matches(Op::kRegex, std::string("5.."), Value::int64(1503)));
  EXPECT_TRUE(matches(Op::kRegex, std::string("^5..$"), Value::int64(503)));
  EXPECT_FALSE(matches(Op::kRegex, std::string("^5..$"), Value::int64(1503)));
}

TEST(MatcherTest, AnyFieldMeansTextFields) {
  EXPECT_TRUE(matches(Op::kRegex, std::string("5"), Value::string("5"), ""));
  EXPECT_FALSE(matches(Op::kRegex, std::string("5"), Value::int64(5), ""));
}

TEST(MatcherTest, NullEqualsNothing) { EXPECT_FALSE(matches(Op::kEqual, {}, Value::string(""))); }

TEST(FilterTest, BadPredicatesAreRefused) {
  const auto code = [](const Predicate& predicate) {
    auto filter = Filter::compile(predicate);
    return filter ? base::Code::kInternal : filter.error().code;
  };
  EXPECT_EQ(code(Predicate::compare(Op::kRegex, "k", std::string("("))), base::Code::kInvalidArgument);
  EXPECT_EQ(code(Predicate::equal("", std::string("x"))), base::Code::kInvalidArgument);
  EXPECT_EQ(code(Predicate::compare(Op::kContains, "k", {})), base::Code::kInvalidArgument);
  Predicate deep = Predicate::exists("k");
  for (int i = 0; i < 300; ++i) deep = Predicate::negate(std::move(deep));
  EXPECT_EQ(code(deep), base::Code::kInvalidArgument);
}

TEST(FieldTextTest, NumbersInTheirShortestForm) {
  EXPECT_EQ(field_text(FieldValue(1.0)), "1");
  EXPECT_EQ(field_text(FieldValue(0.1)), "0.1");
  EXPECT_EQ(field_text(FieldValue(1e300)), "1e+300");
  EXPECT_EQ(field_text(FieldValue(INT64_MIN)), "-9223372036854775808");
  EXPECT_EQ(field_text(FieldValue(true)), "true");
  EXPECT_EQ(field_text(FieldValue()), "");
}

// LogQL asks original and body for the same, and one expression of a question may be written a hundred times.
TEST(FilterTest, EqualExpressionsAreCompiledOnce) {
  RegexSet regexes(2);
  const auto first = regexes.get("timeout after [0-9]+"), again = regexes.get("timeout after [0-9]+"), other = regexes.get("refused");
  ASSERT_TRUE(first && again && other);
  EXPECT_EQ(first->regex, again->regex);
  EXPECT_EQ(first->prefilter, again->prefilter);
  EXPECT_NE(first->prefilter, nullptr);
  EXPECT_NE(first->regex, other->regex);
  EXPECT_FALSE(regexes.get("a("));
}

TEST(FilterTest, ManyExpressionsShareTheirMemory) {
  EXPECT_EQ(RegexSet(1).get("x")->regex->options().max_mem(), 8 << 20);
  EXPECT_EQ(RegexSet(64).get("x")->regex->options().max_mem(), 1 << 20);
  RegexSet many(100'000);
  EXPECT_EQ(many.get("x")->regex->options().max_mem(), 256 << 10);
  // What does not fit into its share is compiled all the same.
  EXPECT_EQ(many.get("\\pL{150}")->regex->options().max_mem(), 8 << 20);
}

}  // namespace
}  // namespace tripod::store
