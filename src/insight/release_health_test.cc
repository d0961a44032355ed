#include "insight/release_health.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem_fs.h"
#include "store/events/embedded_event_store.h"

namespace tripod::insight {
namespace {

using model::Attribute;
using model::Value;
using testing::ElementsAre;

constexpr base::UnixNanos kNow = 1'795'365'477'000'000'000;

struct Row {
  std::string_view release, environment, user;
  int64_t begun = 0, errored = 0, crashed = 0, abnormal = 0;
  base::UnixNanos time = kNow;
};

class ReleaseHealthTest : public testing::Test {
 protected:
  void put(const Row& row) {
    const Attribute stream[] = {{"service.version", Value::string(row.release)}, {"deployment.environment.name", Value::string(row.environment)}};
    std::vector<Attribute> fields;
    if (!row.user.empty()) fields.push_back({"user.hash", Value::string(row.user)});
    for (const auto& [name, count] : {std::pair{"begun", row.begun}, {"errored", row.errored}, {"crashed", row.crashed}, {"abnormal", row.abnormal}}) {
      if (count > 0) fields.push_back({name, Value::int64(count)});
    }
    const std::span<const Attribute> streams[] = {stream};
    const store::Event event{row.time, 0, fields};
    std::promise<bool> stored;
    events_->append({.dataset = store::Dataset::kSessions, .streams = streams, .events = {&event, 1}},
                    [&](base::Result<store::AppendSummary> r) { stored.set_value(r.has_value()); });
    ASSERT_TRUE(stored.get_future().get());
  }
  std::vector<std::string> ask(HealthPlan plan) {
    plan.range = {kNow - base::kNanosPerHour, kNow + base::kNanosPerHour};
    const auto result = release_health(*events_, plan);
    EXPECT_TRUE(result);
    std::vector<std::string> out;
    for (const HealthGroup& g : result->groups) {
      const Health& h = g.health;
      out.push_back(fmt::format("{}|{}|{} sessions {} {} {} {} users {} {} {} {}{}", (g.bucket - kNow) / base::kNanosPerMinute, g.release, g.environment, h.sessions, h.errored,
                                h.crashed, h.abnormal, h.users, h.errored_users, h.crashed_users, h.abnormal_users, h.users_are_exact ? "" : " about"));
    }
    return out;
  }

  base::MemFs fs_;
  base::ManualClock clock_{kNow};
  base::MemoryBudget budget_{256u << 20};
  std::unique_ptr<base::Logger> log_ = base::make_null_logger();
  std::unique_ptr<store::EmbeddedEventStore> events_ =
      std::move(*store::EmbeddedEventStore::open(fs_, clock_, budget_, *log_, {.dir = "events", .background = false}));
};

TEST_F(ReleaseHealthTest, SumsByReleaseAndEnvironment) {
  put({"r1", "prod", "ada", 10, 3, 1, 1});
  put({"r1", "prod", "ada", 0, 0, 0, 0});
  put({"r1", "test", "bob", 2});
  put({"r2", "prod", "ada", 5, 5, 5, 0});
  put({"r2", "prod", "bob", 1});
  EXPECT_THAT(ask({.by_release = true}), ElementsAre("-60|r1| sessions 12 3 1 1 users 2 0 1 0", "-60|r2| sessions 6 5 5 0 users 2 0 1 0"));
  EXPECT_THAT(ask({.environment = "prod", .by_release = true, .all_user_states = true}),
              ElementsAre("-60|r1| sessions 10 3 1 1 users 1 1 1 1", "-60|r2| sessions 6 5 5 0 users 2 1 1 0"));
  EXPECT_THAT(ask({.release = "r1", .by_environment = true}), ElementsAre("-60||prod sessions 10 3 1 1 users 1 0 1 0", "-60||test sessions 2 0 0 0 users 1 0 0 0"));
  EXPECT_THAT(ask({}), ElementsAre("-60|| sessions 18 8 6 1 users 2 0 1 0"));
}

TEST_F(ReleaseHealthTest, OverTime) {
  put({.release = "r1", .begun = 1, .time = kNow - base::kNanosPerHour});
  put({.release = "r1", .begun = 2});
  EXPECT_THAT(ask({.step = 30 * base::kNanosPerMinute}), ElementsAre("-60|| sessions 1 0 0 0 users 0 0 0 0", "0|| sessions 2 0 0 0 users 0 0 0 0"));
}

TEST_F(ReleaseHealthTest, ManyUsersAreAnEstimateAndSaidToBe) {
  std::vector<std::string> users;
  for (int i = 0; i < 3000; ++i) put({.release = "r1", .user = users.emplace_back("user" + std::to_string(i)), .begun = 1});
  const auto groups = ask({});
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_TRUE(groups[0].ends_with(" about")) << groups[0];
  EXPECT_TRUE(groups[0].starts_with("-60|| sessions 3000 0 0 0")) << groups[0];
}

TEST(Health, SharesOfNothingAreUnknown) {
  EXPECT_EQ(Health().crash_free_sessions(), std::nullopt);
  EXPECT_EQ(Health().crash_free_users(), std::nullopt);
  EXPECT_EQ((Health{.sessions = 8, .crashed = 2}).crash_free_sessions(), 0.75);
  EXPECT_EQ((Health{.sessions = 1, .crashed = 2}).crash_free_sessions(), 0.0);
  EXPECT_EQ((Health{.users = 4, .crashed_users = 1}).crash_free_users(), 0.75);
}

}  // namespace
}  // namespace tripod::insight
