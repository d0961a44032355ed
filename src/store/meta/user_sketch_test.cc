#include "store/meta/user_sketch.h"

#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/hex.h"

namespace tripod::store {
namespace {

std::string user(int i) {
  const uint64_t hash = base::hash64("user-" + std::to_string(i));
  return base::to_hex({reinterpret_cast<const char*>(&hash), sizeof(hash)});
}

TEST(UserSketch, CountsWithinAFewPercent) {
  UserSketch sketch;
  int added = 0;
  for (const int upto : {1, 100, 5000, 12'000, 50'000, 300'000}) {
    for (; added < upto; ++added) sketch.add(user(added));
    EXPECT_NEAR(static_cast<double>(sketch.count()), upto, 0.05 * upto) << upto;
  }
  EXPECT_FALSE(sketch.add(user(7))) << "known";
}

TEST(UserSketch, MergesAndComesBackFromItsText) {
  UserSketch left, right, both;
  for (int i = 0; i < 20'000; ++i) {
    (i % 2 == 0 ? left : right).add(user(i));
    both.add(user(i));
  }
  EXPECT_TRUE(left.merge(UserSketch(right.text())));
  EXPECT_EQ(left.text(), both.text());
  EXPECT_FALSE(left.merge(right));
  EXPECT_EQ(UserSketch("damaged").count(), 0u);
  EXPECT_FALSE(UserSketch().add("no hash"));
}

}  // namespace
}  // namespace tripod::store
