#include "pipeline/flood_thinner.h"

#include <gtest/gtest.h>

namespace tripod::pipeline {
namespace {

constexpr base::UnixNanos kNow = 1'795'365'477'000'000'000;
constexpr int64_t kMinute = 60 * base::kNanosPerSecond;

int whole_of(FloodThinner& thinner, int64_t issue, int events, base::UnixNanos now) {
  int out = 0;
  for (int i = 0; i < events; ++i) out += thinner.keeps_whole(issue, now) ? 1 : 0;
  return out;
}

TEST(FloodThinner, TheFirstEventsOfEveryIssueAreWhole) {
  FloodThinner thinner({.first = 100, .per_minute = 10, .one_of = 50});
  EXPECT_EQ(whole_of(thinner, 1, 100, kNow), 100);
  EXPECT_EQ(whole_of(thinner, 1, 49, kNow), 0);
  EXPECT_EQ(whole_of(thinner, 1, 1, kNow), 1) << "one of 50";
  EXPECT_EQ(whole_of(thinner, 2, 100, kNow), 100) << "another issue has its own";
}

TEST(FloodThinner, SoManyAMinuteAreWhole) {
  FloodThinner thinner({.first = 0, .per_minute = 10, .one_of = 100});
  EXPECT_EQ(whole_of(thinner, 1, 1010, kNow), 10 + 10);
  EXPECT_EQ(whole_of(thinner, 1, 10, kNow + kMinute), 10) << "the next minute";
  EXPECT_EQ(whole_of(thinner, 1, 99, kNow + 2 * kMinute - 1), 0) << "is a whole one";
  EXPECT_EQ(whole_of(thinner, 1, 10, kNow), 10) << "a clock that was set back";
}

TEST(FloodThinner, CanBeSwitchedOff) {
  FloodThinner thinner({.first = 1, .per_minute = 0, .one_of = 100});
  EXPECT_EQ(whole_of(thinner, 1, 1000, kNow), 1000);
  thinner.set_rules({.first = 1, .per_minute = 1, .one_of = 1'000'000});
  EXPECT_EQ(whole_of(thinner, 1, 1000, kNow), 1);
}

TEST(FloodThinner, WhatCouldNotBeStoredIsNoneOfTheFirst) {
  FloodThinner thinner({.first = 5, .per_minute = 1, .one_of = 1'000'000});
  EXPECT_EQ(whole_of(thinner, 1, 5, kNow), 5);
  for (int i = 0; i < 3; ++i) thinner.give_back(1);
  thinner.give_back(2);
  EXPECT_EQ(whole_of(thinner, 1, 100, kNow), 3);
}

TEST(FloodThinner, ItsMemoryIsBoundedAndAForgottenIssueBeginsAnew) {
  FloodThinner thinner({.first = 1, .per_minute = 1, .one_of = 1'000'000}, 1000);
  for (int64_t issue = 1; issue <= 1000; ++issue) EXPECT_EQ(whole_of(thinner, issue, 2, kNow), 1);
  EXPECT_EQ(whole_of(thinner, 2000, 2, kNow + kMinute), 1);
  EXPECT_EQ(thinner.issues(), 1u) << "the minutes of the others were over";
  for (int64_t issue = 1; issue <= 5000; ++issue) EXPECT_TRUE(thinner.keeps_whole(issue, kNow + kMinute));
  EXPECT_LE(thinner.issues(), 1000u);
}

}  // namespace
}  // namespace tripod::pipeline
