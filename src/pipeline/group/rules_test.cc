// The two languages of rules: what they match, and where they say no.
#include <gtest/gtest.h>

#include <array>

#include "pipeline/group/fingerprint_rules.h"
#include "pipeline/group/group.h"
#include "pipeline/group/stack_rules.h"
#include "pipeline/group/testing/explained.h"

namespace tripod::pipeline::group {
namespace {

using model::ErrorEvent;
using model::Exception;
using model::Frame;

Frame frame(std::string_view module, std::string_view function, std::string_view path = "") {
  Frame f;
  f.module = module;
  f.function = function;
  f.abs_path = path;
  f.in_app = 1;
  return f;
}

struct Marks {
  std::string app;     // a letter per frame: y or n
  std::string counts;  // likewise
  FrameLimits limits;
};

Marks marks(std::string_view rules, std::span<const Frame> frames, const ExceptionFacts& facts = {"python", "E", "v 1", "generic"}) {
  const auto parsed = StackRules::parse(rules);
  EXPECT_TRUE(parsed) << parsed.error().message;
  const JudgedStack stack = judge(frames, facts, *parsed);
  Marks out;
  out.limits = stack.limits;
  for (const FrameMarks& m : stack.marks) {
    out.app += m.in_app ? 'y' : 'n';
    out.counts += m.counts ? 'y' : 'n';
  }
  return out;
}

const std::array<Frame, 4> kStack = {frame("web.server", "serve", "/srv/web/server.py"), frame("shop.views", "view", "C:\\Shop\\Views.py"),
                                     frame("shop.retry", "again", "shop/retry.py"), frame("db.driver", "execute", "/opt/db/driver.py")};

TEST(StackRules, MatchersOfOneFrame) {
  EXPECT_EQ(marks("stack.module:shop.* -app", kStack).app, "ynny");
  EXPECT_EQ(marks("module:shop.views -app", kStack).app, "ynyy");
  EXPECT_EQ(marks("stack.function:again -app", kStack).app, "yyny");
  EXPECT_EQ(marks("path:/srv/** -app", kStack).app, "nyyy");
  EXPECT_EQ(marks("stack.abs_path:**/views.py -app", kStack).app, "ynyy") << "lower case and slashes";
  EXPECT_EQ(marks("path:/shop/*.py -app", kStack).app, "yyny") << "also as if it began with a slash";
  EXPECT_EQ(marks("module:shop.* !function:view -app", kStack).app, "yyny");
  EXPECT_EQ(marks("family:javascript module:shop.* -app", kStack).app, "yyyy");
  EXPECT_EQ(marks("family:javascript,other module:shop.* -app", kStack).app, "ynny");
  EXPECT_EQ(marks("package:x -app", kStack).app, "yyyy");
  EXPECT_EQ(marks("error.type:E function:view -app", kStack).app, "ynyy");
  EXPECT_EQ(marks("error.type:F function:view -app", kStack).app, "yyyy");
  EXPECT_EQ(marks("error.value:\"v *\" function:view -app", kStack).app, "ynyy");
  EXPECT_EQ(marks("error.mechanism:generic function:view -app", kStack).app, "ynyy");
}

TEST(StackRules, CallersAndCallees) {
  EXPECT_EQ(marks("[ function:view ] | module:shop.* -group", kStack).counts, "yyny");
  EXPECT_EQ(marks("module:shop.* | [ function:again ] -group", kStack).counts, "ynyy");
  EXPECT_EQ(marks("[ function:serve ] | module:shop.* | [ function:again ] -group", kStack).counts, "ynyy");
  EXPECT_EQ(marks("[ function:execute ] | module:* -group", kStack).counts, "yyyy") << "nothing is called by the youngest";
}

TEST(StackRules, RangesReachUpAndDown) {
  EXPECT_EQ(marks("function:view ^-app", kStack).app, "yynn") << "^: towards the crash";
  EXPECT_EQ(marks("function:again v-app -app", kStack).app, "nnny") << "v: towards the start";
  EXPECT_EQ(marks("function:view ^-group v-group", kStack).counts, "nynn");
}

TEST(StackRules, LaterRulesWinAndSeeWhatEarlierOnesDid) {
  EXPECT_EQ(marks("module:* -app\nfunction:view +app", kStack).app, "nynn");
  EXPECT_EQ(marks("module:db.* category=db\ncategory:db -app\n[ category:db ] | module:* -app", kStack).app, "yyyn");
  EXPECT_EQ(marks("module:web.* -app\napp:no -group", kStack).counts, "nyyy");
}

TEST(StackRules, LimitsKeepTheYoungestFrames) {
  const auto rules = StackRules::parse("function:view max-frames=2");
  const JudgedStack stack = judge(kStack, {"python", "E", "v", ""}, *rules);
  const std::vector<Verdict> v = verdicts(stack, Variant::kApp);
  EXPECT_EQ(v, (std::vector{Verdict::kBeyondMost, Verdict::kBeyondMost, Verdict::kCounts, Verdict::kCounts}));
  const auto least = StackRules::parse("function:view min-frames=5");
  EXPECT_EQ(verdicts(judge(kStack, {"python", "E", "v", ""}, *least), Variant::kSystem), std::vector(4, Verdict::kBelowLeast));
}

TEST(StackRules, MixedStacksHaveTheFamilyOfTheFrame) {
  std::array<Frame, 2> frames = {frame("a", "f"), frame("a", "f2")};
  frames[1].platform = "native";
  frames[1].package = "/usr/lib/libc.so";
  EXPECT_EQ(marks("family:native package:/usr/lib/** -app", frames).app, "yn");
}

std::string stack_error(std::string_view rules) {
  const auto parsed = StackRules::parse(rules);
  return parsed ? "parsed" : parsed.error().message;
}

TEST(StackRules, ErrorsSayLineAndColumn) {
  EXPECT_EQ(stack_error("# all well\n\nfunction:x -app  # and a comment"), "parsed");
  EXPECT_EQ(stack_error("function:x -app\n  colour:red -app"), "line 2, column 3: unknown matcher \"colour\"");
  EXPECT_EQ(stack_error("function:x"), "line 1, column 11: an action such as -app, +group or max-frames=3 was expected");
  EXPECT_EQ(stack_error("function:x -colour"), "line 1, column 12: the actions with + and - are app and group");
  EXPECT_EQ(stack_error("function:\"x -app"), "line 1, column 10: a quote is not closed");
  EXPECT_EQ(stack_error("-app"), "line 1, column 1: a matcher such as stack.function:name was expected");
  EXPECT_EQ(stack_error("[ function:x | function:y -app"), "line 1, column 14: \"]\" expected, after a blank");
  EXPECT_EQ(stack_error("[ function:x ] function:y -app"), "line 1, column 16: \"|\" expected after the caller in brackets");
  EXPECT_EQ(stack_error("function:x max-frames=two"), "line 1, column 23: a number of frames was expected");
  EXPECT_EQ(stack_error("function:x invert-stacktrace=1"), "line 1, column 12: \"invert-stacktrace\" cannot be set: category, max-frames and min-frames can");
  EXPECT_EQ(stack_error("family:ruby -app"), "line 1, column 8: family is javascript, native, other or all");
  EXPECT_EQ(stack_error("app:maybe -app"), "line 1, column 5: app is yes or no");
  EXPECT_EQ(stack_error("function: -app"), "line 1, column 10: a value was expected after function:");
}

std::string fingerprint_error(std::string_view rules) {
  const auto parsed = FingerprintRules::parse(rules);
  return parsed ? "parsed" : parsed.error().message;
}

TEST(FingerprintRules, ErrorsSayLineAndColumn) {
  EXPECT_EQ(fingerprint_error("error.type:A -> b"), "parsed");
  EXPECT_EQ(fingerprint_error("error.type:A"), "line 1, column 13: \"->\" and a fingerprint were expected");
  EXPECT_EQ(fingerprint_error("error.type:A ->"), "line 1, column 16: a fingerprint was expected after \"->\"");
  EXPECT_EQ(fingerprint_error("-> b"), "line 1, column 3: a matcher such as error.type:Name was expected before \"->\"");
  EXPECT_EQ(fingerprint_error("colour:red -> b"), "line 1, column 1: unknown matcher \"colour\"");
  EXPECT_EQ(fingerprint_error("\nerror.type:A -> {{ error.value"), "line 2, column 17: \"}}\" is missing");
  EXPECT_EQ(fingerprint_error("error.type:A -> b title=\"x"), "line 1, column 25: a quote is not closed");
}

// An event of one exception with one frame.
struct Raised {
  Raised() {
    frames[0] = frame("shop.db", "connect", "/srv/shop/db.py");
    exceptions[0].type = "DatabaseUnavailable";
    exceptions[0].value = "db-1 does not answer";
    exceptions[0].frames = frames;
    tags[0] = {"server", model::Value::string("db-1")};
    attributes[0] = {"sdk.name", model::Value::string("sentry.python.django")};
    event.exceptions = exceptions;
    event.tags = tags;
    event.attributes = attributes;
    event.platform = "python";
    event.level = "error";
    event.logger = "shop.checkout";
    event.release = "shop@1.2.0";
  }
  bool matches(std::string_view matchers) {
    const auto rules = FingerprintRules::parse(std::string(matchers) + " -> x");
    EXPECT_TRUE(rules) << rules.error().message;
    return rules->match(judge(event, StackRules())) != nullptr;
  }
  std::array<Frame, 1> frames;
  std::array<Exception, 1> exceptions;
  std::array<model::Attribute, 1> tags;
  std::array<model::Attribute, 1> attributes;
  ErrorEvent event;
};

TEST(FingerprintRules, Matchers) {
  Raised r;
  for (const char* yes : {"error.type:Database*", "type:DatabaseUnavailable value:\"DB-1 *\"", "message:\"*not answer\"", "logger:shop.*",
                          "level:ERROR", "tags.server:db-*", "stack.module:shop.*", "path:**/db.py function:connect", "app:yes", "family:other",
                          "sdk:sentry.python", "release:shop@1.*", "!error.type:KeyError", "error.type:\"DatabaseUnavailable\""}) {
    EXPECT_TRUE(r.matches(yes)) << yes;
  }
  for (const char* no : {"error.type:database*", "error.type:DatabaseUnavailable value:other", "logger:shop", "tags.server:web-*", "tags.none:*",
                         "path:**/db.py function:query", "app:no", "family:javascript,native", "sdk:sentry.java", "!error.type:Database*"}) {
    EXPECT_FALSE(r.matches(no)) << no;
  }
}

TEST(FingerprintRules, GiveFingerprintAndTitle) {
  Raised r;
  Grouper grouper;
  ProjectRules rules;
  rules.fingerprint = std::make_shared<const FingerprintRules>(*FingerprintRules::parse(
      "error.type:KeyError -> never\n"
      "error.type:DatabaseUnavailable -> system-down-{{ tags.server }}, \"{{ error.type }}\" title=\"Down: {{ tags.server }}\"\n"
      "error.type:* -> {{ default }}, later"));
  grouper.set_rules(0, rules, std::nullopt);
  const Grouping g = grouper.group(r.event);
  EXPECT_EQ(g.title, "Down: db-1");
  const Explanation e = grouper.explain(r.event);
  EXPECT_EQ(e.fingerprint_source, "rule");
  EXPECT_TRUE(e.fingerprint_rule.starts_with("error.type:DatabaseUnavailable -> "));
  EXPECT_EQ(testing::contributing_text(e.variants.at(0).component), "system-down-db-1DatabaseUnavailable");
  EXPECT_TRUE(testing::check_explained(e, g.hashes));
  r.exceptions[0].type = "Other";
  const Explanation hybrid = grouper.explain(r.event);
  EXPECT_EQ(testing::contributing_text(hybrid.variants.at(0).component), "Othershop.dbconnectlater");
  std::array<std::string_view, 1> of_client = {"of the client"};
  r.event.fingerprint = of_client;
  EXPECT_EQ(grouper.explain(r.event).fingerprint_source, "rule") << "rules win over the client";
}

}  // namespace
}  // namespace tripod::pipeline::group
