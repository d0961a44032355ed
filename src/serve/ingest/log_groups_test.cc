#include "serve/ingest/log_groups.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "store/meta/sqlite_meta_store.h"

namespace tripod::serve {
namespace {

using base::Code;
using ::testing::ElementsAre;

class LogGroupsTest : public testing::Test {
 protected:
  void SetUp() override {
    path_ = std::filesystem::temp_directory_path() / ("tripod-groups-" + base::random_hex(8) + ".db");
    meta_ = std::move(*store::SqliteMetaStore::open(path_.string(), clock_));
    ASSERT_TRUE(meta_->bootstrap("default", ""));
  }
  void TearDown() override {
    meta_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path_.string() + suffix);
  }
  static std::vector<std::string> names(const base::Result<std::vector<LogGroups::Named>>& found) {
    std::vector<std::string> out;
    for (const auto& named : *found) out.push_back(named.name);
    return out;
  }

  std::filesystem::path path_;
  base::ManualClock clock_{1000};
  std::unique_ptr<store::SqliteMetaStore> meta_;
};

TEST_F(LogGroupsTest, WhatIsCreatedIsThereForTheNextStart) {
  {
    LogGroups groups(*meta_, clock_);
    EXPECT_EQ(groups.create_stream(1, "g", "s").error().code, Code::kNotFound);
    ASSERT_TRUE(groups.create_group(1, "g"));
    EXPECT_EQ(groups.create_group(1, "g").error().code, Code::kAlreadyExists);
    ASSERT_TRUE(groups.create_stream(1, "g", "s"));
  }
  LogGroups groups(*meta_, clock_);
  EXPECT_EQ(groups.create_group(1, "g").error().code, Code::kAlreadyExists);
  EXPECT_EQ(groups.create_stream(1, "g", "s").error().code, Code::kAlreadyExists);
  EXPECT_TRUE(groups.use_stream(1, "g", "s"));
  EXPECT_EQ(groups.use_stream(1, "g", "other").error().message, "The specified log stream does not exist.");
  EXPECT_EQ(groups.use_stream(1, "other", "s").error().message, "The specified log group does not exist.");
  EXPECT_FALSE(groups.find_group(2, "g")) << "of another project";
  EXPECT_EQ(groups.groups(1, {})->front().created, 1000);
}

TEST_F(LogGroupsTest, PagesGoOnBehindTheLastName) {
  LogGroups groups(*meta_, clock_);
  ASSERT_TRUE(groups.create_group(1, "b"));
  for (const char* group : {"a1", "a2", "a3"}) ASSERT_TRUE(groups.create_group(1, group));
  EXPECT_THAT(names(groups.groups(1, {.prefix = "a", .limit = 2})), ElementsAre("a1", "a2", "a3")) << "one more than asked for: there are more";
  EXPECT_THAT(names(groups.groups(1, {.prefix = "a", .after = "a2", .limit = 2})), ElementsAre("a3"));
  EXPECT_THAT(names(groups.groups(1, {.part = "3"})), ElementsAre("a3"));
  for (const char* stream : {"x", "y", "z"}) ASSERT_TRUE(groups.create_stream(1, "b", stream));
  EXPECT_THAT(names(groups.streams(1, "b", {.descending = true, .limit = 2})), ElementsAre("z", "y", "x"));
  EXPECT_THAT(names(groups.streams(1, "b", {.after = "y", .descending = true})), ElementsAre("x"));
  EXPECT_FALSE(groups.streams(1, "a", {}));
}

TEST_F(LogGroupsTest, LimitsRefuseGroupsAndForgetTheStreamsUsedLongestAgo) {
  LogGroups groups(*meta_, clock_, {.groups = 1, .streams = 3});
  ASSERT_TRUE(groups.create_group(1, "g"));
  EXPECT_EQ(groups.create_group(1, "h").error().code, Code::kResourceExhausted);
  for (const char* stream : {"s1", "s2", "s3"}) {
    clock_.advance(1);
    ASSERT_TRUE(groups.create_stream(1, "g", stream));
  }
  clock_.advance(1);
  ASSERT_TRUE(groups.use_stream(1, "g", "s1"));
  clock_.advance(1);
  ASSERT_TRUE(groups.create_stream(1, "g", "s4"));
  EXPECT_THAT(names(groups.streams(1, "g", {})), ElementsAre("s1", "s3", "s4"));
  LogGroups again(*meta_, clock_);
  EXPECT_THAT(names(again.streams(1, "g", {})), ElementsAre("s1", "s3", "s4"));
}

}  // namespace
}  // namespace tripod::serve
