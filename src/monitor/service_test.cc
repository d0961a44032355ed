#include "monitor/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "base/random.h"
#include "base/time_text.h"
#include "store/meta/sqlite_meta_store.h"

namespace tripod::monitor {
namespace {

using model::CheckIn;
using model::CheckInStatus;
using store::MonitorStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int64_t kMinute = base::kNanosPerMinute;
constexpr int64_t kHour = base::kNanosPerHour;

class MonitorServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::temp_directory_path() / ("tripod-monitor-" + base::random_hex(8));
    std::filesystem::create_directories(dir_);
    meta_ = std::move(*store::SqliteMetaStore::open((dir_ / "meta.db").string(), clock_));
    ASSERT_TRUE(meta_->bootstrap("default", ""));
    restart();
  }
  void TearDown() override {
    service_.reset();
    meta_.reset();
    std::filesystem::remove_all(dir_);
  }
  void restart() {
    service_.emplace(MonitorContext{.store = *meta_,
                                    .clock = clock_,
                                    .log = *log_,
                                    .submit = [this](model::Batch&& batch) -> base::Result<> {
                                      if (refuses_) return base::fail(base::Code::kUnavailable, "no room");
                                      for (const model::ErrorEvent& event : batch.errors) events_.emplace_back(event.message);
                                      return {};
                                    },
                                    .resolve_issue = [this](const std::string& event) -> base::Result<> {
                                      resolved_.push_back(event);
                                      return {};
                                    }});
    ASSERT_TRUE(service_->load());
    service_->run_due();
  }
  // Of a job that runs at each full hour, may begin 5 minutes late and run 10.
  CheckIn check_in(CheckInStatus status, const std::string& id = "") {
    CheckIn out{.id = model::EventId::from_hex(id), .project = 1, .slug = "nightly", .environment = "production", .status = status, .time = clock_.now()};
    out.config = {.crontab = "0 * * * *", .margin_minutes = 5, .max_runtime_minutes = 10, .failure_threshold = threshold_, .recovery_threshold = recovery_};
    return out;
  }
  void send(const CheckIn& one) {
    const auto rejected = service_->take({&one, 1});
    ASSERT_TRUE(rejected);
    EXPECT_THAT(*rejected, IsEmpty());
    service_->run_due();
  }
  void advance(int64_t nanos) {
    clock_.advance(nanos);
    service_->run_due();
  }
  std::string rejection_of(const CheckIn& one) {
    const auto rejected = service_->take({&one, 1});
    return rejected && rejected->size() == 1 ? (*rejected)[0].reason : "none";
  }
  store::MonitorEnvironmentRow state() { return service_->monitors().at(0).environments.at(0); }
  // Newest first.
  std::string statuses() {
    std::string out;
    const auto rows = *meta_->check_ins({});
    for (const store::CheckInRow& row : rows) out += (out.empty() ? "" : " ") + std::string(model::check_in_status_name(row.status));
    return out;
  }
  std::string expected() { return base::format_rfc3339(state().expected).substr(11, 5); }

  std::filesystem::path dir_;
  base::ManualClock clock_{*base::parse_rfc3339("2026-11-23T12:00:30Z")};
  std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  std::unique_ptr<store::SqliteMetaStore> meta_;
  std::optional<MonitorService> service_;
  std::vector<std::string> events_;
  std::vector<std::string> resolved_;
  int64_t threshold_ = 1, recovery_ = 1;
  bool refuses_ = false;
};

constexpr const char* kId = "83a7c03ed0a04e1b97e2e3b18d38f244";

TEST_F(MonitorServiceTest, ARunThatEndsInTimeIsFine) {
  send(check_in(CheckInStatus::kInProgress, kId));
  EXPECT_EQ(state().status, MonitorStatus::kActive);
  EXPECT_EQ(expected(), "13:00");
  advance(9 * kMinute);
  send(check_in(CheckInStatus::kOk, kId));
  EXPECT_EQ(state().status, MonitorStatus::kOk);
  const auto rows = *meta_->check_ins({});
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].duration_ns, 9 * kMinute);
  EXPECT_THAT(events_, IsEmpty());
  // Sent again, it changes nothing.
  EXPECT_EQ(rejection_of(check_in(CheckInStatus::kError, kId)), "repeated");
  EXPECT_EQ(statuses(), "ok");
}

TEST_F(MonitorServiceTest, WhatDoesNotComeIsMissedAfterItsMarginOnceAnHour) {
  send(check_in(CheckInStatus::kOk));
  advance(kHour + 4 * kMinute);  // 13:04:30
  EXPECT_EQ(statuses(), "ok");
  advance(kMinute);
  EXPECT_EQ(statuses(), "missed ok");
  EXPECT_THAT(events_, ElementsAre(HasSubstr("nightly: a check-in was missed")));
  EXPECT_EQ(expected(), "14:00");
  advance(kMinute);
  EXPECT_EQ(statuses(), "missed ok");
  advance(kHour);
  EXPECT_EQ(statuses(), "missed missed ok");
  // Late, but in time for its margin: expected at 15:00, came at 15:03.
  clock_.set(*base::parse_rfc3339("2026-11-23T15:03:00Z"));
  send(check_in(CheckInStatus::kOk));
  EXPECT_EQ(statuses(), "ok missed missed ok");
  const auto row = meta_->check_ins({})->at(0);
  EXPECT_EQ(row.added - row.expected, 3 * kMinute);
  EXPECT_EQ(state().status, MonitorStatus::kOk);
  EXPECT_THAT(resolved_, SizeIs(1));
}

TEST_F(MonitorServiceTest, ARunThatDoesNotEndTimesOut) {
  send(check_in(CheckInStatus::kInProgress, kId));
  advance(8 * kMinute);
  send(check_in(CheckInStatus::kInProgress, kId));  // a sign of life
  advance(9 * kMinute);
  EXPECT_EQ(statuses(), "in_progress");
  advance(kMinute);
  EXPECT_EQ(statuses(), "timeout");
  EXPECT_THAT(events_, ElementsAre(HasSubstr("timed out")));
  EXPECT_EQ(rejection_of(check_in(CheckInStatus::kOk, kId)), "repeated");
}

TEST_F(MonitorServiceTest, AllZerosAreTheLatest) {
  send(check_in(CheckInStatus::kInProgress, kId));
  send(check_in(CheckInStatus::kError));
  EXPECT_EQ(statuses(), "error");
  EXPECT_EQ(meta_->check_ins({})->at(0).guid, kId);
}

TEST_F(MonitorServiceTest, ThresholdsCountRunsInARow) {
  threshold_ = 2;
  recovery_ = 2;
  send(check_in(CheckInStatus::kError));
  EXPECT_EQ(state().status, MonitorStatus::kActive);
  send(check_in(CheckInStatus::kOk));
  send(check_in(CheckInStatus::kError));
  EXPECT_THAT(events_, IsEmpty());
  send(check_in(CheckInStatus::kError));
  send(check_in(CheckInStatus::kError));
  EXPECT_THAT(events_, SizeIs(2));
  EXPECT_EQ(state().status, MonitorStatus::kError);
  send(check_in(CheckInStatus::kOk));
  EXPECT_EQ(state().status, MonitorStatus::kError);
  EXPECT_THAT(resolved_, IsEmpty());
  send(check_in(CheckInStatus::kOk));
  EXPECT_EQ(state().status, MonitorStatus::kOk);
  EXPECT_THAT(resolved_, SizeIs(1));
}

TEST_F(MonitorServiceTest, AMutedMonitorTellsNothing) {
  send(check_in(CheckInStatus::kOk));
  ASSERT_TRUE(service_->set_muted(1, true));
  send(check_in(CheckInStatus::kError));
  EXPECT_EQ(state().status, MonitorStatus::kError);
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_FALSE(service_->set_muted(2, true));
}

TEST_F(MonitorServiceTest, WhatWasNotToldIsToldAfterARestart) {
  refuses_ = true;
  send(check_in(CheckInStatus::kError, kId));
  EXPECT_THAT(events_, IsEmpty());
  refuses_ = false;
  restart();
  EXPECT_THAT(events_, SizeIs(1));
  EXPECT_EQ(state().failing_event, kId);
  restart();
  EXPECT_THAT(events_, SizeIs(1));
  send(check_in(CheckInStatus::kOk));
  EXPECT_THAT(resolved_, ElementsAre(kId));
}

TEST_F(MonitorServiceTest, WhileNobodyListenedNothingIsMissed) {
  send(check_in(CheckInStatus::kInProgress, kId));
  clock_.advance(5 * kHour);
  restart();
  EXPECT_EQ(statuses(), "timeout");
  EXPECT_EQ(expected(), "18:00");
  advance(kHour + 5 * kMinute);
  EXPECT_EQ(statuses(), "missed timeout");
}

TEST_F(MonitorServiceTest, AConfigMakesAMonitorAndChangesIt) {
  CheckIn plain = check_in(CheckInStatus::kOk);
  plain.config.reset();
  EXPECT_EQ(rejection_of(plain), "unknown_monitor");
  CheckIn wrong = check_in(CheckInStatus::kOk);
  wrong.config->crontab = "every day";
  EXPECT_EQ(rejection_of(wrong), "invalid_monitor_config");
  EXPECT_THAT(service_->monitors(), IsEmpty());
  send(check_in(CheckInStatus::kOk));
  send(plain);
  EXPECT_EQ(rejection_of(wrong), "invalid_monitor_config");  // its check-in is taken
  EXPECT_EQ(statuses(), "ok ok ok");
  CheckIn other = check_in(CheckInStatus::kOk);
  other.config->crontab = "30 2 * * *";
  other.config->time_zone = "Europe/Berlin";
  send(other);
  EXPECT_EQ(expected(), "01:30");
  restart();
  EXPECT_EQ(service_->monitors().at(0).monitor.config, *other.config);
}

TEST_F(MonitorServiceTest, RoomIsBounded) {
  for (size_t i = 0; i < Board::kMostOpen; ++i) send(check_in(CheckInStatus::kInProgress, std::string(29, 'b') + std::to_string(100 + i)));
  EXPECT_EQ(rejection_of(check_in(CheckInStatus::kInProgress, kId)), "too_many_check_ins");
  for (size_t i = 1; i < Board::kMostEnvironments; ++i) {
    CheckIn other = check_in(CheckInStatus::kOk);
    other.environment += std::to_string(i);
    send(other);
  }
  CheckIn beyond = check_in(CheckInStatus::kOk);
  beyond.environment = "one more";
  EXPECT_EQ(rejection_of(beyond), "too_many_monitors");
}

TEST_F(MonitorServiceTest, AMonitorThatIsRemovedMayComeAgain) {
  send(check_in(CheckInStatus::kOk));
  ASSERT_TRUE(service_->remove(1));
  EXPECT_FALSE(service_->remove(1));
  EXPECT_EQ(statuses(), "");
  send(check_in(CheckInStatus::kOk));
  EXPECT_EQ(statuses(), "ok");
}

}  // namespace
}  // namespace tripod::monitor
