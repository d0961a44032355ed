#include "insight/commit_fixes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace tripod::insight {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<int64_t> fixed(std::string_view message) { return issues_fixed_by(message, "DEFAULT"); }

TEST(CommitFixes, VerbsAndLists) {
  EXPECT_THAT(fixed("Guard the discount. Fixes DEFAULT-12"), ElementsAre(12));
  EXPECT_THAT(fixed("fix: default-7\n\nresolves DEFAULT-12, DEFAULT-13 and DEFAULT-14."), ElementsAre(7, 12, 13, 14));
  EXPECT_THAT(fixed("closed: DEFAULT-3, and DEFAULT-3"), ElementsAre(3));
}

TEST(CommitFixes, WithoutAVerbOrOfAnotherProjectNothingIsMeant) {
  EXPECT_THAT(fixed("See DEFAULT-12"), IsEmpty());
  EXPECT_THAT(fixed("Fixes the totals of DEFAULT-12"), IsEmpty());
  EXPECT_THAT(fixed("Fixes OTHER-12"), IsEmpty());
  EXPECT_THAT(fixed("prefix DEFAULT-12"), IsEmpty());
  EXPECT_THAT(fixed("Fixes DEFAULT-12a DEFAULT- DEFAULT-0 DEFAULT-99999999999999999999"), IsEmpty());
  EXPECT_THAT(fixed(""), IsEmpty());
}

TEST(CommitFixes, AreBounded) {
  std::string message = "fixes";
  for (int i = 1; i <= 300; ++i) message += " DEFAULT-" + std::to_string(i);
  EXPECT_THAT(fixed(message), SizeIs(100));
}

}  // namespace
}  // namespace tripod::insight
