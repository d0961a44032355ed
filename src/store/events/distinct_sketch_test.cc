#include "store/events/distinct_sketch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "base/hash.h"

namespace tripod::store {
namespace {

uint64_t hash_of(size_t i) { return base::hash64(std::to_string(i)); }

TEST(DistinctSketch, IsExactWhileValuesAreFew) {
  DistinctSketch sketch;
  EXPECT_EQ(sketch.count(), 0u);
  for (int round = 0; round < 3; ++round) {
    for (size_t i = 0; i < DistinctSketch::kMostExact; ++i) sketch.add(hash_of(i));
  }
  EXPECT_TRUE(sketch.is_exact());
  EXPECT_EQ(sketch.count(), DistinctSketch::kMostExact);
}

TEST(DistinctSketch, TheHashZeroCountsOnce) {
  DistinctSketch sketch;
  sketch.add(0);
  sketch.add(0);
  sketch.add(1);
  EXPECT_EQ(sketch.count(), 2u);
}

TEST(DistinctSketch, EstimatesWithinFourStandardErrors) {
  for (const size_t n : {5'000u, 20'000u, 60'000u, 300'000u, 1'000'000u}) {
    DistinctSketch sketch;
    for (size_t i = 0; i < n; ++i) sketch.add(hash_of(i));
    EXPECT_FALSE(sketch.is_exact());
    EXPECT_NEAR(static_cast<double>(sketch.count()), static_cast<double>(n), 0.033 * static_cast<double>(n)) << n;
    EXPECT_LT(sketch.memory_bytes(), 20'000u);
  }
}

// Whatever the two sides hold, merging is the same as having seen both.
TEST(DistinctSketch, MergesExactAndEstimatedOnes) {
  for (const size_t left : {0u, 10u, 1'500u, 50'000u}) {
    for (const size_t right : {0u, 10u, 1'500u, 50'000u}) {
      DistinctSketch a, b, both;
      for (size_t i = 0; i < left; ++i) a.add(hash_of(i)), both.add(hash_of(i));
      for (size_t i = 0; i < right; ++i) b.add(hash_of(i + left / 2)), both.add(hash_of(i + left / 2));
      a.merge(b);
      EXPECT_EQ(a.is_exact(), both.is_exact()) << left << " " << right;
      EXPECT_EQ(a.count(), both.count()) << left << " " << right;
    }
  }
}

}  // namespace
}  // namespace tripod::store
