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

TEST_F(LibraryTest, CheckpointsAreThoseOfAnyVersionOfPostgresql) {
  const auto found = Library(fs_, "").find("postgresql");
  ASSERT_TRUE(found);
  std::vector<std::string> queries;
  for (const Row& row : found->dashboard.rows) {
    const auto panel = std::ranges::find(row.panels, "Checkpoints", &Panel::title);
    if (panel == row.panels.end()) continue;
    for (const Query& query : panel->queries) queries.push_back(query.expr);
  }
  // Version 17 moved the counters to another view; of several servers each has one of the two.
  using testing::AllOf;
  using testing::HasSubstr;
  EXPECT_THAT(queries, testing::ElementsAre(AllOf(HasSubstr("pg_stat_bgwriter_checkpoints_timed_total{"), HasSubstr("[$rate]) or increase(pg_stat_checkpointer_num_timed_total{")),
                                            AllOf(HasSubstr("pg_stat_bgwriter_checkpoints_req_total{"), HasSubstr("[$rate]) or increase(pg_stat_checkpointer_num_requested_total{"))));
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

TEST_F(LibraryTest, OneIsFoundAsItIsListed) {
  write("boards/mine.yaml", kGood);
  write("boards/django.yml", kGood);
  write("boards/redis.yaml", "title: broken\n");
  write("boards/two.yaml", kGood);
  write("boards/two.json", kGood);
  write("boards/saved-1.yaml", kGood);
  write("boards/bad.yaml", "title: A\ncolour: red\n");
  write("secret.yaml", kGood);
  const Library library(fs_, "boards");
  for (const auto& entry : library.read().entries) {
    const auto found = library.find(entry.id);
    ASSERT_TRUE(found) << entry.id;
    EXPECT_EQ(found->file, entry.file);
    EXPECT_EQ(found->text, entry.text);
    EXPECT_EQ(found->dashboard.title, entry.dashboard.title);
  }
  EXPECT_EQ(library.find("redis")->file, "");
  EXPECT_EQ(library.find("two")->file, "boards/two.json");
  for (const char* none : {"nothing", "", "../secret", "mine.yaml"}) {
    const auto found = library.find(none);
    ASSERT_FALSE(found) << none;
    EXPECT_EQ(found.error().code, base::Code::kNotFound) << none;
  }
  EXPECT_EQ(library.find("bad").error().code, base::Code::kInvalidArgument);
  EXPECT_EQ(library.find("bad").error().message, "boards/bad.yaml: line 2, column 1: dashboard: unknown key \"colour\"");
  EXPECT_EQ(library.find("saved-1").error().code, base::Code::kInvalidArgument);
  EXPECT_TRUE(Library(fs_, "").find("host"));
}

TEST_F(LibraryTest, AFolderThatIsNotThereIsATrouble) {
  const auto listing = Library(fs_, "nowhere").read();
  ASSERT_EQ(listing.troubles.size(), 1u);
  EXPECT_EQ(listing.troubles[0].file, "nowhere");
  EXPECT_EQ(listing.entries.size(), 6u);
}

}  // namespace
}  // namespace tripod::dashboards
