#include "store/metrics/matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/metrics/head_index.h"

namespace tripod::store::metrics {
namespace {

using Op = LabelMatcher::Op;
using testing::ElementsAre;

CompiledMatcher compile(Op op, const std::string& value) {
  auto matcher = CompiledMatcher::compile({op, "l", value});
  EXPECT_TRUE(matcher.has_value()) << matcher.error().message;
  return *matcher;
}

TEST(LiteralAlternatives, OnlyWhereTheExpressionIsAListOfTexts) {
  const auto list = [](const char* regex) {
    return literal_alternatives(regex).value_or(std::vector<std::string>{"no list"});
  };
  EXPECT_THAT(list("a"), ElementsAre("a"));
  EXPECT_THAT(list("b|a|b"), ElementsAre("a", "b"));
  EXPECT_THAT(list("(a|b)"), ElementsAre("a", "b"));
  EXPECT_THAT(list("(?:a|)"), ElementsAre("", "a"));
  EXPECT_THAT(list("10\\.0\\.0\\.1|a\\-b"), ElementsAre("10.0.0.1", "a-b"));
  EXPECT_THAT(list(""), ElementsAre(""));
  for (const char* regex :
       {"a.", "a*", "a|b+", "(a)(b)", "(a|b)c", "[ab]", "\\d", "^a", "a$", "a\\", "(?i)a"}) {
    EXPECT_THAT(list(regex), ElementsAre("no list")) << regex;
  }
}

TEST(Matcher, ExpressionsAreAnchoredAndDotMatchesNewline) {
  const auto matcher = compile(Op::kRegex, "foo.*");
  EXPECT_TRUE(matcher.matches("foo"));
  EXPECT_TRUE(matcher.matches("foo\nbar"));
  EXPECT_FALSE(matcher.matches("xfoo"));
  EXPECT_FALSE(matcher.matches_empty());
  EXPECT_FALSE(compile(Op::kRegex, "a|ab.*c").matches("a\n"));
  EXPECT_TRUE(compile(Op::kRegex, "a.c|b.d").matches("b.d"));
}

TEST(Matcher, EmptyValueStandsForNoLabel) {
  EXPECT_TRUE(compile(Op::kEqual, "").matches_empty());
  EXPECT_FALSE(compile(Op::kNotEqual, "").matches_empty());
  EXPECT_TRUE(compile(Op::kNotEqual, "x").matches_empty());
  EXPECT_TRUE(compile(Op::kRegex, ".*").matches_everything());
  EXPECT_FALSE(compile(Op::kRegex, ".+").matches_empty());
  EXPECT_TRUE(compile(Op::kNotRegex, ".+").matches_empty());
  EXPECT_FALSE(compile(Op::kNotRegex, ".*").matches("x"));
}

TEST(Matcher, BadExpressionsAreErrors) {
  const auto bad = CompiledMatcher::compile({Op::kRegex, "l", "a("});
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, base::Code::kInvalidArgument);
}

// Numbers of the series that the matchers select; four series, of which one has no label `env`.
std::vector<uint32_t> select(std::vector<LabelMatcher> matchers) {
  HeadIndex index;
  const std::vector<std::vector<model::Label>> all{
      {{"__name__", "up"}, {"env", "prod"}, {"job", "a"}},
      {{"__name__", "up"}, {"env", "dev"}, {"job", "b"}},
      {{"__name__", "up"}, {"job", "c"}},
      {{"__name__", "down"}, {"env", "prod"}, {"job", "a"}}};
  for (const auto& labels : all) index.create(labels, hash_labels(labels));
  const auto compiled = compile_matchers(matchers);
  EXPECT_TRUE(compiled.has_value());
  return resolve(index, *compiled).value();
}

TEST(Postings, MatchersAsPrometheusHasThem) {
  EXPECT_THAT(select({}), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(select({{Op::kEqual, "__name__", "up"}}), ElementsAre(0, 1, 2));
  EXPECT_THAT(select({{Op::kEqual, "env", ""}}), ElementsAre(2));
  EXPECT_THAT(select({{Op::kNotEqual, "env", ""}}), ElementsAre(0, 1, 3));
  EXPECT_THAT(select({{Op::kNotEqual, "env", "prod"}}), ElementsAre(1, 2));
  EXPECT_THAT(select({{Op::kRegex, "env", "prod|"}}), ElementsAre(0, 2, 3));
  EXPECT_THAT(select({{Op::kRegex, "env", "p.*|dev"}}), ElementsAre(0, 1, 3));
  EXPECT_THAT(select({{Op::kNotRegex, "env", "p.*"}}), ElementsAre(1, 2));
  EXPECT_THAT(select({{Op::kNotRegex, "env", "prod|dev"}}), ElementsAre(2));
  EXPECT_THAT(select({{Op::kRegex, "env", ".*"}}), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(select({{Op::kRegex, "none", ".+"}}), ElementsAre());
  EXPECT_THAT(select({{Op::kEqual, "none", ""}}), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(select({{Op::kEqual, "job", "a"}, {Op::kEqual, "__name__", "up"}}), ElementsAre(0));
  EXPECT_THAT(select({{Op::kEqual, "job", "a"}, {Op::kNotEqual, "__name__", "up"}}),
              ElementsAre(3));
  EXPECT_THAT(select({{Op::kEqual, "job", "zzz"}}), ElementsAre());
}

TEST(Postings, SetOperations) {
  EXPECT_THAT(intersect({1, 2, 3, 7}, {2, 7, 9}), ElementsAre(2, 7));
  Postings large(1000);
  for (uint32_t i = 0; i < large.size(); ++i) large[i] = i * 2;
  EXPECT_THAT(intersect({4, 5, 1998, 3000}, large), ElementsAre(4, 1998));
  EXPECT_THAT(subtract({1, 2, 3}, {2, 9}), ElementsAre(1, 3));
  EXPECT_THAT(unite({{1, 5}, {2, 5}, {}}), ElementsAre(1, 2, 5));
}

}  // namespace
}  // namespace tripod::store::metrics
