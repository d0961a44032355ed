#include "dashboards/library.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "base/mem_fs.h"

namespace tripod::dashboards {
namespace {

constexpr std::string_view kGood = "title: Mine\nrows: [{panels: [{title: P, queries: [{expr: up}]}]}]\n";

std::vector<std::string> ids(const Library::Listing& listing) {
  std::vector<std::string> out;
  for (const auto& entry : listing.entries) out.push_back(entry.id);
  return out;
}

class LibraryTest : public testing::Test {
 protected:
  void write(const std::string& path, std::string_view text) {
    ASSERT_TRUE(fs_.create_dirs("boards"));
    ASSERT_TRUE(fs_.write_atomically(path, text));
  }
  base::MemFs fs_;
};

TEST_F(LibraryTest, WhatComesWithTheProgramIsWhole) {
  const auto listing = Library(fs_, "").read();
  EXPECT_THAT(listing.troubles, testing::IsEmpty());
  EXPECT_THAT(ids(listing), testing::UnorderedElementsAre("celery", "django", "host", "postgresql", "redis", "tripod"));
  for (const auto& entry : listing.entries) EXPECT_FALSE(entry.dashboard.variables.empty()) << entry.id;
}

TEST_F(LibraryTest, FilesJoinAndTakeThePlaceOfBuiltInOnes) {
  write("boards/mine.yaml", kGood);
  write("boards/django.yml", kGood);
  write("boards/notes.txt", "no dashboard");
  const auto listing = Library(fs_, "boards").read();
  EXPECT_THAT(listing.troubles, testing::IsEmpty());
  EXPECT_EQ(listing.entries.size(), 7u);
  const auto django = std::ranges::find(listing.entries, "django", &Library::Entry::id);
  ASSERT_NE(django, listing.entries.end());
  EXPECT_EQ(django->file, "boards/django.yml");
  EXPECT_EQ(django->dashboard.title, "Mine");
}

TEST_F(LibraryTest, FilesThatAreNoneAreNamedWithTheirPlace) {
  write("boards/bad.yaml", "title: A\ncolour: red\n");
  write("boards/saved-1.yaml", kGood);
  write("boards/two.yaml", kGood);
  write("boards/two.json", kGood);
  const auto listing = Library(fs_, "boards").read();
  ASSERT_EQ(listing.troubles.size(), 3u);
  EXPECT_EQ(listing.troubles[0].file, "boards/bad.yaml");
  EXPECT_EQ(listing.troubles[0].message, "line 2, column 1: dashboard: unknown key \"colour\"");
  EXPECT_EQ(listing.troubles[1].file, "boards/saved-1.yaml");
  EXPECT_EQ(listing.troubles[2].file, "boards/two.yaml");
  EXPECT_EQ(listing.entries.size(), 7u);
}

TEST_F(LibraryTest, AFolderThatIsNotThereIsATrouble) {
  const auto listing = Library(fs_, "nowhere").read();
  ASSERT_EQ(listing.troubles.size(), 1u);
  EXPECT_EQ(listing.troubles[0].file, "nowhere");
  EXPECT_EQ(listing.entries.size(), 6u);
}

}  // namespace
}  // namespace tripod::dashboards
