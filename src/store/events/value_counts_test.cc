#include "store/events/value_counts.h"

#include <gtest/gtest.h>

#include <array>

namespace tripod::store {
namespace {

using model::Value;

std::vector<Value> strings(std::initializer_list<const char*> texts) {
  std::vector<Value> out;
  for (const char* text : texts) out.push_back(Value::string(text));
  return out;
}

TEST(ValueCountsTest, BlocksShareValues) {
  ValueCountsBuilder builder;
  EXPECT_TRUE(builder.empty());
  EXPECT_TRUE(builder.add_block(1, strings({"info", "error"}), std::array{7u, 1u}));
  EXPECT_TRUE(builder.add_block(2, strings({"error"}), std::array{3u}));
  EXPECT_TRUE(builder.add_block(5, strings({"warn", "info"}), std::array{1u, 2u}));
  auto counts = ValueCounts::decode(builder.encode(), 7);
  ASSERT_TRUE(counts);
  ASSERT_EQ((*counts)->values().size(), 3u);
  EXPECT_EQ((*counts)->values()[0].text(), "info");
  EXPECT_EQ((*counts)->values()[2].text(), "warn");
  for (uint32_t block : {0u, 3u, 4u, 6u}) EXPECT_FALSE((*counts)->block(block).counted()) << block;
  const auto last = (*counts)->block(5);
  ASSERT_EQ(last.values.size(), 2u);
  EXPECT_EQ(last.values[0], 2u);
  EXPECT_EQ(last.values[1], 0u);
  EXPECT_EQ(last.rows(), 3u);
  EXPECT_EQ((*counts)->block(1).rows(), 8u);
}

TEST(ValueCountsTest, ValuesOfDifferentTypesAreDifferent) {
  ValueCountsBuilder builder;
  const std::array values = {Value::int64(1), Value::float64(1), Value::string("1"), Value::boolean(true), Value::json("1")};
  EXPECT_TRUE(builder.add_block(0, values, std::array{1u, 1u, 1u, 1u, 1u}));
  auto counts = ValueCounts::decode(builder.encode(), 1);
  ASSERT_TRUE(counts);
  EXPECT_EQ((*counts)->values().size(), 5u);
}

TEST(ValueCountsTest, ManyOrLargeValuesAreNotCounted) {
  ValueCountsBuilder builder;
  std::vector<Value> many;
  for (int i = 0; i < 300; ++i) many.push_back(Value::int64(i));
  EXPECT_FALSE(builder.add_block(0, many, std::vector<uint32_t>(300, 1)));
  const std::string large(100'000, 'x');
  EXPECT_FALSE(builder.add_block(1, std::array{Value::string(large)}, std::array{1u}));
  EXPECT_TRUE(builder.empty());
  EXPECT_TRUE(builder.add_block(2, std::array{Value::string("x")}, std::array{1u}));
  auto counts = ValueCounts::decode(builder.encode(), 3);
  ASSERT_TRUE(counts);
  EXPECT_FALSE((*counts)->block(0).counted());
  EXPECT_TRUE((*counts)->block(2).counted());
}

TEST(ValueCountsTest, DamageIsFound) {
  ValueCountsBuilder builder;
  EXPECT_TRUE(builder.add_block(3, strings({"a", "b"}), std::array{1u, 2u}));
  const std::string bytes = builder.encode();
  EXPECT_FALSE(ValueCounts::decode(bytes, 3));  // a block that is not there
  for (size_t cut = 0; cut < bytes.size(); ++cut) EXPECT_FALSE(ValueCounts::decode(bytes.substr(0, cut), 4)) << cut;
  EXPECT_FALSE(ValueCounts::decode(bytes + "x", 4));
}

}  // namespace
}  // namespace tripod::store
