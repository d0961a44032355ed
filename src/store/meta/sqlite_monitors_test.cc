#include <gmock/gmock.h>
#include <gtest/gtest.h>


#include "store/meta/test_support.h"

namespace tripod::store {
namespace {

using model::CheckInStatus;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class SqliteMonitorsTest : public ProjectStoreTest {
 protected:
  static CheckInRow check_in(int64_t id, CheckInStatus status, std::string environment = "production") {
    return {.id = id, .guid = std::string(31, 'a') + std::to_string(id % 10), .monitor = 1, .environment = std::move(environment), .status = status, .added = id * 100};
  }
  std::vector<int64_t> ids(const CheckInQuery& query) {
    std::vector<int64_t> out;
    const auto rows = store_->check_ins(query);
    EXPECT_TRUE(rows);
    for (const CheckInRow& row : *rows) out.push_back(row.id);
    return out;
  }

};

TEST_F(SqliteMonitorsTest, WhatIsWrittenIsReadBackAfterARestart) {
  MonitorRow monitor{.id = 1, .project = 1, .slug = "nightly", .has_config = true, .muted = true, .created = 5, .updated = 6};
  monitor.config = {.is_crontab = false, .interval = 3, .unit = "hour", .time_zone = "Europe/Berlin", .margin_minutes = 4, .max_runtime_minutes = 5, .failure_threshold = 6, .recovery_threshold = 7};
  MonitorEnvironmentRow environment{.monitor = 1, .environment = "production", .status = MonitorStatus::kError, .last_check_in = 8, .expected = 9, .failures = 2, .successes = 0, .failing_since = 10, .failing_event = "ee"};
  CheckInRow row = check_in(1, CheckInStatus::kInProgress);
  row.release = "abc123";
  row.trace_id = "f0";
  row.times_out = 77;
  ASSERT_TRUE(store_->apply_monitors({{monitor}, {environment}, {row}}));
  monitor.config.interval = 4;
  row.status = CheckInStatus::kOk;
  row.duration_ns = 12;
  ASSERT_TRUE(store_->apply_monitors({{monitor}, {}, {row}}));
  open();
  const auto monitors = *store_->monitors();
  ASSERT_THAT(monitors, SizeIs(1));
  EXPECT_EQ(monitors[0].config, monitor.config);
  EXPECT_EQ(monitors[0].slug, "nightly");
  EXPECT_TRUE(monitors[0].muted && monitors[0].has_config);
  const auto environments = *store_->monitor_environments();
  ASSERT_THAT(environments, SizeIs(1));
  EXPECT_EQ(environments[0].status, MonitorStatus::kError);
  EXPECT_EQ(environments[0].failing_event, "ee");
  const auto rows = *store_->check_ins({.monitor = 1});
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].status, CheckInStatus::kOk);
  EXPECT_EQ(rows[0].duration_ns, 12);
  EXPECT_EQ(rows[0].times_out, 77);
  EXPECT_EQ(rows[0].release, "abc123");
  EXPECT_EQ(*store_->last_check_in_id(), 1);
}

TEST_F(SqliteMonitorsTest, CheckInsAreFoundByWhatIsAskedAndGoWithTheirMonitor) {
  MonitorChanges changes{.monitors = {{.id = 1, .project = 1, .slug = "a"}}};
  for (int64_t i = 1; i <= 4; ++i) changes.check_ins.push_back(check_in(i, i == 2 ? CheckInStatus::kInProgress : CheckInStatus::kOk, i == 4 ? "staging" : "production"));
  changes.environments = {{.monitor = 1, .environment = "production"}};
  ASSERT_TRUE(store_->apply_monitors(changes));
  EXPECT_THAT(ids({.monitor = 1}), ElementsAre(4, 3, 2, 1));
  EXPECT_THAT(ids({.monitor = 1, .limit = 2}), ElementsAre(4, 3));
  EXPECT_THAT(ids({.monitor = 1, .environment = "production"}), ElementsAre(3, 2, 1));
  EXPECT_THAT(ids({.only_in_progress = true}), ElementsAre(2));
  EXPECT_THAT(ids({.guid = std::string(31, 'a') + "3"}), ElementsAre(3));
  EXPECT_THAT(ids({.monitor = 1, .since = 200, .until = 400}), ElementsAre(3, 2));
  EXPECT_THAT(ids({.monitor = 2}), IsEmpty());
  ASSERT_TRUE(store_->remove_check_ins(300));
  EXPECT_THAT(ids({.monitor = 1}), ElementsAre(4, 3));
  ASSERT_TRUE(store_->remove_monitor(1));
  EXPECT_THAT(ids({}), IsEmpty());
  EXPECT_THAT(*store_->monitors(), IsEmpty());
  EXPECT_THAT(*store_->monitor_environments(), IsEmpty());
}

TEST_F(SqliteMonitorsTest, TheOldestCheckInsMakeRoom) {
  MonitorChanges changes{.monitors = {{.id = 1, .project = 1, .slug = "a"}}};
  for (int64_t i = 1; i <= MonitorStore::kMostCheckIns; ++i) changes.check_ins.push_back(check_in(i, CheckInStatus::kOk));
  changes.check_ins.push_back(check_in(MonitorStore::kMostCheckIns + 1, CheckInStatus::kOk, "staging"));
  ASSERT_TRUE(store_->apply_monitors(changes));
  ASSERT_TRUE(store_->apply_monitors({{}, {}, {check_in(MonitorStore::kMostCheckIns + 2, CheckInStatus::kOk)}}));
  const auto kept = ids({.monitor = 1, .limit = 100'000});
  EXPECT_EQ(kept.size(), static_cast<size_t>(MonitorStore::kMostCheckIns) + 1);
  EXPECT_EQ(kept.back(), 2);
}

}  // namespace
}  // namespace tripod::store
