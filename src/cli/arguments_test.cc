#include "cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tripod::cli {
namespace {

using testing::ElementsAre;
using Action = IssueArguments::Action;

std::optional<IssueArguments> parsed(std::vector<std::string> words) {
  words.insert(words.begin(), {"tripod", "issues"});
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  int exit_code = 0;
  const auto out = parse_arguments(static_cast<int>(argv.size()), argv.data(), "1", exit_code);
  if (!out) {
    EXPECT_NE(exit_code, 0);
    return std::nullopt;
  }
  return std::get<IssuesCommand>(out->command).arguments;
}

TEST(IssueArguments, WithoutASubcommandIsAQuestion) {
  const auto a = parsed({"assigned:me payment", "--status", "resolved", "--sort", "count", "--limit", "5"});
  ASSERT_TRUE(a);
  EXPECT_EQ(a->action, Action::kList);
  EXPECT_EQ(a->query, "assigned:me payment");
  EXPECT_EQ(a->status, "resolved");
  EXPECT_EQ(a->sort, "count");
  EXPECT_EQ(a->limit, 5);
}

TEST(IssueArguments, SeveralIssuesAtOnce) {
  const auto a = parsed({"archive", "12", "DEFAULT-13", "--until-time", "7d", "--until-events", "1000", "--until-users", "10"});
  ASSERT_TRUE(a);
  EXPECT_EQ(a->action, Action::kArchive);
  EXPECT_THAT(a->ids, ElementsAre("12", "DEFAULT-13"));
  EXPECT_EQ(a->until_time, "7d");
  EXPECT_EQ(a->until_events, 1000);
  EXPECT_EQ(a->until_users, 10);
  const auto merged = parsed({"merge", "13", "14", "--into", "12"});
  ASSERT_TRUE(merged);
  EXPECT_THAT(merged->ids, ElementsAre("13", "14"));
  EXPECT_EQ(merged->into, "12");
}

TEST(IssueArguments, WhatHasNoSenseIsRefused) {
  EXPECT_FALSE(parsed({"show"})) << "which?";
  EXPECT_FALSE(parsed({"resolve", "12", "--in-next-release", "--in-release", "shop@1.4.0"}));
  EXPECT_FALSE(parsed({"archive", "12", "--until-events", "0"}));
  EXPECT_FALSE(parsed({"comment", "12"})) << "what?";
  EXPECT_FALSE(parsed({"payment", "resolve", "12"})) << "a question and an action";
  EXPECT_FALSE(parsed({"resolve", "12", "--status", "resolved"}));
  EXPECT_FALSE(parsed({"show", "12", "--oldest", "--event", "1"}));
}

}  // namespace
}  // namespace tripod::cli
