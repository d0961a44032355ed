#include "alert/alert_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/promql/labels.h"

namespace tripod::alert {
namespace {

namespace promql = query::promql;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr int64_t kMinute = 60'000;

class AlertStateTest : public testing::Test {
 protected:
  // One evaluation at `minute`, over instances that are down; "series value" lines.
  std::vector<std::string> at(int64_t minute, const std::vector<std::string>& instances, uint64_t limit = 0) {
    promql::QueryResult answer;
    for (const std::string& instance : instances) answer.vector.push_back({{{"__name__", "up"}, {"instance", instance}}, {minute * kMinute, 0}});
    auto samples = state_.update(rule_, std::move(answer), {minute * kMinute, 0}, limit);
    if (!samples) return {samples.error().message};
    std::vector<std::string> out;
    for (const promql::VectorSample& one : *samples) {
      EXPECT_EQ(one.sample.time_ms, minute * kMinute);
      const auto name = promql::get_label(one.labels, "__name__");
      if (name == kAlertsSeries) out.push_back(std::string(promql::get_label(one.labels, "instance")) + " " + std::string(promql::get_label(one.labels, kAlertStateLabel)));
      if (name == kForStateSeries) out.back() += " since " + std::to_string(static_cast<int64_t>(one.sample.value) / 60);
    }
    return out;
  }

  RuleDefinition rule_{.kind = RuleDefinition::Kind::kAlerting, .name = "Down", .query = "up == 0", .expr = {}, .labels = {{"severity", "page"}}, .annotations = {}, .for_ms = 5 * kMinute};
  AlertState state_;
};

TEST_F(AlertStateTest, PendingThenFiringThenGone) {
  EXPECT_THAT(at(10, {}), IsEmpty());
  EXPECT_EQ(state_.state(), State::kInactive);
  EXPECT_THAT(at(11, {"a"}), ElementsAre("a pending since 11"));
  EXPECT_THAT(at(15, {"a", "b"}), ElementsAre("a pending since 11", "b pending since 15"));
  EXPECT_EQ(state_.state(), State::kPending);
  EXPECT_THAT(at(16, {"a"}), ElementsAre("a firing since 11"));
  EXPECT_EQ(state_.state(), State::kFiring);
  EXPECT_THAT(at(17, {}), IsEmpty());
  ASSERT_EQ(state_.alerts().size(), 1u);
  EXPECT_EQ(state_.alerts().begin()->second.resolved_at_ms, 17 * kMinute);
  at(32, {});
  EXPECT_EQ(state_.alerts().size(), 1u) << "kept for 15 minutes";
  at(33, {});
  EXPECT_THAT(state_.alerts(), IsEmpty());
}

TEST_F(AlertStateTest, WithoutForItFiresAtOnce) {
  rule_.for_ms = 0;
  EXPECT_THAT(at(11, {"a"}), ElementsAre("a firing since 11"));
  EXPECT_THAT(at(12, {}), IsEmpty());
  EXPECT_THAT(at(13, {"a"}), ElementsAre("a firing since 13"));
}

TEST_F(AlertStateTest, KeepsFiringForAWhile) {
  rule_.for_ms = 0;
  rule_.keep_firing_for_ms = 3 * kMinute;
  EXPECT_THAT(at(11, {"a"}), ElementsAre("a firing since 11"));
  EXPECT_THAT(at(12, {}), ElementsAre("a firing since 11"));
  EXPECT_THAT(at(13, {"a"}), ElementsAre("a firing since 11"));
  EXPECT_THAT(at(14, {}), ElementsAre("a firing since 11"));
  EXPECT_THAT(at(16, {}), ElementsAre("a firing since 11"));
  EXPECT_THAT(at(17, {}), IsEmpty());
}

TEST_F(AlertStateTest, OverTheLimitNoAlertIsActive) {
  EXPECT_THAT(at(11, {"a", "b"}, 2).size(), 2u);
  EXPECT_THAT(at(12, {"a", "b", "c"}, 2), ElementsAre("exceeded limit of 2 with 3 alerts"));
  EXPECT_THAT(state_.alerts(), IsEmpty());
}

TEST_F(AlertStateTest, TheSameLabelsTwiceAreAnError) {
  rule_.labels = {{"instance", ""}};
  EXPECT_THAT(at(11, {"a", "b"}), ElementsAre("vector contains metrics with the same labelset after applying alert labels"));
}

TEST_F(AlertStateTest, ARestartGoesOnWhereItWas) {
  EXPECT_THAT(at(11, {"a"}), ElementsAre("a pending since 11"));
  const std::string key = state_.alerts().begin()->first;
  state_ = {};
  state_.remember({{key, {11 * kMinute, 12 * kMinute}}}, 2 * kMinute);
  EXPECT_THAT(at(13, {"a"}), ElementsAre("a pending since 11"));
  EXPECT_THAT(at(16, {"a"}), ElementsAre("a firing since 11"));
}

TEST_F(AlertStateTest, TimeThatNobodyWatchedDoesNotCountTowardsFor) {
  EXPECT_THAT(at(11, {"a"}), ElementsAre("a pending since 11"));
  const std::string key = state_.alerts().begin()->first;
  state_ = {};
  state_.remember({{key, {11 * kMinute, 12 * kMinute}}}, 2 * kMinute);
  EXPECT_THAT(at(32, {"a"}), ElementsAre("a pending since 31"));
  EXPECT_THAT(at(35, {"a"}), ElementsAre("a pending since 31"));
  EXPECT_THAT(at(36, {"a"}), ElementsAre("a firing since 31"));
}

TEST_F(AlertStateTest, AnAlertThatHadFiredFiresAtOnce) {
  EXPECT_THAT(at(11, {"a"}), ElementsAre("a pending since 11"));
  const std::string key = state_.alerts().begin()->first;
  state_ = {};
  state_.remember({{key, {11 * kMinute, 16 * kMinute}}}, 2 * kMinute);
  EXPECT_THAT(at(32, {"a"}), ElementsAre("a firing since 11"));
}

TEST_F(AlertStateTest, ARestartMayTakeTwoUpdatesUntilThereAreSamples) {
  EXPECT_THAT(at(11, {"a", "b"}).size(), 2u);
  const std::string a = state_.alerts().begin()->first;
  const std::string b = state_.alerts().rbegin()->first;
  state_ = {};
  EXPECT_FALSE(state_.remembers());
  state_.remember({{a, {11 * kMinute, 12 * kMinute}}, {b, {11 * kMinute, 12 * kMinute}}}, 5 * kMinute);
  EXPECT_THAT(at(13, {}), IsEmpty());
  EXPECT_TRUE(state_.remembers());
  EXPECT_THAT(at(14, {"a"}), ElementsAre("a pending since 11"));
  EXPECT_FALSE(state_.remembers());
  EXPECT_THAT(at(15, {"a", "b"}), ElementsAre("a pending since 11", "b pending since 15"));
}

}  // namespace
}  // namespace tripod::alert
