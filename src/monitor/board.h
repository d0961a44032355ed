// What check-ins and the passing of time make of monitors. Knows no clock, no thread and no store: all of it is in the arguments.
// https://docs.sentry.io/product/monitors-and-alerts/monitors/crons/
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/batch.h"
#include "monitor/schedule.h"
#include "store/meta/monitor_store.h"

namespace tripod::monitor {

// That a job failed as often as its monitor bears. `status` of the check-in: error, missed or timeout.
struct Failure {
  store::MonitorRow monitor;
  store::CheckInRow check_in;
  int64_t failures = 0;          // in a row
  base::UnixNanos since = 0;     // of the first of them that is told
};

// That what failed runs again.
struct Recovery {
  store::MonitorRow monitor;
  std::string environment;
  std::string failing_event;     // the last that was made of its failures
};

// What one step has changed.
struct Turn {
  store::MonitorChanges changes;
  std::vector<Failure> failures;
  std::vector<Recovery> recoveries;
  std::vector<model::Rejection> rejections;  // of configs; their check-ins are taken
};

// Externally synchronised.
class Board {
 public:
  static constexpr size_t kMostMonitors = 2000;             // in all
  static constexpr size_t kMostEnvironments = 50;           // of a monitor
  static constexpr size_t kMostOpen = 100;                  // check-ins of a monitor in an environment that are in progress

  // Finds a check-in that is not in progress any more.
  using Find = std::function<std::optional<store::CheckInRow>(const std::string& guid)>;

  // What was stored. Check-ins that should have come while nobody could take them are not missed: they are expected anew after `now`.
  void load(std::vector<store::MonitorRow> monitors, std::vector<store::MonitorEnvironmentRow> environments,
            std::span<const store::CheckInRow> in_progress, int64_t last_check_in, base::UnixNanos now, Turn& turn);

  // Nothing but why it is not taken: "unknown_monitor" (no config, and none known), "invalid_monitor_config" (none known,
  // and none to be made by it), "too_many_monitors", "too_many_check_ins", "repeated".
  std::optional<model::Rejection> take(const model::CheckIn& check_in, const Find& find, Turn& turn);
  // Finds what is missed or has timed out at `now`.
  void tick(base::UnixNanos now, Turn& turn);
  // When tick() finds something next; INT64_MAX: never.
  base::UnixNanos next_tick() const;

  bool set_muted(int64_t monitor, bool muted, Turn& turn);  // false: no such monitor
  void remove(int64_t monitor);
  // The event that was made of a failure; empty: its issue was told of the recovery.
  void set_failing_event(int64_t monitor, const std::string& environment, const std::string& event, Turn& turn);

  struct View {
    store::MonitorRow monitor;
    std::vector<store::MonitorEnvironmentRow> environments;
  };
  std::vector<View> view() const;

 private:
  struct Environment {
    store::MonitorEnvironmentRow row;
    std::map<int64_t, store::CheckInRow> open;  // in progress, by id
  };
  struct Monitor {
    store::MonitorRow row;
    std::optional<Schedule> schedule;
    std::map<std::string, Environment> environments;
  };
  using Rejected = std::optional<model::Rejection>;

  Monitor* find(int64_t id);
  Rejected upsert(const model::CheckIn& check_in, Monitor*& monitor, Turn& turn);
  static void expect_next(const Monitor& monitor, Environment& environment, base::UnixNanos after);
  void begin(Monitor& monitor, Environment& environment, store::CheckInRow row, Turn& turn);
  void finish(Monitor& monitor, Environment& environment, store::CheckInRow row, Turn& turn);
  void judge(const Monitor& monitor, Environment& environment, const store::CheckInRow& row, Turn& turn);
  static base::UnixNanos due_of(const Monitor& monitor, const Environment& environment);

  std::map<std::pair<int64_t, std::string>, Monitor> monitors_;  // by project and slug
  int64_t last_monitor_ = 0;
  int64_t last_check_in_ = 0;
};

// The schedule of a config; nullopt: it is none (of what was stored by another program).
base::Result<Schedule> schedule_of(const model::MonitorConfig& config);

}  // namespace tripod::monitor
