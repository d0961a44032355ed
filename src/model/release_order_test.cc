#include "model/release_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace tripod::model {
namespace {

TEST(SemanticVersion, ReadsPackageNumbersPreReleaseAndBuild) {
  const auto v = SemanticVersion::parse("com.example.shop@12.3.4-beta.2+4711");
  ASSERT_TRUE(v);
  EXPECT_EQ(v->package, "com.example.shop");
  EXPECT_EQ(v->major, 12u);
  EXPECT_EQ(v->minor, 3u);
  EXPECT_EQ(v->patch, 4u);
  EXPECT_EQ(v->pre, "beta.2");
  EXPECT_EQ(v->build, "4711");
  EXPECT_EQ(SemanticVersion::parse("@scope/app@1.2.3")->package, "@scope/app");
  EXPECT_TRUE(SemanticVersion::parse("v1.2"));
  EXPECT_EQ(SemanticVersion::parse("1.2.3.4")->revision, 4u);
}

TEST(SemanticVersion, CommitsDatesWordsAndCountersAreNone) {
  for (const char* text : {"", "7", "20261123", "abc123", "4f1c2e9d0a", "1..2", "1.2.", ".1.2", "1.2.3.4.5", "1.2.x", "1.2.3-", "1.2.3+",
                           "app@", "app@main", "1.2.3-a b", "9999999999999999999.1.0"}) {
    EXPECT_FALSE(SemanticVersion::parse(text)) << text;
  }
}

TEST(SemanticVersion, OrdersAsSemverOrgDoes) {
  // The chain of semver.org, 11.4, and numbers that text would order otherwise.
  const std::vector<std::string> rising = {"0.9.0",        "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta",
                                           "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",  "1.0.0",            "1.0.0.1",
                                           "1.0.2",        "1.0.10",      "1.2.0",         "1.10.0",           "2.0.0"};
  for (size_t i = 0; i < rising.size(); ++i) {
    for (size_t j = 0; j < rising.size(); ++j) {
      EXPECT_EQ(*SemanticVersion::parse(rising[i]) <=> *SemanticVersion::parse(rising[j]), i <=> j) << rising[i] << " " << rising[j];
    }
  }
  EXPECT_EQ(*SemanticVersion::parse("a@1.0.0+x"), *SemanticVersion::parse("b@1.0+y")) << "neither packages nor named builds order";
  EXPECT_LT(*SemanticVersion::parse("1.0.0+9"), *SemanticVersion::parse("1.0.0+10"));
}

TEST(FollowsSemver, LooksAtTheLatestReleases) {
  using Releases = std::vector<std::string_view>;
  EXPECT_FALSE(follows_semver(Releases{}));
  EXPECT_TRUE(follows_semver(Releases{"1.0.0", "abc"}));
  EXPECT_TRUE(follows_semver(Releases{"abc", "def", "1.0.0", "ghi"}));
  EXPECT_FALSE(follows_semver(Releases{"abc", "def", "ghi", "1.0.0"})) << "none of the last three";
  Releases ten(10, "abc");
  ten[0] = "1.0.2";
  ten[5] = "1.0.1";
  EXPECT_FALSE(follows_semver(ten)) << "two of ten";
  ten[9] = "1.0.0";
  EXPECT_TRUE(follows_semver(ten));
  ten[9] = "xyz";
  ten.push_back("1.0.0");
  EXPECT_FALSE(follows_semver(ten)) << "the eleventh tells nothing";
}

TEST(CompareReleases, BySemverOrElseByFirstSight) {
  const SeenRelease old_high{"app@2.0.0", 100, 1};
  const SeenRelease new_low{"app@1.9.9", 200, 2};
  EXPECT_TRUE(compare_releases(old_high, new_low, true) > 0);
  EXPECT_TRUE(compare_releases(old_high, new_low, false) < 0);
  EXPECT_TRUE(compare_releases({"abc", 50, 9}, old_high, true) < 0) << "one of them has no version: first sight";
  EXPECT_TRUE(compare_releases({"1.0.0+x", 7, 1}, {"1.0.0+y", 7, 2}, true) < 0) << "equal versions, one instant: the order of arrival";
  EXPECT_TRUE(compare_releases({"abc", 1, 1}, {"abc", 9, 9}, false) == 0);
}

}  // namespace
}  // namespace tripod::model
