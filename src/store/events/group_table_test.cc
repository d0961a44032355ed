// What grouping holds is reserved, and a query that may hold no more ends at once.
#include "store/events/group_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/clock.h"
#include "store/events/field_text.h"

namespace tripod::store {
namespace {

class GroupTableTest : public ::testing::Test {
 protected:
  AggregatePlan plan(size_t specs = 0) {
    AggregatePlan out;
    out.by = {"request_id"};
    out.max_groups = 1'000'000;
    for (size_t i = 0; i < specs; ++i) out.values.push_back({"value" + std::to_string(i), {0.5}, true});
    return out;
  }
  static std::string id(size_t i) { return "0123456789abcdef-0123-" + std::to_string(1'000'000 + i); }
  static base::Result<GroupTable::Group*> find(GroupTable& table, const std::string& text) {
    const model::Value value = model::Value::string(text);
    return table.find_or_add(0, std::span(&value, 1));
  }

  base::ManualClock clock_{0};
  base::MemoryBudget budget_{1u << 30};
};

TEST_F(GroupTableTest, KeysOfEveryTypeComeBack) {
  AggregatePlan asked;
  asked.by = {"a", "b"};
  QueryLimits limits({}, clock_, budget_);
  AnswerRoom room(limits);
  GroupTable table(asked, limits, room);
  const std::string text = id(1);
  const std::vector<model::Value> values = {{}, model::Value::string(""), model::Value::string(text), model::Value::int64(-5),
                                            model::Value::float64(0.5), model::Value::boolean(true), model::Value::json("[1,2]")};
  for (const model::Value& a : values) {
    for (const model::Value& b : values) {
      const std::vector<model::Value> by = {a, b};
      for (int times = 0; times < 2; ++times) {
        auto group = table.find_or_add(0, by);
        ASSERT_TRUE(group);
        GroupTable::add_count(**group, 1);
      }
    }
  }
  const auto groups = table.take();
  ASSERT_EQ(groups.size(), values.size() * values.size());
  for (const model::Value& a : values) {
    for (const model::Value& b : values) {
      const std::vector<FieldValue> by = {to_field_value(a), to_field_value(b)};
      EXPECT_EQ(std::ranges::count(groups, by, &AggregateGroup::by), 1);
    }
  }
  for (const AggregateGroup& group : groups) EXPECT_EQ(group.count, 2u);
}

TEST_F(GroupTableTest, EndsWhereTheBoundIsReached) {
  const AggregatePlan asked = plan();
  constexpr size_t kBound = 8u << 20;
  QueryLimits limits({.max_memory_bytes = kBound}, clock_, budget_);
  AnswerRoom room(limits);
  GroupTable table(asked, limits, room);
  size_t groups = 0;
  base::Result<GroupTable::Group*> group = find(table, id(0));
  while (group && groups < 1'000'000) group = find(table, id(++groups));
  ASSERT_FALSE(group);
  EXPECT_EQ(group.error().code, base::Code::kResourceExhausted);
  EXPECT_NE(group.error().message.find("narrow"), std::string::npos);
  EXPECT_LE(table.memory_bytes(), kBound + (64u << 10));
  // The table alone takes 100 bytes and more of a group, the answer several times that: neither is forgotten, and nothing is
  // counted many times over.
  EXPECT_LT(groups, kBound / 300);
  EXPECT_GT(groups, kBound / 1500);
}

// Of every part of what it holds.
TEST_F(GroupTableTest, SketchesCount) {
  const AggregatePlan asked = plan(2);
  QueryLimits limits({}, clock_, budget_);
  AnswerRoom room(limits);
  GroupTable table(asked, limits, room);
  auto group = find(table, id(1));
  ASSERT_TRUE(group);
  const size_t before = table.memory_bytes();
  for (size_t i = 1; i <= 1000; ++i) {
    table.add_number((*group)->values[0], static_cast<double>(i));
    table.add_distinct(**group, 1, i * 0x9e3779b97f4a7c15ULL);
  }
  // 1,000 hashes of 8 bytes in a table that is at most half full; bins of 1 to 512, some 300.
  EXPECT_GE(table.memory_bytes() - before, 2 * 8 * 1000u + 8 * 300u);
}

TEST_F(GroupTableTest, MergedTablesHoldWhatBothHold) {
  const AggregatePlan asked = plan(1);
  QueryLimits limits({}, clock_, budget_);
  AnswerRoom room(limits);
  GroupTable all(asked, limits, room);
  for (size_t part = 0; part < 3; ++part) {
    GroupTable table(asked, limits, room);
    for (size_t i = 0; i < 3000; ++i) {
      auto group = find(table, id(part * 2000 + i));
      ASSERT_TRUE(group);
      GroupTable::add_count(**group, 1);
      GroupTable::add_present(**group, 0, 1);
      table.add_number((*group)->values[0], static_cast<double>(i));
    }
    ASSERT_TRUE(table.account());
    ASSERT_TRUE(all.merge(std::move(table)));
  }
  EXPECT_GT(all.memory_bytes(), 7000 * (sizeof(GroupTable::Group) + id(0).size()));
  const auto groups = all.take();
  ASSERT_EQ(groups.size(), 7000u);
  EXPECT_EQ(groups.front().count, 2u);
  EXPECT_EQ(groups.front().values[0].present, 2u);
  EXPECT_EQ(groups.front().values[0].count, 2u);
  EXPECT_EQ(groups.back().count, 1u);
  EXPECT_LT(all.memory_bytes(), 16u << 10);
}

// A table that is gone holds nothing: what it had reserved is there for others.
TEST_F(GroupTableTest, GivesBack) {
  const AggregatePlan asked = plan();
  QueryLimits limits({.max_memory_bytes = 4u << 20}, clock_, budget_);
  for (int times = 0; times < 20; ++times) {
    AnswerRoom room(limits);
    GroupTable table(asked, limits, room);
    for (size_t i = 0; i < 300; ++i) ASSERT_TRUE(find(table, id(i)));
    ASSERT_TRUE(table.account());
  }
}

TEST_F(GroupTableTest, QuestionsLeaveAQuarterOfTheBudget) {
  base::MemoryBudget budget(16u << 20);
  QueryLimits first({}, clock_, budget), second({}, clock_, budget), third({}, clock_, budget), fourth({}, clock_, budget);
  EXPECT_FALSE(first.reserve(5u << 20));  // a quarter is the most of one
  EXPECT_TRUE(first.reserve(4u << 20));
  EXPECT_TRUE(second.reserve(4u << 20));
  EXPECT_TRUE(third.reserve(4u << 20));
  EXPECT_FALSE(fourth.reserve(1u << 20));
  EXPECT_GE(budget.limit() - budget.used(), 4u << 20);
}

}  // namespace
}  // namespace tripod::store
