#include "store/disk/disk_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/mem_fs.h"

namespace tripod::store {
namespace {

using ::testing::HasSubstr;

class Events final : public base::Logger {
 public:
  void log(Level, std::string_view event, std::initializer_list<base::LogField>) override { names.emplace_back(event); }
  std::vector<std::string> names;
};

class DiskGuardTest : public ::testing::Test {
 protected:
  // Data of parts of 10 bytes each; what is dropped becomes free.
  Droppable data(std::string name, uint64_t& bytes) {
    return {std::move(name), [&bytes] { return bytes; },
            [this, &bytes]() -> base::Result<uint64_t> {
              if (bytes == 0) return 0;
              bytes -= 10;
              free_ += freed_;
              fs_.set_disk_space({free_, 1000});
              return 10;
            }};
  }
  void free(uint64_t bytes) {
    free_ = bytes;
    fs_.set_disk_space({bytes, 1000});
    guard_.check();
  }

  base::MemFs fs_;
  Events log_;
  base::MetricRegistry metrics_;
  uint64_t logs_ = 30, spans_ = 50, free_ = 0, freed_ = 10;
  DiskGuard guard_{fs_, log_, metrics_, "/data", {data("logs", logs_), data("spans", spans_)}};
};

TEST_F(DiskGuardTest, RefusesBelowTheMarkUntilThereIsRoomToSpare) {
  guard_.set_limits({.low_water_bytes = 100});
  free(100);
  EXPECT_FALSE(guard_.refusal());
  free(99);
  ASSERT_TRUE(guard_.refusal());
  EXPECT_EQ(guard_.refusal()->code, base::Code::kUnavailable);
  EXPECT_THAT(guard_.refusal()->message, HasSubstr("the disk of /data is nearly full: 99 bytes free"));
  EXPECT_THAT(metrics_.expose(), HasSubstr("tripod_disk_low 1"));
  free(105);
  EXPECT_TRUE(guard_.refusal());
  free(110);
  EXPECT_FALSE(guard_.refusal());
  EXPECT_THAT(metrics_.expose(), HasSubstr("tripod_disk_low 0"));
  EXPECT_THAT(metrics_.expose(), HasSubstr("tripod_disk_free_bytes 110"));
  EXPECT_EQ(log_.names, (std::vector<std::string>{"disk_low", "disk_well_again"}));
  EXPECT_EQ(logs_ + spans_, 80u);
}

TEST_F(DiskGuardTest, AShareIsOfTheWholeDisk) {
  guard_.set_limits({.low_water_bytes = 20, .low_water_share = 0.05});
  free(50);
  EXPECT_EQ(guard_.state().low_water, 50u);
  EXPECT_FALSE(guard_.state().is_low);
  free(49);
  EXPECT_TRUE(guard_.state().is_low);
}

TEST_F(DiskGuardTest, DropsOfWhatIsLargestUntilThereIsRoom) {
  guard_.set_limits({.low_water_bytes = 100, .when_low = DiskLimits::WhenLow::kDropOldest});
  free(75);
  EXPECT_FALSE(guard_.refusal());
  EXPECT_EQ(free_, 115u);  // 100 and a tenth
  EXPECT_EQ(spans_, 20u);  // 50, 40, then of 30 and 30 either
  EXPECT_EQ(logs_, 20u);
  EXPECT_EQ(guard_.state().dropped_parts, 4u);
  EXPECT_THAT(metrics_.expose(), HasSubstr("tripod_disk_dropped_parts_total 4"));
}

TEST_F(DiskGuardTest, WithNothingToDropItRefuses) {
  logs_ = spans_ = 0;
  guard_.set_limits({.low_water_bytes = 100, .when_low = DiskLimits::WhenLow::kDropOldest});
  free(1);
  EXPECT_TRUE(guard_.state().is_low);
  EXPECT_TRUE(guard_.refusal());
  free(200);
  EXPECT_FALSE(guard_.refusal());
}

// A snapshot on the same disk: without an end to it everything would be dropped for nothing.
TEST_F(DiskGuardTest, WhereDroppingFreesNothingItEndsAndRefuses) {
  logs_ = spans_ = 100;
  freed_ = 0;
  guard_.set_limits({.low_water_bytes = 100, .when_low = DiskLimits::WhenLow::kDropOldest});
  free(50);
  for (int i = 0; i < 5; ++i) guard_.check();
  EXPECT_TRUE(guard_.refusal());
  EXPECT_EQ(logs_ + spans_, 160u);
  EXPECT_EQ(std::ranges::count(log_.names, "disk_low_dropping_frees_nothing"), 1);
  free(200);
  EXPECT_FALSE(guard_.refusal());
  freed_ = 10;
  free(95);
  EXPECT_FALSE(guard_.refusal());
  EXPECT_EQ(logs_ + spans_, 140u);
}

TEST_F(DiskGuardTest, NewLimitsHoldAtOnce) {
  guard_.set_limits({.low_water_bytes = 100});
  free(50);
  EXPECT_TRUE(guard_.refusal());
  guard_.set_limits({.low_water_bytes = 10});
  EXPECT_FALSE(guard_.refusal());
}

}  // namespace
}  // namespace tripod::store
