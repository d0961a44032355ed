#include "cli/issue_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/document.h"

namespace tripod::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const Paint kPlain(false);

std::unique_ptr<Document> parsed(const std::string& json) {
  auto document = Document::parse(json);
  EXPECT_TRUE(document) << json;
  return std::move(*document);
}

std::string state_of(const std::string& members) { return state_text(parsed("{" + members + R"(,"status_by":"ann","status_time_ns":"1795364762000000000"})")->root); }

TEST(IssueState, IsToldInWords) {
  EXPECT_EQ(state_of(R"("status":"unresolved","substatus":"regressed")"), "unresolved: regressed, it came back after it was resolved");
  EXPECT_EQ(state_of(R"("status":"resolved","resolution":{"kind":"now","release":""})"), "resolved by ann at 2026-11-22T16:26:02.000Z");
  EXPECT_EQ(state_of(R"("status":"resolved","resolution":{"kind":"release","release":"shop@1.4.0"})"), "resolved in shop@1.4.0 by ann at 2026-11-22T16:26:02.000Z");
  EXPECT_EQ(state_of(R"("status":"resolved","resolution":{"kind":"next_release","release":"shop@1.3.0"})"),
            "resolved in the release after shop@1.3.0 by ann at 2026-11-22T16:26:02.000Z");
  EXPECT_EQ(state_of(R"("status":"ignored","archive":{"for_ever":true,"until_ns":null,"events":0,"users":0})"), "archived for ever by ann at 2026-11-22T16:26:02.000Z");
  EXPECT_EQ(state_of(R"("status":"ignored","archive":{"for_ever":false,"until_ns":"1795364763000000000","events":1000,"users":0})"),
            "archived until 2026-11-22T16:26:03.000Z, or 1000 more events by ann at 2026-11-22T16:26:02.000Z");
  EXPECT_EQ(state_of(R"("status":"unresolved","substatus":"ongoing","merged_into":12)"), "unresolved: ongoing; part of DEFAULT-12");
}

constexpr const char* kChained = R"json({"event_id":"e1","time_ns":"1795364762000000000","release":"shop@1.2.0","environment":"production","transaction":"/pay",
  "request":{"method":"POST","url":"http://shop/pay"},"user":{"id":"7","email":"ann@example.com"},"tags":[["browser","Firefox"],["os","Linux"]],
  "trace_id":"0af7651916cd43dd8448eb211c80319c","request_id":null,
  "exceptions":[
    {"type":"KeyError","value":"'k'","handled":null,"frames":[
      {"filename":"django/handler.py","lineno":55,"function":"inner","in_app":false,"context_line":"  return get()","pre_context":[],"post_context":[],"vars":{"a":"1"}},
      {"filename":"shop/views.py","lineno":42,"function":"checkout","in_app":true,"context_line":"\ttotal += prices[key]","pre_context":["one","two"],"post_context":["three"],"vars":{"key":"'k'","n":7}}]},
    {"type":"ShippingError","value":"no \u001b[31mrate","handled":false,"frames":[]}],
  "payload":{"exception":{"values":[{"mechanism":{"source":"__cause__"}},{}]}}})json";

TEST(IssueEvent, IsPrintedAsPythonDoes) {
  EXPECT_THAT(event_lines(parsed(kChained)->root, {}, kPlain),
              ElementsAre("Event      e1 at 2026-11-22T16:26:02.000Z", "Release    shop@1.2.0 (production)", "Place      /pay", "Request    POST http://shop/pay", "User       ann@example.com",
                          "Tags       browser=Firefox  os=Linux", "Trace      0af7651916cd43dd8448eb211c80319c", "           tripod trace 0af7651916cd43dd8448eb211c80319c",
                          "           tripod logs trace_id:0af7651916cd43dd8448eb211c80319c --since 2026-11-22T15:26:02.000Z --until 2026-11-22T17:26:02.000Z",
                          "", "Stack trace, the innermost call last; > is the application's own code", "    django/handler.py:55 in inner", "  > shop/views.py:42 in checkout",
                          "           40  one", "           41  two", "     ->    42      total += prices[key]", "           43  three", "KeyError: 'k'", "",
                          "The above exception was the direct cause of the following exception:", "", "ShippingError: no \\x1b[31mrate  (unhandled)"));
}

TEST(IssueEvent, LinesAreFoundByTheRequestWhereThereIsOne) {
  const auto lines = event_lines(parsed(R"({"event_id":"e","time_ns":"3600000000000","exceptions":[],"trace_id":"aa","request_id":"r-1"})")->root, {}, kPlain);
  EXPECT_THAT(lines, Contains("           tripod trace aa"));
  EXPECT_THAT(lines, Contains("           tripod logs request_id:r-1 --since 1970-01-01T00:00:00.000Z --until 1970-01-01T02:00:00.000Z"));
  EXPECT_THAT(lines, Not(Contains(HasSubstr("logs trace_id"))));
}

TEST(IssueEvent, MembersOfAGroupAreToldApart) {
  const auto event = parsed(R"({"event_id":"e","time_ns":"0","exceptions":[{"type":"A"},{"type":"B"},{"type":"Group"}],"payload":{"exception":{"values":[
    {"mechanism":{"source":"exceptions[1]","exception_id":2,"parent_id":0}},{"mechanism":{"source":"exceptions[0]","exception_id":1,"parent_id":0}},{"mechanism":{"exception_id":0}}]}}})");
  EXPECT_THAT(event_lines(event->root, {}, kPlain), ElementsAre("Event      e at 1970-01-01T00:00:00.000Z", "", "A", "", "Of the same group:", "", "B", "",
                                                                "The above exception is part of the following group:", "", "Group"));
}

TEST(IssueEvent, LocalsAndLibrariesAreShownWhereAsked) {
  const auto event = parsed(kChained);
  const auto locals = event_lines(event->root, {.locals = true}, kPlain);
  EXPECT_THAT(locals, Contains("               key = 'k'"));
  EXPECT_THAT(locals, Contains("               n = 7"));
  EXPECT_THAT(locals, Not(Contains("               a = 1"))) << "of a library";
  const auto full = event_lines(event->root, {.locals = true, .full = true}, kPlain);
  EXPECT_THAT(full, Contains("     ->    55    return get()"));
  EXPECT_THAT(full, Contains("               a = 1"));
}

TEST(IssueEvent, ALongTraceIsCutInTheMiddle) {
  std::string frames;
  for (int i = 0; i < 10'000; ++i) frames += (i == 0 ? "" : ",") + std::string(R"({"filename":"a.py","lineno":)") + std::to_string(i) + R"(,"function":"f","in_app":true})";
  const auto event = parsed(R"({"event_id":"e","time_ns":"0","exceptions":[{"type":"RecursionError","value":"","frames":[)" + frames + "]}]}");
  const auto lines = event_lines(event->root, {}, kPlain);
  EXPECT_EQ(lines.size(), 1 + 1 + 1 + 10 + 1 + 40 + 1);
  EXPECT_THAT(lines, Contains("    … 9950 frames more (--full shows them)"));
  EXPECT_EQ(lines.back(), "RecursionError");
  EXPECT_EQ(event_lines(event->root, {.full = true}, kPlain).size(), 10'004);
}

TEST(IssueLines, AFloodIsASampleAndSaysSo) {
  const std::string members = R"("short_id":"DEFAULT-1","title":"t","status":"unresolved","count":5000,"users":7,"users_estimated":true,"first_seen_ns":"0","last_seen_ns":"0")";
  EXPECT_THAT(issue_lines(parsed("{" + members + R"(,"stored":{"events":5000,"whole":149}})")->root, kPlain),
              testing::IsSupersetOf({"Events     5000 of about 7 users", "Stored     149 of 5000 events whole: they came as a flood; counts are of all"}));
  for (const char* stored : {"null", R"({"events":5000,"whole":5000})"}) {
    EXPECT_THAT(issue_lines(parsed("{" + members + R"(,"stored":)" + stored + "}")->root, kPlain), Not(Contains(HasSubstr("Stored"))));
  }
  EXPECT_THAT(event_lines(parsed(R"({"event_id":"e","time_ns":"0","exceptions":[],"thinned":true})")->root, {}, kPlain),
              Contains("Thinned    one of a flood: counted, and stored without its stack trace"));
}

TEST(IssueEvent, PartsThatAreMissingAreLeftOut) {
  EXPECT_THAT(event_lines(parsed(R"({"event_id":"e","time_ns":"0","message":"hello","exceptions":[]})")->root, {}, kPlain),
              ElementsAre("Event      e at 1970-01-01T00:00:00.000Z", "Message    hello"));
}

TEST(IssueEvent, ColourOnlyWhereAsked) {
  const auto event = parsed(kChained);
  for (const std::string& line : event_lines(event->root, {.locals = true}, kPlain)) EXPECT_THAT(line, Not(HasSubstr("\x1b")));
  EXPECT_THAT(event_lines(event->root, {}, Paint(true)), Contains(HasSubstr("\x1b[1;31mKeyError\x1b[0m: 'k'")));
}

TEST(IssueTags, TheCommonestValuesWithTheirShare) {
  const auto tags = parsed(R"({"tags":[{"key":"browser","events":4,"other":0,"values":[{"value":"Firefox","count":3},{"value":"Chrome","count":1}]},
    {"key":"os","events":8,"other":2,"values":[{"value":"a","count":4},{"value":"b","count":1},{"value":"c","count":1}]}]})");
  EXPECT_THAT(tag_lines(tags->list("/tags"), kPlain), ElementsAre("  browser  Firefox 75 %, Chrome 25 %", "  os       a 50 %, b 12 %, c 12 %, …"));
}

TEST(IssueActivity, SaysWhoDidWhat) {
  const auto line = [](const std::string& members) { return activity_line(parsed(R"({"time_ns":"0","by":"ann",)" + members + "}")->root, kPlain); };
  EXPECT_EQ(line(R"("kind":"assigned","assignee":{"id":1,"email":"bob@example.com"})"), "1970-01-01T00:00:00.000Z  ann  assigned to bob@example.com");
  EXPECT_EQ(line(R"("kind":"merged","issue":13)"), "1970-01-01T00:00:00.000Z  ann  merged with DEFAULT-13");
  EXPECT_EQ(line(R"("kind":"comment","id":4,"text":"seen\nbefore","edited_ns":"1")"), "1970-01-01T00:00:00.000Z  ann  comment 4: seen\\nbefore (edited)");
  EXPECT_EQ(activity_line(parsed(R"({"time_ns":"0","by":"","kind":"regressed","release":"shop@1.4.0"})")->root, kPlain), "1970-01-01T00:00:00.000Z  tripod  regressed in shop@1.4.0");
}

}  // namespace
}  // namespace tripod::cli
