#include "query/search/issue_terms.h"

#include <gtest/gtest.h>

#include <map>

namespace tripod::query::search {
namespace {

using store::IssueFilter;

constexpr base::UnixNanos kNow = 1'700'000'000'000'000'000;

// One line: (and (count > 100) (not (status = 1)) (ids 3 4)).
std::string shown(const IssueFilter& f) {
  using Op = IssueFilter::Op;
  static const std::map<IssueFilter::Field, std::string> names = {
      {IssueFilter::Field::kStatus, "status"},       {IssueFilter::Field::kSubstatus, "substatus"}, {IssueFilter::Field::kFirstSeen, "first_seen"},
      {IssueFilter::Field::kLastSeen, "last_seen"},  {IssueFilter::Field::kCount, "count"},         {IssueFilter::Field::kUsers, "users"},
      {IssueFilter::Field::kAssignee, "assignee"},   {IssueFilter::Field::kId, "id"},               {IssueFilter::Field::kTitle, "title"},
      {IssueFilter::Field::kType, "type"},           {IssueFilter::Field::kLevel, "level"},         {IssueFilter::Field::kRelease, "release"},
      {IssueFilter::Field::kEnvironment, "environment"}, {IssueFilter::Field::kText, "text"}};
  static const std::map<Op, std::string> signs = {{Op::kEqual, "="}, {Op::kLess, "<"}, {Op::kLessEqual, "<="}, {Op::kGreater, ">"},
                                                  {Op::kGreaterEqual, ">="}, {Op::kLike, "like"}, {Op::kContains, "contains"}};
  if (f.op == Op::kTrue) return "true";
  if (f.op == Op::kIsOneOf) {
    std::string out = "(ids";
    for (const int64_t id : f.ids) out += " " + std::to_string(id);
    return out + ")";
  }
  if (f.op == Op::kAnd || f.op == Op::kOr || f.op == Op::kNot) {
    std::string out = f.op == Op::kAnd ? "(and" : f.op == Op::kOr ? "(or" : "(not";
    for (const IssueFilter& child : f.children) out += " " + shown(child);
    return out + ")";
  }
  const bool number = f.field < IssueFilter::Field::kTitle;
  const bool time = f.field == IssueFilter::Field::kFirstSeen || f.field == IssueFilter::Field::kLastSeen;
  const std::string operand = time ? "now" + std::to_string((f.number - kNow) / base::kNanosPerHour) + "h" : number ? std::to_string(f.number) : f.text;
  return "(" + names.at(f.field) + " " + signs.at(f.op) + " " + operand + ")";
}

struct Asked {
  std::vector<std::string> of_events;
  bool says_status = false;
};

std::string read(std::string_view text, Asked* asked = nullptr) {
  Asked mine;
  Asked& out = asked != nullptr ? *asked : mine;
  const IssueWords words{.now = kNow,
                         .user = [](std::string_view name) -> base::Result<int64_t> {
                           if (name == "me") return 7;
                           if (name == "none") return 0;
                           return base::fail(base::Code::kInvalidArgument, "no user \"" + std::string(name) + "\"");
                         },
                         .latest_release = [] { return base::Result<std::string>("2.0"); },
                         .issues_with = [&out](const store::Predicate& p) {
                           out.of_events.push_back(store::to_string(p));
                           return base::Result<std::vector<int64_t>>({3, 4});
                         }};
  const auto question = parse_issue_question(text, words);
  if (!question) return question.error().message;
  out.says_status = question->says_status;
  return shown(question->filter);
}

TEST(IssueTerms, SentrysWordsAboutIssues) {
  EXPECT_EQ(read(""), "true");
  EXPECT_EQ(read("is:unresolved"), "(status = 0)");
  EXPECT_EQ(read("is:archived"), read("is:ignored"));
  EXPECT_EQ(read("is:regressed"), "(substatus = 3)");
  EXPECT_EQ(read("!is:assigned"), "(not (not (assignee = 0)))");
  EXPECT_EQ(read("assigned:me is:new"), "(and (assignee = 7) (substatus = 1))");
  EXPECT_EQ(read("assigned:(me OR none)"), "(or (assignee = 7) (assignee = 0))");
  EXPECT_EQ(read("times_seen:>100 users:<=3"), "(and (count > 100) (users <= 3))");
  EXPECT_EQ(read("firstSeen:-24h"), "(first_seen >= now-24h)");
  EXPECT_EQ(read("age:+2d"), "(first_seen <= now-48h)");
  EXPECT_EQ(read("lastSeen:>-1h"), "(last_seen > now-1h)");
  EXPECT_EQ(read("lastSeen:2023-11-14"), "(and (last_seen >= now-22h) (last_seen < now1h))");
  EXPECT_EQ(read("error.type:Value* -level:warning"), "(and (type like Value*) (not (level = warning)))");
  EXPECT_EQ(read("release:latest"), "(release = 2.0)");
  EXPECT_EQ(read("release:\"latest\""), "(release = latest)");
  EXPECT_EQ(read("payment \"no such\" fail*"), "(and (text contains payment) (text contains no such) (text like *fail*))");
  EXPECT_EQ(read("title:boom OR level!=error"), "(or (title contains boom) (not (level = error)))");
}

TEST(IssueTerms, WhatIsNoWordOfIssuesIsAskedOfEvents) {
  Asked asked;
  EXPECT_EQ(read("browser:Firefox os:Linux is:unresolved", &asked), "(and (status = 0) (ids 3 4))");
  ASSERT_EQ(asked.of_events.size(), 1u) << "of one event";
  EXPECT_NE(asked.of_events[0].find("tags.browser"), std::string::npos) << asked.of_events[0];
  EXPECT_NE(asked.of_events[0].find("Linux"), std::string::npos) << asked.of_events[0];
  EXPECT_TRUE(asked.says_status);
  Asked none;
  EXPECT_EQ(read("!browser:Firefox", &none), "(not (ids 3 4))");
  EXPECT_FALSE(none.says_status);
}

TEST(IssueTerms, ErrorsPointAtTheirColumn) {
  EXPECT_EQ(read("level:error is:broken").substr(0, 38), "column 16: expected one of unresolved,");
  EXPECT_EQ(read("assigned:bob"), "column 10: no user \"bob\"");
  EXPECT_EQ(read("times_seen:many"), "column 12: expected a whole number, as in times_seen:>100, got \"many\"");
  EXPECT_EQ(read("a firstSeen:soon").substr(0, 32), "column 13: expected a time such ");
  EXPECT_EQ(read("level:>error"), "column 8: expected level:value: it has no order");
  EXPECT_EQ(read("is:unresolved | count"), "column 15: expected a term, got a pipe: a list of issues has none");
  EXPECT_EQ(read("(a").substr(0, 9), "column 3:");
  EXPECT_EQ(read("/bo+m/"), "issues are not searched by regular expressions: * stands for any text");
}

}  // namespace
}  // namespace tripod::query::search
