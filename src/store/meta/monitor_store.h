// Cron monitors and their check-ins, as far as they are facts. What is made of them: src/monitor.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/items.h"

namespace tripod::store {

struct MonitorRow {
  int64_t id = 0;
  int64_t project = 0;
  std::string slug;                     // unique in its project
  model::MonitorConfig config;
  bool has_config = false;              // nobody has said when it runs: nothing is missed
  bool muted = false;                   // its failures are no issues
  base::UnixNanos created = 0;
  base::UnixNanos updated = 0;          // its config
};

enum class MonitorStatus : uint8_t { kActive, kOk, kError };  // active: no check-in has ended yet
std::string_view monitor_status_name(MonitorStatus status);   // "active", "ok", "error"

// A monitor's state in one environment.
struct MonitorEnvironmentRow {
  int64_t monitor = 0;
  std::string environment;
  MonitorStatus status = MonitorStatus::kActive;
  base::UnixNanos last_check_in = 0;    // 0: none
  base::UnixNanos expected = 0;         // the next one; 0: none is
  int64_t failures = 0;                 // in a row
  int64_t successes = 0;                // in a row
  base::UnixNanos failing_since = 0;    // of the issue that is open; 0: none
  std::string failing_event;            // the last event of it, 32 hexadecimal digits
};

struct CheckInRow {
  int64_t id = 0;                       // rising
  std::string guid;                     // 32 hexadecimal digits
  int64_t monitor = 0;
  std::string environment;
  model::CheckInStatus status = model::CheckInStatus::kOk;
  base::UnixNanos added = 0;
  base::UnixNanos updated = 0;
  base::UnixNanos expected = 0;         // when it should have begun; 0: it was not expected
  base::UnixNanos times_out = 0;        // while it is in progress
  int64_t duration_ns = -1;             // -1: not known
  std::string release;
  std::string trace_id;
};

struct MonitorChanges {
  std::vector<MonitorRow> monitors;
  std::vector<MonitorEnvironmentRow> environments;
  std::vector<CheckInRow> check_ins;
};

struct CheckInQuery {
  int64_t monitor = 0;                  // 0: of all
  std::string environment;              // empty: of all
  std::string guid;                     // empty: any
  bool only_in_progress = false;
  base::UnixNanos since = INT64_MIN;    // added; [since, until)
  base::UnixNanos until = INT64_MAX;
  size_t limit = 100;
};

// Thread-safe. Every write is durable when the call returns.
class MonitorStore {
 public:
  // Of a monitor in one environment as many are kept, the newest.
  static constexpr int64_t kMostCheckIns = 10'000;

  virtual ~MonitorStore() = default;
  virtual base::Result<std::vector<MonitorRow>> monitors() = 0;
  virtual base::Result<std::vector<MonitorEnvironmentRow>> monitor_environments() = 0;
  virtual base::Result<std::vector<CheckInRow>> check_ins(const CheckInQuery& query) = 0;  // newest first
  virtual base::Result<int64_t> last_check_in_id() = 0;
  // New rows and changed ones, by their ids, in one transaction.
  virtual base::Result<> apply_monitors(const MonitorChanges& changes) = 0;
  virtual base::Result<> remove_monitor(int64_t id) = 0;                        // with all that belongs to it
  virtual base::Result<> remove_check_ins(base::UnixNanos before) = 0;
};

}  // namespace tripod::store
