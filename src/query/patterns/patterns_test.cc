#include "query/patterns/patterns.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include "query/patterns/miner.h"
#include "store/events/testing/store_fixture.h"

namespace tripod::query::patterns {
namespace {

using store::FieldValue;
using store::testing::TestBatch;

std::string masked(std::string_view message) {
  Miner miner;
  return miner.text(*miner.add(message));
}

TEST(Tokens, WhatLooksVariableIsAHole) {
  const std::pair<const char*, const char*> cases[] = {
      {"order 12 paid", "order <_> paid"},
      {"took 35ms", "took <_>ms"},
      {"took 1.5s of 30 s", "took <_>s of <_> s"},
      {"temperature -5", "temperature <_>"},
      {"from 10.0.0.1:8080 to 2001", "from <_> to <_>"},
      {"at 2026-11-23T01:02:03.123Z done", "at <_> done"},
      {"at 2026-11-23 01:02:03,123 done", "at <_> <_> done"},
      {"id 550e8400-e29b-41d4-a716-446655440000.", "id <_>."},
      {"commit deadbeef1 and cafebabe12", "commit <_> and <_>"},
      {"trace 4bf92f3577b34da6a3ce929d0e0e4736", "trace <_>"},
      {"column \"user name\" missing", "column \"<_>\" missing"},
      {"key 'a b' there", "key '<_>' there"},
      {"don't touch user's things", "don't touch user's things"},
      {"user=alice id=42", "user=alice id=<_>"},
      {"GET /api/orders/123/items", "GET /api/orders/<_>/items"},
      {"utf8 http2 s3 stay", "utf8 http2 s3 stay"},
      {"worker123 goes", "<_> goes"},
      {"0x7ffe1234 address", "<_> address"},
      {"[2] (3) {4}", "[<_>] (<_>) {<_>}"},
      {"  blanks   between \t words ", "blanks between words"},
      {"empty \"\" text", "empty \"\" text"},
      {"Größe 12 é", "Größe <_> é"},
      {"", ""},
  };
  for (const auto& [message, pattern] : cases) EXPECT_EQ(masked(message), pattern) << message;
}

TEST(Miner, WordsThatDifferBecomeHoles) {
  Miner miner;
  const auto first = miner.add("user alice logged in from 10.0.0.1");
  EXPECT_EQ(miner.add("user bob logged in from 10.0.0.2"), first);
  EXPECT_EQ(miner.text(*first), "user <_> logged in from <_>");
  EXPECT_EQ(miner.size(), 1u);
}

TEST(Miner, DifferentEventsStayApart) {
  Miner miner;
  for (const char* message : {"order_paid", "order_shipped", "order paid", "order shipped", "connection refused", "connection reset",
                              "GET / 200", "POST / 200", "cache hit users", "payment failed: no money"}) {
    miner.add(message);
  }
  EXPECT_EQ(miner.size(), 10u);
}

TEST(Miner, ValuesBehindTheirKeysAreHolesAndTheKeysStay) {
  Miner miner;
  const auto cluster = miner.add("done user=alice path=/a/b status=200");
  EXPECT_EQ(miner.add("done user=bob path=/c/d status=404"), cluster);
  EXPECT_EQ(miner.text(*cluster), "done user=<_> path=/<_>/<_> status=<_>");
}

TEST(Miner, TheExpressionMatchesItsMessages) {
  const std::vector<std::string> messages = {
      "user alice logged in from 10.0.0.1", "user bob logged in from 10.0.0.2",   "say \"a b c\" to (x) [1]", "say \"d\" to (x) [2]",
      "  leading and trailing  ",           "many   blanks\tand\nlines 12",       "a+b*c? 5 ^$ \\d {2}",     "Größe 12 é",
      std::string(5000, 'x') + " tail",     "word " + std::string(300, 'y') + " 1"};
  Miner miner;
  std::vector<size_t> clusters;
  for (const auto& message : messages) clusters.push_back(*miner.add(message));
  for (size_t i = 0; i < messages.size(); ++i) {
    const RE2 regex(miner.regex(clusters[i]), RE2::Quiet);
    ASSERT_TRUE(regex.ok()) << regex.error();
    EXPECT_TRUE(RE2::PartialMatch(messages[i], regex)) << messages[i] << " by " << regex.pattern();
  }
  EXPECT_FALSE(RE2::PartialMatch("user alice logged out from 10.0.0.1", RE2(miner.regex(clusters[0]))));
}

TEST(Miner, FindChangesNothing) {
  Miner miner;
  miner.add("user alice logged in");
  EXPECT_TRUE(miner.find("user bob logged in"));
  EXPECT_FALSE(miner.find("something else happened here"));
  EXPECT_EQ(miner.text(0), "user alice logged in");
}

class PatternsTest : public store::testing::StoreTest {
 protected:
  PatternsTest() { open(); }

  void log(int64_t seconds, const std::string& body) {
    TestBatch batch;
    batch.streams = {{{"service.name", std::string("shop")}}};
    batch.events.push_back({kNow + seconds * base::kNanosPerSecond, 0, {{"body", body}}});
    append(batch);
  }
  Patterns find(int64_t from, int64_t to) {
    PatternPlan plan;
    plan.sources = {{}};
    plan.range = {kNow + from * base::kNanosPerSecond, kNow + to * base::kNanosPerSecond};
    plan.step = 10 * base::kNanosPerSecond;
    auto found = find_patterns(*store_, plan);
    EXPECT_TRUE(found) << found.error().message;
    return found ? std::move(*found) : Patterns();
  }
};

TEST_F(PatternsTest, CountsSharesTrendAndWhatIsNew) {
  for (const bool flushed : {false, true}) {
    if (!flushed) {
      log(5, "order 1 paid");   // in the window before
      for (int i = 0; i < 6; ++i) log(20 + i, "order " + std::to_string(i) + " paid");
      log(31, "order 7 refused");
      log(33, "order 8 refused");
    } else {
      ASSERT_TRUE(store_->flush());
    }
    const Patterns found = find(20, 40);
    ASSERT_EQ(found.patterns.size(), 2u);
    EXPECT_EQ(found.total, 8u);
    const Pattern& paid = found.patterns[0];
    EXPECT_EQ(paid.text, "order <_> paid");
    EXPECT_EQ(paid.count, 6u);
    EXPECT_DOUBLE_EQ(paid.share, 0.75);
    EXPECT_EQ(paid.trend, (std::vector<uint64_t>{6, 0}));
    EXPECT_FALSE(paid.is_new);
    EXPECT_EQ(paid.first_seen, kNow + 20 * base::kNanosPerSecond);
    EXPECT_EQ(paid.last_seen, kNow + 25 * base::kNanosPerSecond);
    EXPECT_EQ(paid.example, "order 0 paid");
    const Pattern& refused = found.patterns[1];
    EXPECT_EQ(refused.text, "order <_> refused");
    EXPECT_EQ(refused.trend, (std::vector<uint64_t>{0, 2}));
    EXPECT_TRUE(refused.is_new);
    EXPECT_EQ(refused.first_seen, kNow + 31 * base::kNanosPerSecond);
    EXPECT_TRUE(found.stats.warnings.empty());
  }
}

// A thousand messages over ten thousand points: what is held grows with those that have any, not with their product.
TEST_F(PatternsTest, FineTrendsOfManyMessages) {
  TestBatch batch;
  for (int64_t i = 0; i < 1'000; ++i) {
    std::string word;
    for (int64_t rest = i + 26; rest > 0; rest /= 26) word += static_cast<char>('a' + rest % 26);
    for (const int64_t at : {int64_t{0}, i, int64_t{9'999}}) batch.events.push_back({kNow + at * base::kNanosPerMilli, 0, {{"body", word + " is said"}}});
  }
  append(batch);
  PatternPlan plan;
  plan.sources = {{}};
  plan.range = {kNow, kNow + 10 * base::kNanosPerSecond};
  plan.step = base::kNanosPerMilli;
  plan.limit = 2'000;
  const auto found = find_patterns(*store_, plan);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->total, 3'000u);
  uint64_t first = 0, last = 0;
  for (const Pattern& pattern : found->patterns) {
    ASSERT_EQ(pattern.trend.size(), 10'000u);
    first += pattern.trend.front();
    last += pattern.trend.back();
  }
  EXPECT_EQ(first, 1'001u);
  EXPECT_EQ(last, 1'000u);
}

TEST_F(PatternsTest, ARangeWithoutEndsIsRefused) {
  PatternPlan plan;
  plan.sources = {{}};
  auto found = find_patterns(*store_, plan);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, base::Code::kInvalidArgument);
}

// More different texts than are counted: a sample, whose figures are told and whose counts add up.
TEST_F(PatternsTest, ManyDifferentTextsAreSampledAndItIsSaid) {
  TestBatch batch;
  batch.streams = {{{"service.name", std::string("shop")}}};
  for (int64_t i = 0; i < 210'000; ++i) {
    batch.events.push_back({kNow + i * 100'000, 0, {{"body", (i % 3 == 0 ? "job " : "task ") + std::to_string(i) + " done"}}});
    if (batch.events.size() == 70'000) {
      append(batch);
      batch.events.clear();
    }
  }
  const Patterns found = find(0, 30);
  EXPECT_EQ(found.total, 210'000u);
  ASSERT_EQ(found.patterns.size(), 2u);
  EXPECT_EQ(found.patterns[0].text, "task <_> done");
  EXPECT_EQ(found.patterns[0].count + found.patterns[1].count, 210'000u);
  EXPECT_NEAR(found.patterns[1].share, 1.0 / 3, 0.02);
  ASSERT_FALSE(found.stats.warnings.empty());
  EXPECT_NE(found.stats.warnings[0].find("estimated out of"), std::string::npos) << found.stats.warnings[0];
  EXPECT_NE(found.stats.warnings[0].find("of 210000 records"), std::string::npos) << found.stats.warnings[0];
}

}  // namespace
}  // namespace tripod::query::patterns
