#include "store/events/ddsketch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

namespace tripod::store {
namespace {

void expect_within_one_percent(std::vector<double> values) {
  DDSketch sketch;
  for (double v : values) sketch.add(v);
  std::ranges::sort(values);
  for (double q : {0.0, 0.01, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const double exact = values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
    EXPECT_NEAR(sketch.quantile(q), exact, 0.01001 * std::fabs(exact)) << q;
  }
  EXPECT_EQ(sketch.count(), values.size());
}

TEST(DDSketchTest, WithinOnePercent) {
  std::mt19937_64 rng(4);
  std::vector<double> uniform, lognormal, negative;
  for (int i = 0; i < 10'000; ++i) {
    uniform.push_back(static_cast<double>(rng() % 1'000'000) / 1000.0);
    lognormal.push_back(std::exp(std::normal_distribution<double>(10, 3)(rng)));
    negative.push_back(static_cast<double>(rng() % 1000) - 500);
  }
  expect_within_one_percent(uniform);
  expect_within_one_percent(lognormal);
  expect_within_one_percent(negative);
}

// Many at once are as one by one, whatever lies between them.
TEST(DDSketchTest, ManyAtOnce) {
  std::vector<double> values;
  for (int i = 1; i <= 1500; ++i) values.push_back(i % 7 == 0 ? -i : i % 11 == 0 ? 0 : i * 0.37);
  values.push_back(5e-324);
  values.push_back(std::numeric_limits<double>::infinity());
  DDSketch one_by_one, at_once;
  for (const double value : values) one_by_one.add(value);
  at_once.add(values);
  EXPECT_EQ(at_once.count(), values.size());
  for (double q : {0.0, 0.05, 0.1, 0.2, 0.5, 0.9, 0.999, 1.0}) EXPECT_EQ(at_once.quantile(q), one_by_one.quantile(q)) << q;
}

// Merged ones answer as one that has seen everything.
TEST(DDSketchTest, MergingIsSeeingBoth) {
  std::mt19937_64 rng(5);
  DDSketch left, right, both;
  for (int i = 0; i < 5'000; ++i) {
    const double value = std::normal_distribution<double>(0, 1)(rng) * std::pow(10, static_cast<double>(rng() % 12));
    (i % 3 == 0 ? left : right).add(value);
    both.add(value);
  }
  right.add(0), both.add(0);
  right.add(std::numeric_limits<double>::infinity()), both.add(std::numeric_limits<double>::infinity());
  left.merge(right);
  EXPECT_EQ(left.count(), both.count());
  for (double q : {0.0, 0.1, 0.5, 0.9, 0.999, 1.0}) EXPECT_EQ(left.quantile(q), both.quantile(q)) << q;
}

TEST(DDSketchTest, EmptyIsZero) { EXPECT_EQ(DDSketch().quantile(0.5), 0); }

TEST(DDSketchTest, MemoryStaysBounded) {
  DDSketch sketch;
  for (int exponent = -300; exponent <= 300; ++exponent) sketch.add(std::pow(10.0, exponent));
  EXPECT_LT(sketch.memory_bytes(), 64u << 10);
  EXPECT_NEAR(sketch.quantile(1), 1e300, 0.01001e300);
}

TEST(DDSketchTest, InfinitiesAreTheEnds) {
  DDSketch sketch;
  for (double v : {1.0, 2.0, std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()}) sketch.add(v);
  EXPECT_EQ(sketch.quantile(0), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(sketch.quantile(1), std::numeric_limits<double>::infinity());
  EXPECT_NEAR(sketch.quantile(0.34), 1.0, 0.011);
}

}  // namespace
}  // namespace tripod::store
