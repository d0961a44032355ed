#include "pipeline/issue_index.h"

#include <gtest/gtest.h>

#include <vector>

namespace tripod::pipeline {
namespace {

using Hashes = std::vector<std::string>;

TEST(IssueIndex, TheFirstKnownHashDecidesAndBringsTheOthersAlong) {
  IssueIndex index;
  const auto first = index.assign(1, Hashes{"a", "b"}, 0);
  EXPECT_TRUE(first.is_new);
  EXPECT_EQ(index.assign(1, Hashes{"c", "b"}, 0).issue, first.issue);
  EXPECT_EQ(index.assign(1, Hashes{"c"}, 0).issue, first.issue);
  EXPECT_NE(index.assign(2, Hashes{"a"}, 0).issue, first.issue) << "another project's";
}

TEST(IssueIndex, AnEventLikeADeletedIssueBeginsANewOne) {
  IssueIndex index;
  const int64_t first = index.assign(1, Hashes{"a"}, 0).issue;
  const int64_t other = index.assign(1, Hashes{"b"}, 0).issue;
  index.forget(std::vector{first});
  EXPECT_TRUE(index.is_deleted(first));
  index.learn(1, Hashes{"a"}, first);   // one that was on its way
  const auto again = index.assign(1, Hashes{"a"}, 0);
  EXPECT_TRUE(again.is_new);
  EXPECT_GT(again.issue, other);
  EXPECT_EQ(index.assign(1, Hashes{"b"}, 0).issue, other);
}

TEST(IssueIndex, WhatWouldBeTooManyNewIssuesIsOne) {
  IssueIndex index(3);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(index.assign(1, Hashes{std::to_string(i)}, 5).is_too_many);
  const auto fourth = index.assign(1, Hashes{"x"}, 6);
  EXPECT_TRUE(fourth.is_too_many);
  EXPECT_TRUE(fourth.is_new);
  EXPECT_EQ(index.assign(1, Hashes{"y"}, 7).issue, fourth.issue);
  EXPECT_FALSE(index.assign(1, Hashes{"2"}, 8).is_too_many) << "a known one is taken as ever";
  EXPECT_FALSE(index.assign(2, Hashes{"y"}, 8).is_too_many) << "another project";
  EXPECT_FALSE(index.assign(1, Hashes{"y"}, 5 + base::kNanosPerHour).is_too_many);
}

}  // namespace
}  // namespace tripod::pipeline
