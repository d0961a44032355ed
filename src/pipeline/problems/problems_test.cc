#include "pipeline/problems/problems.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace tripod::pipeline::problems {
namespace {

constexpr int64_t kMs = base::kNanosPerMilli;
constexpr uint64_t kSource = 1;
constexpr uint64_t kCustomer = 2;

// Spans one after the other under one parent, unless the test says otherwise.
class Trace {
 public:
  Trace& query(uint64_t pattern, int64_t ms = 12, uint64_t parent = 7) { return add({.parent = parent, .pattern = pattern, .is_query = 1, .is_select = 1}, ms); }
  Trace& call(uint64_t pattern, int64_t ms = 12) { return add({.parent = 7, .pattern = pattern}, ms); }
  Trace& add(CallSpan span, int64_t ms) {
    span.span_id = spans_.size() + 100;
    span.start = now_;
    span.duration = static_cast<uint64_t>(ms * kMs);
    now_ += is_parallel_ ? 0 : ms * kMs;
    spans_.push_back(span);
    return *this;
  }
  Trace& parallel() {
    is_parallel_ = true;
    return *this;
  }
  Trace& reversed() {
    std::ranges::reverse(spans_);
    return *this;
  }
  CallSpan& last() { return spans_.back(); }
  std::vector<Problem> problems(const ProblemRules& rules = {}) const { return find_problems(spans_, rules); }

 private:
  std::vector<CallSpan> spans_;
  base::UnixNanos now_ = 1'000'000'000;
  bool is_parallel_ = false;
};

TEST(FindProblems, ASequenceBehindItsSource) {
  Trace trace;
  trace.query(kSource, 3);
  for (int i = 0; i < 5; ++i) trace.query(kCustomer);
  const auto found = trace.problems();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, ProblemKind::kNPlusOneQueries);
  EXPECT_EQ(found[0].pattern, kCustomer);
  EXPECT_EQ(found[0].spans.size(), 5U);
  EXPECT_EQ(found[0].cost, 60 * kMs);
  EXPECT_EQ(found[0].end - found[0].start, 60 * kMs);
}

TEST(FindProblems, TooFewTooQuickOrWithoutASource) {
  Trace few;
  few.query(kSource);
  for (int i = 0; i < 4; ++i) few.query(kCustomer, 40);
  EXPECT_TRUE(few.problems().empty());
  Trace quick;
  quick.query(kSource);
  for (int i = 0; i < 9; ++i) quick.query(kCustomer, 5);
  EXPECT_TRUE(quick.problems().empty());
  EXPECT_EQ(quick.problems({.least_query_time = 45 * kMs}).size(), 1U);
  Trace alone;
  for (int i = 0; i < 9; ++i) alone.query(kCustomer);
  EXPECT_TRUE(alone.problems().empty()) << "nothing gave the rows";
  alone.query(kCustomer);
  EXPECT_EQ(alone.problems().size(), 1U) << "so many are one whatever gave the rows";
}

TEST(FindProblems, QueriesInTurnAreFoundByTheirNumber) {
  Trace trace;
  for (int i = 0; i < 10; ++i) trace.query(kCustomer, 10).query(3, 10);
  const auto found = trace.problems();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].spans.size(), 10U);
  EXPECT_EQ(found[0].cost, 100 * kMs);
}

TEST(FindProblems, DifferentStatementsAreNone) {
  Trace trace;
  for (uint64_t i = 0; i < 20; ++i) trace.query(100 + i, 20);
  EXPECT_TRUE(trace.problems().empty());
}

TEST(FindProblems, OverlappingQueriesCostWhatTheyCover) {
  Trace trace;
  trace.parallel();
  for (int i = 0; i < 20; ++i) trace.query(kCustomer, 40);
  EXPECT_TRUE(trace.problems().empty()) << "together they took 40 ms";
  trace.query(kCustomer, 80);
  const auto found = trace.problems();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].cost, 80 * kMs);
}

TEST(FindProblems, EachParentForItself) {
  Trace trace;
  for (uint64_t parent = 1; parent <= 4; ++parent) {
    for (int i = 0; i < 4; ++i) trace.query(kCustomer, 30, parent);
  }
  EXPECT_TRUE(trace.problems().empty());
}

TEST(FindProblems, WhatWritesOrWasCutOrIsNotKnownIsNone) {
  Trace trace;
  trace.query(kSource);
  for (int i = 0; i < 12; ++i) {
    trace.query(kCustomer, 20).last().is_select = 0;
    trace.query(3, 20).last().is_cut = 1;
    trace.query(0, 20);
  }
  EXPECT_TRUE(trace.problems().empty());
}

TEST(FindProblems, BothTracersSpansAreNotAddedUp) {
  Trace trace;
  trace.query(kSource);
  for (int i = 0; i < 4; ++i) {
    trace.query(kCustomer, 30);
    trace.query(kCustomer, 30).last().is_sentry = 1;
  }
  EXPECT_TRUE(trace.problems().empty());
}

TEST(FindProblems, OrderOfArrivalDoesNotMatter) {
  Trace trace;
  trace.query(kSource);
  for (int i = 0; i < 6; ++i) trace.query(kCustomer);
  const auto found = trace.reversed().problems();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].spans, (std::vector<uint32_t>{5, 4, 3, 2, 1, 0})) << "oldest first";
}

TEST(FindProblems, CallsOnceARow) {
  Trace trace;
  for (int i = 0; i < 9; ++i) trace.call(5);
  EXPECT_TRUE(trace.problems().empty());
  trace.call(5);
  const auto found = trace.problems();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, ProblemKind::kNPlusOneCalls);
}

TEST(FindProblems, SlowQueriesEachButNotThoseOfAnNPlusOne) {
  Trace trace;
  trace.query(kSource, 499).query(3, 500);
  const auto found = trace.problems();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].kind, ProblemKind::kSlowQuery);
  EXPECT_EQ(found[0].cost, 500 * kMs);
  for (int i = 0; i < 5; ++i) trace.query(kCustomer, 600);
  EXPECT_EQ(trace.problems().size(), 2U);
}

}  // namespace
}  // namespace tripod::pipeline::problems
