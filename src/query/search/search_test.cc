#include "query/search/search.h"

#include <gtest/gtest.h>

#include <random>

namespace tripod::query::search {
namespace {

using store::Dataset;
using store::Predicate;

std::string asked(std::string_view text, Dataset dataset = Dataset::kLogs) {
  auto predicate = parse(text, dataset);
  return predicate ? to_string(*predicate) : "error " + predicate.error().message;
}

struct Case {
  const char* text;
  const char* predicate;
};

void check(std::initializer_list<Case> cases, Dataset dataset = Dataset::kLogs) {
  for (const Case& c : cases) EXPECT_EQ(asked(c.text, dataset), c.predicate) << c.text;
}

TEST(Search, Words) {
  check({
      {"", "true"},
      {"  ", "true"},
      {"boom", R"((contains "" "boom"))"},
      {"\"payment failed\"", R"((contains "" "payment failed"))"},
      {"foo bar", R"((and (contains "" "foo") (contains "" "bar")))"},
      {"foo*bar", R"((wildcard "" "*foo*bar*"))"},
      {"*foo", R"((wildcard "" "*foo*"))"},
      {"*", "true"},
      {"100%", R"((contains "" "100%"))"},
      {"http://example.com/a?b=c", R"((contains "" "http://example.com/a?b=c"))"},
      {"12:30:45", R"((contains "" "12:30:45"))"},
      {"std::string", R"((contains "" "std::string"))"},
      {"a->b", R"((contains "" "a->b"))"},
      {"--verbose", R"((contains "" "--verbose"))"},
      {"-", R"((contains "" "-"))"},
      {"a\\ b\\*", R"((contains "" "a b*"))"},
      {"\"say \\\"hi\\\"\\n\"", R"((contains "" "say \"hi\"\x0a"))"},
      {"and or not", R"((and (contains "" "and") (contains "" "or") (contains "" "not")))"},
      {"Müller", R"((contains "" "Müller"))"},
  });
}

TEST(Search, Comparisons) {
  check({
      {"order_id:12", R"((= "order_id" 12))"},
      {"order_id=12", R"((= "order_id" 12))"},
      {"order_id:\"12\"", R"((= "order_id" "12"))"},
      {"order_id:-12", R"((= "order_id" -12))"},
      {"ratio:0.5", R"((= "ratio" 0.5))"},
      {"paid:true", R"((= "paid" true))"},
      {"name:x", R"((= "name" "x"))"},
      {"name!=x", R"((!= "name" "x"))"},
      {"name:!=x", R"((!= "name" "x"))"},
      {"n>5", R"((> "n" 5))"},
      {"n:>5", R"((> "n" 5))"},
      {"n>=5.5", R"((>= "n" 5.5))"},
      {"n<-5", R"((< "n" -5))"},
      {"n:<=5", R"((<= "n" 5))"},
      {"day:>2026-01-01", R"((> "day" "2026-01-01"))"},
      {"key:ord*", R"((wildcard "key" "ord*"))"},
      {"key:a?b*\\*", R"((wildcard "key" "a\\?b*\\*"))"},
      {"key!=ord*", R"((not (wildcard "key" "ord*")))"},
      {"key:\"ord*\"", R"((= "key" "ord*"))"},
      {"key:*", R"((exists "key"))"},
      {"has:key", R"((exists "key"))"},
      {"has:\"a key\"", R"((exists "a key"))"},
      {"\"a key\":v", R"((= "a key" "v"))"},
      {"key:~part", R"((contains "key" "part"))"},
      {"key:a:b", R"((= "key" "a:b"))"},
      {"k8s.pod/name-x:v", R"((= "k8s.pod/name-x" "v"))"},
  });
}

// A number that does not look the way numbers print may be a text that happens to have digits.
TEST(Search, NumbersThatMayBeText) {
  check({
      {"build:1.10", R"((or (= "build" 1.1) (= "build" "1.10")))"},
      {"build:1.0", R"((or (= "build" 1) (= "build" "1.0")))"},
      {"code:007", R"((or (= "code" 7) (= "code" "007")))"},
      {"code!=007", R"((and (!= "code" 7) (!= "code" "007")))"},
      {"id:1e5", R"((or (= "id" 100000) (= "id" "1e5")))"},
      {"id:12345678901234567890123456789012", R"((= "id" "12345678901234567890123456789012"))"},
      {"trace_id:00000000000000000000000000000012",
       R"((= "trace_id" "00000000000000000000000000000012"))"},
      {"release:1.10", R"((= "service.version" "1.10"))"},
      {"x:nan", R"((= "x" "nan"))"},
      {"n:>1.0", R"((> "n" 1))"},
  });
}

TEST(Search, RegularExpressions) {
  check({
      {"/fo+ bar/", R"((regex "" "fo+ bar"))"},
      {"key:/^a(b|c)$/", R"((regex "key" "^a(b|c)$"))"},
      {"key!=/a/", R"((not (regex "key" "a")))"},
      {"key:/a\\/b\\d/", R"((regex "key" "a/b\\d"))"},
      {"path_:/api/users/", R"((= "path_" "/api/users/"))"},
      {"path_:/api/v1", R"((= "path_" "/api/v1"))"},
      {"/var/log", R"((contains "" "/var/log"))"},
      {"//", R"((contains "" "//"))"},
      {"(/a/)", R"((regex "" "a"))"},
  });
}

TEST(Search, Logic) {
  check({
      {"a AND b", R"((and (contains "" "a") (contains "" "b")))"},
      {"a OR b c", R"((or (contains "" "a") (and (contains "" "b") (contains "" "c"))))"},
      {"(a OR b) c", R"((and (or (contains "" "a") (contains "" "b")) (contains "" "c")))"},
      {"a OR b OR c", R"((or (contains "" "a") (contains "" "b") (contains "" "c")))"},
      {"a (b c)", R"((and (contains "" "a") (contains "" "b") (contains "" "c")))"},
      {"NOT a", R"((not (contains "" "a")))"},
      {"-a", R"((not (contains "" "a")))"},
      {"!a", R"((not (contains "" "a")))"},
      {"-x:1", R"((not (= "x" 1)))"},
      {"NOT (a OR b)", R"((not (or (contains "" "a") (contains "" "b"))))"},
      {"NOT NOT a", R"((not (not (contains "" "a"))))"},
      {"NOT(a)", R"((not (contains "" "a")))"},
      {"a NOT b", R"((and (contains "" "a") (not (contains "" "b"))))"},
      {"x:(1 OR 2)", R"((or (= "x" 1) (= "x" 2)))"},
      {"x:(>5 <10)", R"((and (> "x" 5) (< "x" 10)))"},
      {"x:(a OR -\"b c\" d*)", R"((or (= "x" "a") (and (not (= "x" "b c")) (wildcard "x" "d*"))))"},
      {"x:(a (b OR !=c))", R"((and (= "x" "a") (or (= "x" "b") (!= "x" "c"))))"},
      {"x:(1) y", R"((and (= "x" 1) (contains "" "y")))"},
      {"ANDY ORB NOTE", R"((and (contains "" "ANDY") (contains "" "ORB") (contains "" "NOTE")))"},
  });
}

TEST(Search, FriendlyNamesOfLogs) {
  check({
      {"service:shop", R"((= "service.name" "shop"))"},
      {"level:error", R"((= "severity_text" "error"))"},
      {"level:WARNING", R"((= "severity_text" "warn"))"},
      {"level:>=error", R"((or (= "severity_text" "error") (= "severity_text" "fatal")))"},
      {"level:<debug", R"((= "severity_text" "trace"))"},
      {"level:>fatal", R"((not true))"},
      {"level!=info", R"((!= "severity_text" "info"))"},
      {"severity_text=\"warning\"", R"((= "severity_text" "warning"))"},
      {"message:\"timed out\"", R"((contains "body" "timed out"))"},
      {"message:time*out", R"((wildcard "body" "*time*out*"))"},
      {"body=exact", R"((= "body" "exact"))"},
      {"trace:ab12", R"((= "trace_id" "ab12"))"},
      {"env:prod", R"((= "deployment.environment.name" "prod"))"},
      {"release:abc", R"((= "service.version" "abc"))"},
      {"status:404", R"((or (= "http.response.status_code" 404) (= "status" 404)))"},
      {"http.response.status_code:5xx",
       R"((and (>= "http.response.status_code" 500) (< "http.response.status_code" 600)))"},
      {"user:7", R"((or (= "user_id" 7) (= "user.id" 7) (= "user" 7)))"},
      {"user!=7", R"((and (!= "user_id" 7) (!= "user.id" 7) (!= "user" 7)))"},
      {"has:user", R"((or (exists "user_id") (exists "user.id") (exists "user")))"},
      {"\"user\":7", R"((= "user" 7))"},
      {"elapsed_ms:>1.5s", R"((> "elapsed_ms" 1500))"},
      {"duration:>5", R"((> "duration" 5))"},
  });
}

TEST(Search, FriendlyNamesOfSpans) {
  check(
      {
          {"duration:>500ms", R"((> "duration_ns" 500000000))"},
          {"duration:<=1m30s", R"((<= "duration_ns" 90000000000))"},
          {"duration:>1.5us", R"((> "duration_ns" 1500))"},
          {"duration_ns:>500", R"((> "duration_ns" 500))"},
          {"duration:(>1s <2s)",
           R"((and (> "duration_ns" 1000000000) (< "duration_ns" 2000000000)))"},
          {"duration:>soon",
           "error column 11: expected a duration such as 500ms or 1.5s for duration_ns, got "
           "\"soon\""},
          {"level:x", R"((= "status_code" "x"))"},
          {"level:error", R"((= "status_code" "error"))"},
          {"level:>=warn", R"((= "status_code" "error"))"},
          {"level:info", R"((or (= "status_code" "unset") (= "status_code" "ok")))"},
          {"level!=error", R"((!= "status_code" "error"))"},
          {"level:<error", R"((or (= "status_code" "unset") (= "status_code" "ok")))"},
          {"level:warn", "(not true)"},
          {"parent:ab", R"((= "parent_span_id" "ab"))"},
      },
      Dataset::kSpans);
}

TEST(Search, FriendlyNamesOfErrors) {
  check(
      {
          {"level:warn", R"((= "level" "warning"))"},
          {"level:>warning", R"((or (= "level" "error") (= "level" "fatal")))"},
          {"message:boom",
           R"((or (contains "message" "boom") (contains "exception.message" "boom") (contains "title" "boom")))"},
          {"type:ValueError", R"((= "exception.type" "ValueError"))"},
          {"browser:Chrome", R"((or (= "browser" "Chrome") (= "tags.browser" "Chrome")))"},
          {"tags.browser:Chrome", R"((= "tags.browser" "Chrome"))"},
          {"\"browser\":Chrome", R"((= "browser" "Chrome"))"},
          {"transaction:/checkout/x", R"((= "transaction" "/checkout/x"))"},
          {"issue:12", R"((= "issue.id" 12))"},
      },
      Dataset::kErrors);
}

TEST(Search, ErrorsSayWhereAndWhatWasExpected) {
  struct Bad {
    const char* text;
    size_t position;
    const char* message;
  };
  const Bad cases[] = {
      {"(a", 2, "expected \")\" for the \"(\" at column 1, got the end"},
      {"a)", 1, "expected a term, got \")\" without its \"(\""},
      {"()", 1, "expected a term such as key:value, a word or \"a phrase\", got \")\""},
      {"a OR", 4, "got the end"},
      {"OR a", 0, "got \"OR\""},
      {"a AND AND b", 6, "got \"AND\""},
      {"NOT", 3, "got the end"},
      {"key:", 4, "expected a value after \"key:\", got the end"},
      {"key: value", 4,
       "expected a value after \"key:\", got a blank; to search for the text itself, put it in "
       "quotes"},
      {"x (key>)", 7, "expected a value after \"key>\", got \")\""},
      {"\"open", 5, "expected a closing quote for the one at column 1, got the end"},
      {"key:\"open", 9, "expected a closing quote for the one at column 5"},
      {"key:/(/", 4, "expected a regular expression: missing )"},
      {"/[/", 0, "expected a regular expression"},
      {"key:>/a/", 5, "expected a value to compare with, got a regular expression"},
      {"has:", 4, "expected the name of a field after \"has:\", got the end"},
      {"has:5", 4, "expected the name of a field after \"has:\", got \"5\""},
      {"a\\", 2, "expected a character after \"\\\", got the end"},
      {"x:()", 3, "got \")\""},
  };
  for (const Bad& bad : cases) {
    size_t position = 9999;
    auto result = parse(bad.text, Dataset::kLogs, &position);
    ASSERT_FALSE(result) << bad.text << " gave " << to_string(*result);
    EXPECT_EQ(position, bad.position) << bad.text;
    EXPECT_NE(result.error().message.find(bad.message), std::string::npos)
        << bad.text << ": " << result.error().message;
    EXPECT_TRUE(result.error().message.starts_with("column " + std::to_string(bad.position + 1) + ": "))
        << result.error().message;
    EXPECT_EQ(result.error().code, base::Code::kInvalidArgument);
  }
}

TEST(Search, PipesAreUnsupportedWhereOnlyRecordsAreAsked) {
  for (const char* text : {"level:error | count by service", "| count", "a | b"}) {
    auto result = parse(text, Dataset::kLogs);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, base::Code::kUnsupported);
    EXPECT_NE(result.error().message.find("pipes are unsupported here"), std::string::npos);
  }
  EXPECT_TRUE(parse("\"a | b\"", Dataset::kLogs));
}

TEST(Search, DeepAndLongQueriesAreErrorsNotCrashes) {
  const auto repeat = [](std::string_view piece, size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) out += piece;
    return out;
  };
  for (const char* piece : {"(", "!", "NOT ", "x:(", "-("}) {
    EXPECT_FALSE(parse(repeat(piece, 10'000) + "a", Dataset::kLogs)) << piece;
  }
  EXPECT_TRUE(parse(repeat("(", 90) + "a" + repeat(")", 90), Dataset::kLogs));
  EXPECT_NE(asked(repeat("a ", 1001)).find("more than 1000 terms"), std::string::npos);
  EXPECT_EQ(asked(repeat("path:/a.b/ ", 100)).find("error"), std::string::npos);
  EXPECT_NE(asked(repeat("path:/a.b/ ", 101)).find("column 1106: more than 100 regular expressions: write several as one, /a|b/"), std::string::npos);
  EXPECT_NE(asked("/a.b/ path:(" + repeat("/a.b/ OR ", 100) + "x)").find("more than 100 regular expressions"), std::string::npos);
  EXPECT_NE(asked(repeat(" ", kMaxQueryBytes + 1)).find("longer than"), std::string::npos);
}

TEST(Search, CanonicalText) {
  const auto canonical = [](std::string_view text, Dataset dataset = Dataset::kLogs) {
    auto predicate = parse(text, dataset);
    return predicate ? print(*predicate, dataset) : "error " + predicate.error().message;
  };
  EXPECT_EQ(canonical(""), "");
  EXPECT_EQ(canonical("service:shop boom -x:1"), R"(service.name:"shop" AND "boom" AND NOT x:1)");
  EXPECT_EQ(canonical("a (b OR c)"), R"("a" AND ("b" OR "c"))");
  EXPECT_EQ(canonical("user:7"), R"(user_id:7 OR user.id:7 OR "user":7)");
  EXPECT_EQ(canonical("message:x"), R"(body:"x")");
  EXPECT_EQ(canonical("body=x"), R"(body="x")");
  EXPECT_EQ(canonical("p:/a\\/b/"), R"(p:/a\/b/)");
  EXPECT_EQ(canonical("p:a-b*"), R"(p:a\-b*)");
  EXPECT_EQ(canonical("browser:x", Dataset::kErrors), R"("browser":"x" OR tags.browser:"x")");
  // Predicates that other languages make print to a question with the same meaning.
  EXPECT_EQ(print(Predicate::compare(Predicate::Op::kWildcard, "k", std::string("a?b/*")),
                  Dataset::kLogs),
            R"(k:/(?is)^a.b\/.*$/)");
  EXPECT_EQ(print(Predicate::any_of({}), Dataset::kLogs), "NOT *");
}

// Texts made of the language's own pieces: whatever parses must print to a text that parses to the
// same.
TEST(Search, PrintingIsTheInverseOfParsing) {
  const std::vector<std::string> pieces = {
      "a",
      "\"b c\"",
      "k:v",
      "k:>5",
      "k!=1.50",
      "(",
      ")",
      " OR ",
      " AND ",
      "NOT ",
      "-",
      "x:(",
      "has:q",
      "foo*",
      "*",
      "k:a\\*b*",
      "/r\\/e+/",
      "k:/\\d/",
      "level:",
      ">=warn",
      "user:1",
      "message:",
      "status:5xx",
      "duration:>5ms",
      "\\",
      "?",
      "\"q k\":",
      "true",
      "k:true",
      "k:1e300",
      "k>55555555555555155.5",
      "k:12345678901234567000.5",
      "k:-0",
      "~",
      "k:~z",
      " ",
      "level=warning",
      "é",
  };
  std::mt19937 random(7);
  size_t parsed = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    const size_t count = 1 + random() % 8;
    for (size_t p = 0; p < count; ++p) {
      text += pieces[random() % pieces.size()];
      if (random() % 2 == 0) text += ' ';
    }
    const auto dataset = static_cast<Dataset>(random() % 3);
    auto predicate = parse(text, dataset);
    if (!predicate) continue;
    ++parsed;
    const std::string printed = print(*predicate, dataset);
    auto again = parse(printed, dataset);
    ASSERT_TRUE(again) << text << " → " << printed << ": " << again.error().message;
    ASSERT_EQ(to_string(*predicate), to_string(*again)) << text << " → " << printed;
    ASSERT_EQ(printed, print(*again, dataset));
  }
  EXPECT_GT(parsed, 5'000u);
}

}  // namespace
}  // namespace tripod::query::search
