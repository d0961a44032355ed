#include "ingest/sentry/check_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"

namespace tripod::ingest::sentry {
namespace {

using model::CheckInStatus;
using testing::IsEmpty;
using testing::SizeIs;

const base::UnixNanos kReceived = *base::parse_rfc3339("2026-11-22T16:50:00Z");

class CheckInTest : public testing::Test {
 protected:
  // The reason why it is not taken, or nothing.
  std::string decode(const std::string& json) {
    const auto taken = decode_check_in(json, context_, parser_, batch_);
    return taken ? std::string() : std::string(taken.error().reason);
  }
  const model::CheckIn& last() { return batch_.items.check_ins.back(); }

  const SentryContext context_{.project = 7, .public_key = {}, .service_name = "shop", .received_time = kReceived};
  JsonParser parser_;
  model::Batch batch_;
};

TEST_F(CheckInTest, WhatSentrysSdksSend) {
  ASSERT_EQ(decode(R"({"check_in_id":"83a7c03ed0a04e1b97e2e3b18d38f244","monitor_slug":"My Job!","status":"in_progress","duration":null,"environment":"staging","release":"abc123",
    "monitor_config":{"schedule":{"type":"crontab","value":"*/5 * * * *"},"timezone":"Europe/Vienna","checkin_margin":2,"max_runtime":15,"failure_issue_threshold":3,"recovery_threshold":4},
    "contexts":{"trace":{"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"00f067aa0ba902b7"}}})"), "");
  const model::CheckIn& c = last();
  EXPECT_EQ(c.id.hex(), "83a7c03ed0a04e1b97e2e3b18d38f244");
  EXPECT_EQ(c.slug, "my-job");
  EXPECT_EQ(c.project, 7u);
  EXPECT_EQ(c.status, CheckInStatus::kInProgress);
  EXPECT_EQ(c.environment, "staging");
  EXPECT_EQ(c.release, "abc123");
  EXPECT_EQ(c.time, kReceived);
  EXPECT_EQ(c.trace_id.hex(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_FALSE(c.duration_ns);
  const model::MonitorConfig expected{.is_crontab = true, .crontab = "*/5 * * * *", .time_zone = "Europe/Vienna", .margin_minutes = 2, .max_runtime_minutes = 15, .failure_threshold = 3, .recovery_threshold = 4};
  EXPECT_EQ(c.config, expected);
}

TEST_F(CheckInTest, AnIntervalAndTheLatestRun) {
  ASSERT_EQ(decode(R"({"check_in_id":"00000000000000000000000000000000","monitor_slug":"beat","status":"ok","duration":0.25,
    "monitor_config":{"schedule":{"type":"interval","value":2,"unit":"hour"}}})"), "");
  EXPECT_TRUE(last().id.empty());
  EXPECT_EQ(last().duration_ns, 250'000'000);
  EXPECT_EQ(last().environment, "production");
  const model::MonitorConfig expected{.is_crontab = false, .interval = 2, .unit = "hour"};
  EXPECT_EQ(last().config, expected);
}

TEST_F(CheckInTest, WhatIsOddIsLeftAtItsDefault) {
  ASSERT_EQ(decode(R"({"monitor_slug":"odd","status":"error","duration":-3,"environment":7,"release":{"a":1},"contexts":[1],
    "monitor_config":{"schedule":{"type":"interval","value":"many","unit":["hour"]},"timezone":null,"checkin_margin":-1,"max_runtime":1e99,"failure_issue_threshold":"x","recovery_threshold":{}}})"), "");
  EXPECT_FALSE(last().duration_ns);
  EXPECT_EQ(last().environment, "7");
  const model::MonitorConfig expected{.is_crontab = false, .interval = 0, .unit = ""};
  EXPECT_EQ(last().config, expected);
  ASSERT_EQ(decode(R"({"monitor_slug":"odd","status":"ok","monitor_config":"daily"})"), "");
  EXPECT_FALSE(last().config);
}

TEST_F(CheckInTest, WhatIsNone) {
  EXPECT_EQ(decode(R"({"status":"ok"})"), "invalid_check_in");
  EXPECT_EQ(decode(R"({"monitor_slug":"?!","status":"ok"})"), "invalid_check_in");
  EXPECT_EQ(decode(R"({"monitor_slug":"a"})"), "invalid_check_in");
  EXPECT_EQ(decode(R"({"monitor_slug":"a","status":"done"})"), "invalid_check_in");
  EXPECT_EQ(decode("[]"), "not_an_object");
  EXPECT_EQ(decode("{"), "invalid_json");
  EXPECT_EQ(decode(std::string(kMostCheckInBytes + 1, ' ')), "too_large");
  EXPECT_THAT(batch_.items.check_ins, IsEmpty());
}

TEST_F(CheckInTest, ByAddress) {
  ASSERT_TRUE(add_check_in({.slug = "nightly", .status = "ok", .check_in_id = "83a7c03ed0a04e1b97e2e3b18d38f244", .duration = "1500", .environment = ""}, context_, batch_));
  EXPECT_EQ(last().duration_ns, 1'500'000'000);
  EXPECT_EQ(last().environment, "production");
  EXPECT_FALSE(add_check_in({.slug = "nightly", .status = "", .check_in_id = {}, .duration = {}, .environment = {}}, context_, batch_));
  EXPECT_FALSE(add_check_in({.slug = "..", .status = "ok", .check_in_id = {}, .duration = {}, .environment = {}}, context_, batch_));
  EXPECT_THAT(batch_.items.check_ins, SizeIs(1));
}

TEST(MonitorSlugTest, LettersDigitsDashesAndUnderscores) {
  EXPECT_EQ(monitor_slug("tasks.Send_mail"), "tasks-send_mail");
  EXPECT_EQ(monitor_slug("  a -- b  "), "a---b");
  EXPECT_EQ(monitor_slug(std::string(80, 'x')).size(), 50u);
  EXPECT_EQ(monitor_slug("\xc3\xa4"), "");
}

}  // namespace
}  // namespace tripod::ingest::sentry
