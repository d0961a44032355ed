#include "monitor/board.h"

#include <algorithm>

#include "base/random.h"

namespace tripod::monitor {

using base::kNanosPerMinute;
using base::UnixNanos;
using model::CheckInStatus;
using store::CheckInRow;
using store::MonitorStatus;

base::Result<Schedule> schedule_of(const model::MonitorConfig& config) {
  return config.is_crontab ? Schedule::crontab(config.crontab, config.time_zone) : Schedule::interval(config.interval, config.unit, config.time_zone);
}

Board::Monitor* Board::find(int64_t id) {
  for (auto& [key, monitor] : monitors_) {
    if (monitor.row.id == id) return &monitor;
  }
  return nullptr;
}

void Board::load(std::vector<store::MonitorRow> monitors, std::vector<store::MonitorEnvironmentRow> environments, std::span<const CheckInRow> in_progress,
                 int64_t last_check_in, UnixNanos now, Turn& turn) {
  monitors_.clear();
  last_check_in_ = last_check_in;
  for (store::MonitorRow& row : monitors) {
    last_monitor_ = std::max(last_monitor_, row.id);
    Monitor monitor{.row = std::move(row), .schedule = {}, .environments = {}};
    if (auto schedule = monitor.row.has_config ? schedule_of(monitor.row.config) : base::fail(base::Code::kNotFound, "")) monitor.schedule = std::move(*schedule);
    monitors_.emplace(std::pair(monitor.row.project, monitor.row.slug), std::move(monitor));
  }
  for (store::MonitorEnvironmentRow& row : environments) {
    Monitor* monitor = find(row.monitor);
    if (monitor == nullptr) continue;
    Environment& environment = monitor->environments[row.environment];
    environment.row = std::move(row);
    if (environment.row.expected != 0 && environment.row.expected < now) {
      expect_next(*monitor, environment, now);
      turn.changes.environments.push_back(environment.row);
    }
  }
  for (const CheckInRow& row : in_progress) {
    if (Monitor* monitor = find(row.monitor)) monitor->environments[row.environment].open.emplace(row.id, row);
  }
}

// A config that comes with a check-in makes the monitor or changes it; one without needs a monitor that is there.
Board::Rejected Board::upsert(const model::CheckIn& check_in, Monitor*& monitor, Turn& turn) {
  const auto project = static_cast<int64_t>(check_in.project);
  const auto known = monitors_.find(std::pair(project, check_in.slug));
  if (known == monitors_.end() && !check_in.config) {
    return model::Rejection{"unknown_monitor", "check_in: there is no monitor \"" + check_in.slug + "\", and no monitor_config to make it by"};
  }
  auto schedule = check_in.config ? schedule_of(*check_in.config) : base::fail(base::Code::kNotFound, "no config");
  if (check_in.config && !schedule) {
    model::Rejection wrong{"invalid_monitor_config", "check_in: \"" + check_in.slug + "\": " + schedule.error().message};
    if (known == monitors_.end()) return wrong;
    turn.rejections.push_back(std::move(wrong));
  }
  if (known == monitors_.end()) {
    if (monitors_.size() >= kMostMonitors) return model::Rejection{"too_many_monitors", "check_in: there are " + std::to_string(kMostMonitors) + " monitors already"};
    Monitor made{.row = {.id = ++last_monitor_, .project = project, .slug = check_in.slug, .created = check_in.time}, .schedule = {}, .environments = {}};
    monitor = &monitors_.emplace(std::pair(project, check_in.slug), std::move(made)).first->second;
  } else {
    monitor = &known->second;
  }
  if (!schedule || (monitor->row.has_config && monitor->row.config == *check_in.config)) return std::nullopt;
  monitor->schedule = std::move(*schedule);
  monitor->row.config = *check_in.config;
  monitor->row.has_config = true;
  monitor->row.updated = check_in.time;
  turn.changes.monitors.push_back(monitor->row);
  for (auto& [name, environment] : monitor->environments) {
    if (environment.row.last_check_in == 0) continue;
    expect_next(*monitor, environment, std::max(environment.row.last_check_in, check_in.time));
    turn.changes.environments.push_back(environment.row);
  }
  return std::nullopt;
}

void Board::expect_next(const Monitor& monitor, Environment& environment, UnixNanos after) {
  environment.row.expected = monitor.schedule ? monitor.schedule->next_after(after).value_or(0) : 0;
}

std::optional<model::Rejection> Board::take(const model::CheckIn& check_in, const Find& find_row, Turn& turn) {
  Monitor* monitor = nullptr;
  if (auto rejected = upsert(check_in, monitor, turn)) return rejected;
  auto place = monitor->environments.find(check_in.environment);
  if (place == monitor->environments.end()) {
    if (monitor->environments.size() >= kMostEnvironments) return model::Rejection{"too_many_monitors", "check_in: the monitor is in too many environments"};
    place = monitor->environments.emplace(check_in.environment, Environment{}).first;
    place->second.row = {.monitor = monitor->row.id, .environment = check_in.environment};
  }
  Environment& environment = place->second;
  CheckInRow row{.guid = check_in.id.hex(), .monitor = monitor->row.id, .environment = check_in.environment, .status = check_in.status,
                 .added = check_in.time, .updated = check_in.time, .duration_ns = check_in.duration_ns.value_or(-1), .release = check_in.release,
                 .trace_id = check_in.trace_id.empty() ? std::string() : check_in.trace_id.hex()};
  // All zeros: the one that began last.
  auto open = std::ranges::find_if(environment.open, [&](const auto& one) { return one.second.guid == row.guid; });
  if (check_in.id.empty() && !environment.open.empty()) open = std::prev(environment.open.end());
  if (open == environment.open.end()) {
    if (check_in.id.empty()) row.guid = base::random_hex(16);
    else if (find_row(row.guid)) return model::Rejection{"repeated", "check_in " + row.guid + " has ended before"};
    if (check_in.status == CheckInStatus::kInProgress && environment.open.size() >= kMostOpen) {
      return model::Rejection{"too_many_check_ins", "check_in: " + std::to_string(kMostOpen) + " of the monitor are in progress"};
    }
    row.id = ++last_check_in_;
    row.expected = environment.row.expected;
    begin(*monitor, environment, std::move(row), turn);
    return std::nullopt;
  }
  CheckInRow ended = open->second;
  if (check_in.status == CheckInStatus::kInProgress) {  // a sign of life: it may run on
    open->second.updated = check_in.time;
    open->second.times_out = check_in.time + monitor->row.config.max_runtime_minutes * kNanosPerMinute;
    turn.changes.check_ins.push_back(open->second);
    return std::nullopt;
  }
  environment.open.erase(open);
  ended.status = check_in.status;
  ended.updated = check_in.time;
  ended.duration_ns = check_in.duration_ns.value_or(check_in.time - ended.added);
  if (ended.trace_id.empty()) ended.trace_id = row.trace_id;
  if (ended.release.empty()) ended.release = row.release;
  finish(*monitor, environment, std::move(ended), turn);
  return std::nullopt;
}

void Board::begin(Monitor& monitor, Environment& environment, CheckInRow row, Turn& turn) {
  environment.row.last_check_in = row.added;
  expect_next(monitor, environment, row.added);
  if (row.status != CheckInStatus::kInProgress) return finish(monitor, environment, std::move(row), turn);
  row.times_out = row.added + monitor.row.config.max_runtime_minutes * kNanosPerMinute;
  turn.changes.check_ins.push_back(row);
  turn.changes.environments.push_back(environment.row);
  const int64_t id = row.id;
  environment.open.emplace(id, std::move(row));
}

void Board::finish(Monitor& monitor, Environment& environment, CheckInRow row, Turn& turn) {
  row.times_out = 0;
  judge(monitor, environment, row, turn);
  turn.changes.check_ins.push_back(std::move(row));
  turn.changes.environments.push_back(environment.row);
}

void Board::judge(const Monitor& monitor, Environment& environment, const CheckInRow& row, Turn& turn) {
  store::MonitorEnvironmentRow& state = environment.row;
  if (row.status == CheckInStatus::kOk) {
    state.failures = 0;
    ++state.successes;
    if (state.status == MonitorStatus::kError && state.successes < monitor.row.config.recovery_threshold) return;
    if (state.failing_since != 0) turn.recoveries.push_back({monitor.row, state.environment, state.failing_event});
    state.status = MonitorStatus::kOk;
    state.failing_since = 0;  // the event stays until its issue is told
    return;
  }
  state.successes = 0;
  if (++state.failures < monitor.row.config.failure_threshold) return;
  state.status = MonitorStatus::kError;
  if (monitor.row.muted) return;
  if (state.failing_since == 0) state.failing_since = row.updated;
  turn.failures.push_back({monitor.row, row, state.failures, state.failing_since});
}

void Board::tick(UnixNanos now, Turn& turn) {
  for (auto& [key, monitor] : monitors_) {
    for (auto& [name, environment] : monitor.environments) {
      for (auto open = environment.open.begin(); open != environment.open.end();) {
        if (open->second.times_out > now) {
          ++open;
          continue;
        }
        CheckInRow row = open->second;
        open = environment.open.erase(open);
        row.status = CheckInStatus::kTimeout;
        row.updated = now;
        finish(monitor, environment, std::move(row), turn);
      }
      const UnixNanos expected = environment.row.expected;
      if (expected == 0 || expected + monitor.row.config.margin_minutes * kNanosPerMinute > now) continue;
      CheckInRow missed{.id = ++last_check_in_, .guid = base::random_hex(16), .monitor = monitor.row.id, .environment = name, .status = CheckInStatus::kMissed,
                        .added = expected, .updated = now, .expected = expected};
      // One is missed, even where the clock was put forward over more of them.
      expect_next(monitor, environment, expected);
      if (environment.row.expected != 0 && environment.row.expected + monitor.row.config.margin_minutes * kNanosPerMinute <= now) expect_next(monitor, environment, now);
      finish(monitor, environment, std::move(missed), turn);
    }
  }
}

UnixNanos Board::due_of(const Monitor& monitor, const Environment& environment) {
  UnixNanos due = environment.row.expected == 0 ? INT64_MAX : environment.row.expected + monitor.row.config.margin_minutes * kNanosPerMinute;
  for (const auto& [id, row] : environment.open) due = std::min(due, row.times_out);
  return due;
}

UnixNanos Board::next_tick() const {
  UnixNanos next = INT64_MAX;
  for (const auto& [key, monitor] : monitors_) {
    for (const auto& [name, environment] : monitor.environments) next = std::min(next, due_of(monitor, environment));
  }
  return next;
}

bool Board::set_muted(int64_t id, bool muted, Turn& turn) {
  Monitor* monitor = find(id);
  if (monitor == nullptr) return false;
  monitor->row.muted = muted;
  turn.changes.monitors.push_back(monitor->row);
  return true;
}

void Board::remove(int64_t id) {
  std::erase_if(monitors_, [&](const auto& one) { return one.second.row.id == id; });
}

void Board::set_failing_event(int64_t id, const std::string& environment, const std::string& event, Turn& turn) {
  Monitor* monitor = find(id);
  if (monitor == nullptr || !monitor->environments.contains(environment)) return;
  store::MonitorEnvironmentRow& row = monitor->environments[environment].row;
  if ((row.failing_since == 0) != event.empty()) return;  // it has changed again
  row.failing_event = event;
  turn.changes.environments.push_back(row);
}

std::vector<Board::View> Board::view() const {
  std::vector<View> out;
  for (const auto& [key, monitor] : monitors_) {
    View view{.monitor = monitor.row, .environments = {}};
    for (const auto& [name, environment] : monitor.environments) view.environments.push_back(environment.row);
    out.push_back(std::move(view));
  }
  return out;
}

}  // namespace tripod::monitor
