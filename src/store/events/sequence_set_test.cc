#include "store/events/sequence_set.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace tripod::store {
namespace {

std::set<uint64_t> all(const SequenceSet& set) {
  std::set<uint64_t> out;
  set.for_each([&](uint64_t sequence) { EXPECT_TRUE(out.insert(sequence).second); });
  return out;
}

TEST(SequenceSet, KnowsRanges) {
  SequenceSet set;
  set.insert_range(100, 9000);
  EXPECT_EQ(set.size(), 8901u);
  EXPECT_TRUE(set.meets(0, 100));
  EXPECT_FALSE(set.meets(0, 99));
  EXPECT_FALSE(set.meets(9001, UINT64_MAX));
  EXPECT_EQ(set.count(8990, 10'000), 11u);
  EXPECT_EQ(set.last(), 9000u);
  set.erase_range(0, 8999);
  EXPECT_EQ(all(set), std::set<uint64_t>{9000});
  set.erase(9000);
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.memory_bytes(), 0u);
}

TEST(SequenceSet, CopiesDoNotChangeWithTheOriginal) {
  SequenceSet one;
  one.insert_range(1, 5);
  const SequenceSet copy = one;
  one.erase(3);
  one.insert(70'000);
  EXPECT_EQ(all(copy), (std::set<uint64_t>{1, 2, 3, 4, 5}));
  EXPECT_EQ(all(one), (std::set<uint64_t>{1, 2, 4, 5, 70'000}));
  EXPECT_EQ(one.last(), 70'000u);
}

TEST(SequenceSet, BehavesLikeASet) {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    std::mt19937_64 rng(seed);
    const uint64_t span = seed % 2 == 0 ? 300 : 60'000;
    SequenceSet set, other;
    std::set<uint64_t> expected, expected_other;
    for (int i = 0; i < 60; ++i) {
      const uint64_t first = rng() % span, last = first + rng() % (span / 8);
      switch (rng() % 5) {
        case 0:
          set.insert_range(first, last);
          for (uint64_t s = first; s <= last; ++s) expected.insert(s);
          break;
        case 1:
          set.erase_range(first, last);
          for (uint64_t s = first; s <= last; ++s) expected.erase(s);
          break;
        case 2: {
          const uint64_t some[] = {first, first + 7, first + 5000};
          other.insert(some);
          expected_other.insert(std::begin(some), std::end(some));
          break;
        }
        case 3:
          set.insert(other);
          expected.insert(expected_other.begin(), expected_other.end());
          break;
        default:
          set.erase(other);
          for (uint64_t s : expected_other) expected.erase(s);
      }
      ASSERT_EQ(set.size(), expected.size());
      const auto from = expected.lower_bound(first), to = expected.upper_bound(last);
      ASSERT_EQ(set.meets(first, last), from != to);
      ASSERT_EQ(set.count(first, last), static_cast<uint64_t>(std::distance(from, to)));
      ASSERT_EQ(set.contains(first), expected.contains(first));
    }
    ASSERT_EQ(all(set), expected);
    auto again = SequenceSet::decode(set.encode(), set.size());
    ASSERT_TRUE(again);
    ASSERT_EQ(all(*again), expected);
    if (!set.empty()) {
      EXPECT_FALSE(SequenceSet::decode(set.encode(), set.size() - 1));
    }
  }
}

TEST(SequenceSet, DamageIsSaid) {
  SequenceSet set;
  set.insert_range(5, 10);
  const std::string bytes = set.encode();
  EXPECT_FALSE(SequenceSet::decode(bytes + '\0', 100));
  EXPECT_FALSE(SequenceSet::decode(bytes.substr(0, bytes.size() - 1), 100));
  EXPECT_FALSE(SequenceSet::decode("", 100));
  EXPECT_FALSE(SequenceSet::decode(std::string_view("\x01\x05\x00", 3), 100));  // a range of nothing
}

}  // namespace
}  // namespace tripod::store
