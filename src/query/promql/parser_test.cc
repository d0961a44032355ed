#include "query/promql/parser.h"

#include <gtest/gtest.h>

#include <span>

#include "query/promql/printer.h"

namespace tripod::query::promql {
namespace {

std::string dumped(std::string_view query) {
  auto expr = parse(query);
  return expr ? dump(**expr) : "error: " + expr.error().message;
}

std::string canonical(std::string_view query) {
  auto expr = parse(query);
  return expr ? to_string(**expr) : "error: " + expr.error().message;
}

struct Failure {
  std::string message;
  size_t position = 0;
  base::Code code = base::Code::kInternal;
};

Failure failure(std::string_view query) {
  size_t position = 9999;
  auto expr = parse(query, &position);
  if (expr) return {"no error: " + dump(**expr), position, base::Code::kInternal};
  return {expr.error().message, position, expr.error().code};
}

TEST(Parser, Trees) {
  EXPECT_EQ(dumped("1"), "(number 1 :scalar fixed)");
  EXPECT_EQ(dumped("5m"), "(duration 5m :scalar fixed)");
  EXPECT_EQ(dumped("up"), "(selector up :vector)");
  EXPECT_EQ(dumped("rate(x_total[5m])"),
            "(call rate (matrix 5m (selector x_total) :matrix) :vector)");
  EXPECT_EQ(dumped("sum by (a,b) (x)"), "(aggregate sum by (a, b) (selector x :vector) :vector)");
  EXPECT_EQ(dumped("sum(x) without (a)"),
            "(aggregate sum without (a) (selector x :vector) :vector)");
  EXPECT_EQ(dumped("topk(5, x)"),
            "(aggregate topk (number 5 :scalar fixed) (selector x :vector) :vector)");
  EXPECT_EQ(dumped("x[5m:1m] offset 2m"),
            "(subquery [5m:1m] offset 2m (selector x :vector) :matrix)");
  EXPECT_EQ(dumped("x @ 10 offset -1m"), "(selector x @ 10.000 offset -1m :vector fixed)");
  EXPECT_EQ(dumped("a / on(x) group_left(y) b"),
            "(/ on (x) group_left (y) (selector a :vector) (selector b :vector) :vector)");
  EXPECT_EQ(dumped("timestamp(x @ 10)"),
            "(call timestamp (selector x @ 10.000 :vector fixed) :vector)");
  EXPECT_EQ(dumped("abs(x @ 10)"), "(call abs (selector x @ 10.000 :vector fixed) :vector fixed)");
}

TEST(Parser, Precedence) {
  const auto same = [](std::string_view a, std::string_view b) {
    auto x = parse(a);
    auto y = parse(b);
    ASSERT_TRUE(x && y) << a;
    std::string without_parens = dump(**y);
    for (size_t at; (at = without_parens.find("(paren ")) != std::string::npos;) {
      // Take "(paren X :type)" apart: X stays.
      size_t depth = 0;
      size_t end = at + 7;
      do {
        if (without_parens[end] == '(') ++depth;
        if (without_parens[end] == ')') --depth;
        ++end;
      } while (depth > 0);
      const std::string inner = without_parens.substr(at + 7, end - at - 7);
      const size_t close = without_parens.find(')', end);
      without_parens.replace(at, close + 1 - at, inner);
    }
    EXPECT_EQ(dump(**x), without_parens) << a;
  };
  same("a + b * c ^ d", "a + (b * (c ^ d))");
  same("a ^ b ^ c", "a ^ (b ^ c)");
  same("a - b - c", "(a - b) - c");
  same("a or b and c unless d", "a or ((b and c) unless d)");
  same("a == b + c", "a == (b + c)");
  same("a and b > c", "a and (b > c)");
  same("-a ^ b", "-(a ^ b)");
  same("-a * b", "(-a) * b");
  same("a * -b ^ c", "a * (-(b ^ c))");
  same("a atan2 b * c", "(a atan2 b) * c");
  same("a + b offset 5m", "a + (b offset 5m)");
}

TEST(Parser, CanonicalText) {
  EXPECT_EQ(canonical("sum  BY(b,a)(rate( x{c = 'd',a!~\"e\"}[ 90s ]))"),
            R"(sum by (b, a) (rate(x{a!~"e",c="d"}[1m30s])))");
  EXPECT_EQ(canonical("foo{}"), "foo");
  EXPECT_EQ(canonical("{\"foo\"}"), "foo");
  EXPECT_EQ(canonical("{'a.b', 'c.d'=~'e'}"), R"({"a.b","c.d"=~"e"})");
  EXPECT_EQ(canonical("{__name__='foo'}"), R"({__name__="foo"})");
  EXPECT_EQ(canonical("x offset 1d @ end()"), "x @ end() offset 1d");
  EXPECT_EQ(canonical("x[300]"), "x[5m]");
  EXPECT_EQ(canonical("x[1m+30s*2]"), "x[1m + 30s * 2]");
  EXPECT_EQ(canonical("x[ -2 ^ 2+5m ]"), "x[-2 ^ 2 + 5m]");
  EXPECT_EQ(canonical("x[step()*2:max(range()/ 2,1m)]"), "x[step() * 2:max(range() / 2, 1m)]");
  EXPECT_EQ(canonical("x offset -(1h-5m)"), "x offset -(1h - 5m)");
  EXPECT_EQ(canonical("x offset +5m"), "x offset 5m");
  EXPECT_EQ(canonical("rate(x[5m]smoothed offset 1m)"), "rate(x[5m] smoothed offset 1m)");
  EXPECT_EQ(canonical("x[5m] offset 1m anchored"), "x[5m] anchored offset 1m");
  EXPECT_EQ(canonical("x smoothed @ 10"), "x smoothed @ 10.000");
  EXPECT_EQ(canonical("anchored + smoothed"), "anchored + smoothed");
  EXPECT_EQ(canonical("a+fill(-1)b"), "a + fill (-1) b");
  EXPECT_EQ(canonical("a + fill"), "a + fill");
  EXPECT_EQ(canonical("a - on(x) group_left fill_right(2) fill_left(1) b"),
            "a - on (x) group_left () fill_left (1) fill_right (2) b");
  EXPECT_EQ(canonical("start() + end() + range() + step()"), "start() + end() + range() + step()");
  EXPECT_EQ(canonical("start + end + range + step"), "start + end + range + step");
  EXPECT_EQ(canonical("limitk by(a)(2,x)"), "limitk by (a) (2, x)");
  EXPECT_EQ(canonical("info(x, {a=~\".*\"})"), "info(x, {a=~\".*\"})");
  EXPECT_EQ(canonical("a>bool ignoring()b"), "a > bool b");
  EXPECT_EQ(canonical("a + ignoring() group_right() b"), "a + ignoring () group_right () b");
  EXPECT_EQ(canonical("(a)# comment\n+ 1"), "(a) + 1");
  EXPECT_EQ(canonical("label_replace(x, \"a\", '$1', `b`, \"\\\\d\")"),
            R"(label_replace(x, "a", "$1", "b", "\\d"))");
  EXPECT_EQ(canonical("x:y:z"), "x:y:z");
  EXPECT_EQ(canonical("x[5m:]"), "x[5m:]");
  EXPECT_EQ(canonical("-1 + +x"), "-1 + +x");
  EXPECT_EQ(canonical("inf ^ 0"), "Inf ^ 0");
  EXPECT_EQ(canonical("1e300"), "1" + std::string(300, '0'));
}

TEST(Parser, PrintedTextParsesToTheSameTree) {
  for (const char* query : {
           "sum without (a, \"b.c\") (rate({\"x.y\",z!=\"\"}[5m] offset 1h)) / on (a) group_left "
           "(\"q r\") b",
           "topk(3, x) or -y ^ 2 unless quantile(0.9, z @ start())",
           "max_over_time(deriv(x[1h:5m] @ 12.5 offset -3m)[1d:]) >= bool 1h",
           "count_values(\"a\\\"b\", x) == bool 0x10",
           "avg(x) by (on, ignoring, bool, by)",
           "{\"on\",a=\"b\"} > {\"bool\"} or {\"NaN\"} + sum",
           "absent({__name__=~\"a|b\",c=\"\"}) and {d=~\".+\"}",
           "inf ^ 0 - +Inf + NaN * -Inf",
       }) {
    auto expr = parse(query);
    ASSERT_TRUE(expr) << query << ": " << expr.error().message;
    auto again = parse(to_string(**expr));
    ASSERT_TRUE(again) << to_string(**expr) << ": " << again.error().message;
    EXPECT_EQ(dump(**expr), dump(**again));
    auto pretty_again = parse(pretty(**expr));
    ASSERT_TRUE(pretty_again) << pretty(**expr);
    EXPECT_EQ(dump(**expr), dump(**pretty_again));
  }
}

TEST(Parser, PrettyBreaksLongExpressions) {
  auto expr = parse(
      "sum by (service) (rate(http_server_request_duration_seconds_count{status=~\"5..\"}[5m])) / "
      "sum by (service) "
      "(rate(http_server_request_duration_seconds_count[5m])) > 0.01");
  ASSERT_TRUE(expr);
  EXPECT_EQ(pretty(**expr),
            "    sum by (service) "
            "(rate(http_server_request_duration_seconds_count{status=~\"5..\"}[5m]))\n"
            "  /\n"
            "    sum by (service) (rate(http_server_request_duration_seconds_count[5m]))\n"
            ">\n"
            "  0.01");
}

struct ErrorCase {
  const char* query;
  const char* message;
  size_t position;
};

void expect_errors(std::span<const ErrorCase> cases) {
  for (const ErrorCase& c : cases) {
    const Failure got = failure(c.query);
    EXPECT_EQ(got.message, c.message) << c.query;
    EXPECT_EQ(got.position, c.position) << c.query;
    EXPECT_EQ(got.code, base::Code::kInvalidArgument) << c.query;
  }
}

TEST(Parser, ErrorsNameThePlace) {
  const ErrorCase cases[] = {
      {"", "1:1: parse error: no expression found in input", 0},
      {"# only a comment", "1:17: parse error: no expression found in input", 16},
      {"sum(x", "1:6: parse error: unclosed left parenthesis", 5},
      {"(x", "1:3: parse error: unclosed left parenthesis", 2},
      {"x)", "1:2: parse error: unexpected right parenthesis ')'", 1},
      {"x y", "1:3: parse error: unexpected identifier \"y\"", 2},
      {"1 +", "1:4: parse error: unexpected end of input", 3},
      {"* 1", "1:1: parse error: unexpected <op:*>", 0},
      {"foo bar(", "1:5: parse error: unexpected identifier \"bar\"", 4},
      {"x{a=\"b\"",
       "1:8: parse error: unexpected end of input in label matching, expected \",\" or \"}\"", 7},
      {"x{a}",
       "1:4: parse error: unexpected \"}\" in label matching, expected label matching operator", 3},
      {"x{a=b}", "1:5: parse error: unexpected identifier \"b\" in label matching, expected string",
       4},
      {"x{a=~\"(\"}", "1:3: parse error: error parsing regexp: missing closing ): `^(?s:()$`", 2},
      {"x{", "1:3: parse error: unexpected end of input inside braces", 2},
      {"{}", "1:1: parse error: vector selector must contain at least one non-empty matcher", 0},
      {"{a=~\".*\",b=\"\"}",
       "1:1: parse error: vector selector must contain at least one non-empty matcher", 0},
      {"x{__name__=\"y\"}", "1:1: parse error: metric name must not be set twice: \"x\" or \"y\"",
       0},
      {"x{\"y\"}", "1:3: parse error: metric name must not be set twice: \"x\" or \"y\"", 2},
      {"{__name__=\"a\",__name__=\"b\"}",
       "1:1: parse error: metric name must not be set twice: \"a\" or \"b\"", 0},
      {"nope(x)", "1:1: parse error: unknown function with name \"nope\"", 0},
      {"rate(x)",
       "1:6: parse error: expected type range vector in call to function \"rate\", got instant "
       "vector",
       5},
      {"sum(x[5m])",
       "1:5: parse error: expected type instant vector in aggregation expression, got range vector",
       4},
      {"abs(1)",
       "1:5: parse error: expected type instant vector in call to function \"abs\", got scalar", 4},
      {"topk(x, x)",
       "1:6: parse error: expected type scalar in aggregation parameter, got instant vector", 5},
      {"floor(x, y)", "1:1: parse error: expected 1 argument(s) in call to \"floor\", got 2", 0},
      {"round()", "1:1: parse error: expected at least 1 argument(s) in call to \"round\", got 0",
       0},
      {"round(x, 1, 2)",
       "1:1: parse error: expected at most 2 argument(s) in call to \"round\", got 3", 0},
      {"label_join(x, \"a\")",
       "1:1: parse error: expected at least 3 argument(s) in call to \"label_join\", got 2", 0},
      {"rate(x[5m],)", "1:12: parse error: trailing commas not allowed in function call args", 11},
      {"sum()", "1:1: parse error: no arguments for aggregate expression provided", 0},
      {"sum(x, y)",
       "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 1, "
       "got 2",
       0},
      {"topk(x)",
       "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, "
       "got 1",
       0},
      {"1 > 2", "1:1: parse error: comparisons between scalars must use BOOL modifier", 0},
      {"x + bool y", "1:1: parse error: bool modifier can only be used on comparison operators", 0},
      {"x and 1", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression",
       0},
      {"x + on(a) 1", "1:1: parse error: vector matching only allowed between instant vectors", 0},
      {"x and on(a) group_left y", "1:1: parse error: no grouping allowed for \"and\" operation",
       0},
      {"x / on(a) group_left(a) y",
       "1:1: parse error: label \"a\" must not occur in ON and GROUP clause at once", 0},
      {"x / group_left y", "1:5: parse error: unexpected <group_left>", 4},
      {"x + \"s\"",
       "1:5: parse error: binary expression must contain only scalar and instant vector types", 4},
      {"x[5m] + 1",
       "1:1: parse error: binary expression must contain only scalar and instant vector types", 0},
      {"-\"s\"",
       "1:1: parse error: unary expression only allowed on expressions of type scalar or instant "
       "vector, got \"string\"",
       0},
      {"(x)[5m]", "1:4: parse error: ranges only allowed for vector selectors", 3},
      {"x offset 1m [5m]", "1:13: parse error: no offset modifiers allowed before range", 12},
      {"x @ 1 [5m]", "1:7: parse error: no @ modifiers allowed before range", 6},
      {"x offset 1m offset 2m", "1:13: parse error: offset may not be set multiple times", 12},
      {"x @ 1 @ 2", "1:7: parse error: @ <timestamp> may not be set multiple times", 6},
      {"sum(x) offset 1m",
       "1:1: parse error: offset modifier must be preceded by an instant vector selector or range "
       "vector selector or a subquery",
       0},
      {"1 @ 5",
       "1:1: parse error: @ modifier must be preceded by an instant vector selector or range "
       "vector selector or a subquery",
       0},
      {"x[0s]", "1:3: parse error: duration must be greater than 0", 2},
      {"x[5m:0s]", "1:6: parse error: duration must be greater than 0", 5},
      {"x[]", "1:3: parse error: unexpected \"]\" in range or offset, expected number or duration",
       2},
      {"x[5m",
       "1:5: parse error: unexpected end of input in range selector, expected \":\" or \"]\"", 4},
      {"x[5x]", "1:3: parse error: bad number or duration syntax: \"5x\"", 2},
      {"x[5m][5m]", "1:6: parse error: ranges only allowed for vector selectors", 5},
      {"x @ Inf", "1:3: parse error: timestamp out of bounds for @ modifier: +Inf", 2},
      {"\"open", "1:1: parse error: unterminated quoted string", 0},
      {"`open", "1:1: parse error: unterminated raw string", 0},
      {"x{a=\"\\q\"}", "1:5: parse error: unknown escape sequence '\\q'", 4},
      {"x $ y", "1:3: parse error: unexpected character: '$'", 2},
      {"1__0", "1:1: parse error: bad number or duration syntax: \"1__0\"", 0},
      {"x\n  + +\n  y z", "3:5: parse error: unexpected identifier \"z\"", 12},
      {"on", "1:1: parse error: unexpected <on>", 0},
      {"sum by (1) (x)",
       "1:9: parse error: unexpected number \"1\" in grouping opts, expected label", 8},
  };
  expect_errors(cases);
}

TEST(Parser, ErrorsOfExperimentalSyntax) {
  const ErrorCase cases[] = {
      {"x[5m/0]", "1:3: parse error: division by zero", 2},
      {"x[5m%0]", "1:3: parse error: modulo by zero", 2},
      {"x[1m-1m]", "1:3: parse error: duration must be greater than 0", 2},
      {"x[nix()]",
       "1:3: parse error: unknown function \"nix\" in duration expression, expected step, range, "
       "min "
       "or max",
       2},
      {"x[min(1m)]", "1:9: parse error: unexpected \")\" in duration expression, expected \",\"",
       8},
      {"x anchored",
       "1:1: parse error: anchored modifier must be preceded by a range vector selector", 0},
      {"sum(x) smoothed",
       "1:1: parse error: smoothed modifier must be preceded by an instant vector selector or "
       "range "
       "vector selector",
       0},
      {"x[5m] smoothed anchored",
       "1:16: parse error: anchored and smoothed modifiers may not be set multiple times", 15},
      {"a + fill(1) fill_left(2) b",
       "1:13: parse error: fill modifiers may not be set multiple times", 12},
      {"a + fill(b) b",
       "1:10: parse error: unexpected identifier \"b\" in fill modifier, expected number", 9},
      {"a and fill(1) b",
       "1:1: parse error: filling in missing series not allowed for set operators", 0},
      {"1 + fill(1) b",
       "1:1: parse error: filling in missing series only allowed between instant vectors", 0},
      {"info(x, y)", "1:9: parse error: expected label selectors only, got vector selector instead",
       8},
  };
  expect_errors(cases);
}

TEST(Parser, SubqueryOfARangeVectorIsATypeError) {
  EXPECT_EQ(failure("x[5m:1m][5m:1m]").message,
            "1:1: parse error: subquery is only allowed on instant vector, got matrix instead");
}

TEST(Parser, DeepNestingIsAnErrorNotACrash) {
  const auto repeat = [](std::string_view text, size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) out += text;
    return out;
  };
  for (const char* piece : {"(", "-", "abs(", "sum(", "1^", "x[5m:(", "x offset (", "x[-", "+-"}) {
    EXPECT_NE(failure(repeat(piece, 100'000)).message.find("parse error"), std::string::npos)
        << piece;
  }
  EXPECT_NE(failure(repeat("(", 200) + "1" + repeat(")", 200))
                .message.find("nested too deeply (limit 100)"),
            std::string::npos);
  EXPECT_TRUE(parse(repeat("(", 90) + "1" + repeat(")", 90)));
  EXPECT_NE(failure("1" + repeat("+1", 100'000)).message.find("too many levels"),
            std::string::npos);
  EXPECT_TRUE(parse("1" + repeat("+1", 400)));
  EXPECT_NE(failure(repeat(" ", kMaxQueryBytes) + "1").message.find("longer than"),
            std::string::npos);
}

TEST(Parser, Selectors) {
  auto matchers = parse_selector("up{a=\"b\",c!~\"d\"}");
  ASSERT_TRUE(matchers);
  ASSERT_EQ(matchers->size(), 3u);
  EXPECT_EQ(to_string((*matchers)[1]), "c!~\"d\"");
  EXPECT_EQ(to_string((*matchers)[2]), "__name__=\"up\"");
  EXPECT_FALSE(parse_selector("up offset 5m"));
  EXPECT_FALSE(parse_selector("up[5m]"));
  EXPECT_FALSE(parse_selector("sum(up)"));
}

}  // namespace
}  // namespace tripod::query::promql
