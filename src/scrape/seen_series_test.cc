#include "scrape/seen_series.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tripod::scrape {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

struct Scrapes {
  SeenSeries seen;

  // How many of them are new.
  int see(const std::vector<std::string>& names, bool tracked = true) {
    int added = 0;
    for (const std::string& name : names) {
      const std::vector<model::Label> labels{{"__name__", name}, {"job", "a"}};
      added += seen.see(labels, tracked) ? 1 : 0;
    }
    return added;
  }
  std::vector<std::string> end(bool succeeded) {
    std::vector<std::string> gone;
    seen.end_scrape(succeeded, [&](std::string_view key) { gone.push_back(name_of(key)); });
    return gone;
  }
  static std::string name_of(std::string_view key) {
    base::Arena arena;
    const auto labels = labels_of(key, arena);
    EXPECT_EQ(labels.size(), 2u);
    EXPECT_EQ(labels[1].value, "a");
    return std::string(labels[0].value);
  }
};

TEST(SeenSeries, NewOnesAreCountedAndMissingOnesTold) {
  Scrapes s;
  EXPECT_EQ(s.see({"a", "b", "c"}), 3);
  EXPECT_THAT(s.end(true), IsEmpty());
  EXPECT_EQ(s.see({"a", "b", "c"}), 0);
  EXPECT_THAT(s.end(true), IsEmpty());
  EXPECT_EQ(s.see({"c", "d", "a"}), 1);
  EXPECT_THAT(s.end(true), ElementsAre("b"));
  EXPECT_EQ(s.seen.size(), 3u);
  EXPECT_EQ(s.see({"b", "c"}), 1);
  EXPECT_THAT(s.end(true), UnorderedElementsAre("a", "d"));
}

TEST(SeenSeries, FailedScrapeTellsAllOnceAndForgetsOnlyItsOwn) {
  Scrapes s;
  s.see({"a", "b"});
  s.end(true);
  EXPECT_EQ(s.see({"a", "x"}), 1);
  EXPECT_THAT(s.end(false), ElementsAre("a", "b"));
  EXPECT_THAT(s.end(false), IsEmpty());
  EXPECT_EQ(s.see({"a", "b", "x"}), 1);
  EXPECT_THAT(s.end(true), IsEmpty());
}

TEST(SeenSeries, UntrackedAreNeverGone) {
  Scrapes s;
  EXPECT_EQ(s.see({"a"}, false), 1);
  EXPECT_THAT(s.end(true), IsEmpty());
  EXPECT_EQ(s.see({"a"}, false), 1);
  EXPECT_THAT(s.end(true), IsEmpty());
  EXPECT_EQ(s.seen.size(), 0u);
}

TEST(SeenSeries, ClearTellsWhatWasWritten) {
  Scrapes s;
  s.see({"a", "b"});
  s.end(true);
  std::vector<std::string> gone;
  s.seen.clear([&](std::string_view key) { gone.push_back(Scrapes::name_of(key)); });
  EXPECT_THAT(gone, ElementsAre("a", "b"));
  EXPECT_EQ(s.see({"a"}), 1);
}

TEST(SeenSeries, ManyInAnyOrderAreFound) {
  Scrapes s;
  std::vector<std::string> names;
  for (int i = 0; i < 2000; ++i) names.push_back("n" + std::to_string(i * 7919 % 2000));
  EXPECT_EQ(s.see(names), 2000);
  s.end(true);
  std::ranges::reverse(names);
  EXPECT_EQ(s.see(names), 0);
  EXPECT_EQ(s.see(names), 0);  // told twice
  EXPECT_THAT(s.end(true), IsEmpty());
}

}  // namespace
}  // namespace tripod::scrape
