// Release health: how many user sessions of a release there were, and how many of them, and of their users, got through without a crash.
// https://docs.sentry.io/product/releases/health/
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/events/event_store.h"

namespace tripod::insight {

// Counts of sessions are exact; so are those of users up to a few thousand in a group, else within about 2 % and marked so.
struct Health {
  uint64_t sessions = 0;   // that began
  uint64_t errored = 0;    // with an error, crashed and abnormal ones among them
  uint64_t crashed = 0;
  uint64_t abnormal = 0;
  uint64_t users = 0;
  uint64_t errored_users = 0;   // as above, of users: with HealthPlan::all_user_states
  uint64_t crashed_users = 0;
  uint64_t abnormal_users = 0;  // with HealthPlan::all_user_states
  bool users_are_exact = true;

  // Shares from 0 to 1; nullopt without sessions, or users.
  std::optional<double> crash_free_sessions() const;
  std::optional<double> crash_free_users() const;
};

struct HealthPlan {
  store::TimeRange range;   // of starts of sessions
  std::string release;      // empty: all
  std::string environment;  // empty: all
  bool by_release = false;
  bool by_environment = false;
  int64_t step = 0;         // nanoseconds; 0: no buckets. They start at range.start + k * step
  bool all_user_states = false;
  store::QueryBounds bounds;
};

struct HealthGroup {
  base::UnixNanos bucket = 0;  // its start; range.start without a step
  std::string release;         // empty where the plan does not ask for it
  std::string environment;
  Health health;
};

struct HealthResult {
  std::vector<HealthGroup> groups;    // by bucket, release, environment; those without sessions are not there
  std::vector<std::string> warnings;  // not empty: something may be missing
};

// kResourceExhausted: more than 10,000 groups. Errors of the store.
base::Result<HealthResult> release_health(store::EventStore& events, const HealthPlan& plan);

}  // namespace tripod::insight
