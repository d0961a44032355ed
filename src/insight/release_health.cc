#include "insight/release_health.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <tuple>

namespace tripod::insight {

using base::Result;
using store::Predicate;

namespace {

constexpr std::string_view kRelease = "service.version";
constexpr std::string_view kEnvironment = "deployment.environment.name";
constexpr std::string_view kUser = "user.hash";
constexpr std::string_view kCounts[] = {"begun", "errored", "crashed", "abnormal"};

std::optional<double> share_without(uint64_t bad, uint64_t all) {
  if (all == 0) return std::nullopt;
  // An update may tell of a crash of a session whose beginning never came.
  return 1 - static_cast<double>(std::min(bad, all)) / static_cast<double>(all);
}

std::string text_of(const store::FieldValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? *text : std::string();
}

class Question {
 public:
  Question(store::EventStore& events, const HealthPlan& plan) : events_(events), plan_(plan) {}

  Result<HealthResult> answer() {
    if (auto ok = counts(); !ok) return base::fail(std::move(ok.error()));
    if (auto ok = users("crashed", &Health::crashed_users); !ok) return base::fail(std::move(ok.error()));
    if (plan_.all_user_states) {
      if (auto ok = users("errored", &Health::errored_users); !ok) return base::fail(std::move(ok.error()));
      if (auto ok = users("abnormal", &Health::abnormal_users); !ok) return base::fail(std::move(ok.error()));
    }
    HealthResult out;
    for (auto& [key, health] : groups_) {
      const auto& [bucket, release, environment] = key;
      out.groups.push_back({bucket, release, environment, health});
    }
    out.warnings = std::move(warnings_);
    return out;
  }

 private:
  using Key = std::tuple<base::UnixNanos, std::string, std::string>;

  Result<> counts() {
    store::AggregatePlan plan = base_plan(Predicate());
    for (const std::string_view count : kCounts) plan.values.push_back({.field = std::string(count)});
    plan.values.push_back({.field = std::string(kUser), .distinct = true});
    return run(plan, [](const store::AggregateGroup& g, Health& health) {
      uint64_t* const sums[] = {&health.sessions, &health.errored, &health.crashed, &health.abnormal};
      for (size_t i = 0; i < std::size(sums); ++i) *sums[i] = static_cast<uint64_t>(std::llround(g.values[i].sum));
      take_users(g.values[std::size(sums)], health, &Health::users);
    });
  }

  Result<> users(std::string_view state, uint64_t Health::*count) {
    store::AggregatePlan plan = base_plan(Predicate::exists(std::string(state)));
    plan.values.push_back({.field = std::string(kUser), .distinct = true});
    return run(plan, [count](const store::AggregateGroup& g, Health& health) { take_users(g.values[0], health, count); });
  }

  static void take_users(const store::ValueSummary& value, Health& health, uint64_t Health::*count) {
    health.*count = value.distinct;
    health.users_are_exact = health.users_are_exact && value.distinct_is_exact;
  }

  store::AggregatePlan base_plan(Predicate extra) const {
    std::vector<Predicate> all;
    if (!plan_.release.empty()) all.push_back(Predicate::equal(std::string(kRelease), plan_.release));
    if (!plan_.environment.empty()) all.push_back(Predicate::equal(std::string(kEnvironment), plan_.environment));
    all.push_back(std::move(extra));
    store::AggregatePlan plan{.dataset = store::Dataset::kSessions, .range = plan_.range, .filter = Predicate::all_of(std::move(all)), .step = plan_.step};
    if (plan_.by_release) plan.by.emplace_back(kRelease);
    if (plan_.by_environment) plan.by.emplace_back(kEnvironment);
    plan.bounds = plan_.bounds;
    return plan;
  }

  template <class Take>
  Result<> run(const store::AggregatePlan& plan, Take take) {
    const auto result = events_.aggregate(plan);
    if (!result) return base::fail(result.error());
    for (const store::AggregateGroup& g : result->groups) {
      size_t at = 0;
      std::string release = plan_.by_release ? text_of(g.by[at++]) : std::string();
      std::string environment = plan_.by_environment ? text_of(g.by[at]) : std::string();
      take(g, groups_[Key(g.bucket, std::move(release), std::move(environment))]);
    }
    for (const std::string& warning : result->stats.warnings) {
      if (std::ranges::find(warnings_, warning) == warnings_.end()) warnings_.push_back(warning);
    }
    return {};
  }

  store::EventStore& events_;
  const HealthPlan& plan_;
  std::map<Key, Health> groups_;
  std::vector<std::string> warnings_;
};

}  // namespace

std::optional<double> Health::crash_free_sessions() const { return share_without(crashed, sessions); }
std::optional<double> Health::crash_free_users() const { return share_without(crashed_users, users); }

Result<HealthResult> release_health(store::EventStore& events, const HealthPlan& plan) { return Question(events, plan).answer(); }

}  // namespace tripod::insight
