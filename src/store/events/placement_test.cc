// Where records lie in a dataset's folder: late ones with their day's, and not among what is not ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "store/events/testing/store_fixture.h"

namespace tripod::store {
namespace {

class PlacementTest : public testing::StoreTest {};

// Records that come days late lie with those of their day, are found by their own time and in their order, and merge with them.
TEST_F(PlacementTest, LateRecordsAreWhereTheyBelong) {
  options_.merge_fan_in = 2;
  options_.retention[static_cast<size_t>(Dataset::kLogs)].age = 30 * base::kNanosPerDay;
  open();
  const base::UnixNanos that_day = kNow - 20 * base::kNanosPerDay;
  append(lines(3, that_day));
  append(lines(3, kNow));
  ASSERT_TRUE(store_->flush());
  append(lines(3, that_day + base::kNanosPerSecond / 2));
  append(lines(3, that_day - base::kNanosPerSecond / 2));
  for (int step = 0; step < 3; ++step) {
    ScanPlan plan;
    plan.range = {that_day - base::kNanosPerHour, that_day + base::kNanosPerHour};
    plan.order = Order::kOldestFirst;
    const auto found = store_->scan(plan);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->rows.size(), 9u);
    EXPECT_TRUE(std::ranges::is_sorted(found->rows, {}, &EventRow::time));
    if (step == 0) {
      ASSERT_TRUE(store_->flush());
    }
    if (step == 1) {
      ASSERT_TRUE(store_->maintain());
    }
  }
  const std::vector<std::string> files = part_files();
  ASSERT_EQ(files.size(), 2u) << "merged with their day's";
  EXPECT_TRUE(files[0].starts_with("events/logs/20231025/"));
  EXPECT_TRUE(files[1].starts_with("events/logs/20231114/"));
}

TEST_F(PlacementTest, ForeignFoldersAreLeftAloneAndTheStartGoesOn) {
  open();
  append(lines(5));
  ASSERT_TRUE(store_->flush());
  const std::string folder = part_files()[0].substr(0, 21);
  ASSERT_TRUE(fs_.create_dirs("events/logs/somebody's"));
  ASSERT_TRUE(fs_.write_atomically("events/logs/somebody's/file", "left alone"));
  ASSERT_TRUE(fs_.create_dirs(folder + "00000000000000fd.part"));
  ASSERT_TRUE(fs_.write_atomically(folder + "00000000000000fd.part/file", "in a folder of a part's name"));
  ASSERT_TRUE(fs_.create_dirs(folder + "folder"));
  ASSERT_TRUE(fs_.write_atomically(folder + "folder/file", "in a folder that no part has"));
  open();
  EXPECT_EQ(scan().rows.size(), 5u);
  EXPECT_TRUE(fs_.exists("events/logs/somebody's/file"));
  EXPECT_TRUE(fs_.exists(folder + "00000000000000fd.part/file"));
  EXPECT_TRUE(logger_.has("event_part_not_removed"));
  EXPECT_TRUE(fs_.exists("events/logs/damaged/20231114_folder/file")) << "set aside";
  append(lines(1));
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(scan().rows.size(), 6u);
}

}  // namespace
}  // namespace tripod::store
