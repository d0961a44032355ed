#include "serve/api/monitor_json.h"

#include <algorithm>

#include "base/time_text.h"

namespace tripod::serve {

using base::JsonWriter;
using store::MonitorStatus;

namespace {

void write_time(JsonWriter& w, std::string_view name, base::UnixNanos time) {
  w.key(name);
  if (time == 0) w.null();
  else w.string(base::format_rfc3339(time));
}

void write_nanos(JsonWriter& w, std::string_view name, base::UnixNanos time) {
  w.key(name);
  if (time == 0) w.null();
  else w.int64_string(time);
}

void write_schedule(JsonWriter& w, const model::MonitorConfig& config) {
  w.key("schedule").begin_object().field("type", config.is_crontab ? "crontab" : "interval");
  if (config.is_crontab) w.field("crontab", config.crontab);
  else w.field("value", config.interval).field("unit", config.unit);
  w.end_object();
}

// How long after it was expected it began; 0: in time, or not expected.
int64_t lateness(const store::CheckInRow& row) {
  if (row.expected == 0 || row.status == model::CheckInStatus::kMissed) return 0;
  return std::max<int64_t>(0, row.added - row.expected);
}

// What Sentry calls an environment's status is that of its last check-in.
std::string_view sentry_status(MonitorStatus status) { return store::monitor_status_name(status); }

}  // namespace

MonitorStatus status_of(const monitor::Board::View& view) {
  MonitorStatus out = MonitorStatus::kActive;
  for (const store::MonitorEnvironmentRow& row : view.environments) out = std::max(out, row.status);
  return out;
}

void write_monitor(JsonWriter& w, const monitor::Board::View& view) {
  const store::MonitorRow& row = view.monitor;
  const model::MonitorConfig& config = row.config;
  w.begin_object().field("id", row.id).field("project", row.project).field("slug", row.slug).field("status", store::monitor_status_name(status_of(view)));
  w.field("muted", row.muted);
  if (row.has_config) write_schedule(w, config);
  else w.key("schedule").null();
  w.field("time_zone", config.time_zone).field("margin_minutes", config.margin_minutes).field("max_runtime_minutes", config.max_runtime_minutes);
  w.field("failure_threshold", config.failure_threshold).field("recovery_threshold", config.recovery_threshold);
  write_nanos(w, "created_ns", row.created);
  w.key("environments").begin_array();
  for (const store::MonitorEnvironmentRow& environment : view.environments) {
    w.begin_object().field("environment", environment.environment).field("status", store::monitor_status_name(environment.status));
    write_nanos(w, "last_check_in_ns", environment.last_check_in);
    write_nanos(w, "expected_ns", environment.expected);
    w.field("failures", environment.failures);
    write_nanos(w, "failing_since_ns", environment.failing_since);
    w.field("failing_event_id", environment.failing_since == 0 ? std::string() : environment.failing_event).end_object();
  }
  w.end_array().end_object();
}

void write_check_in(JsonWriter& w, const store::CheckInRow& row) {
  w.begin_object().field("id", row.guid).field("environment", row.environment).field("status", model::check_in_status_name(row.status));
  write_nanos(w, "added_ns", row.added);
  write_nanos(w, "updated_ns", row.updated);
  write_nanos(w, "expected_ns", row.expected);
  w.key("late_ns").int64_string(lateness(row)).key("duration_ns");
  if (row.duration_ns < 0) w.null();
  else w.int64_string(row.duration_ns);
  w.field("release", row.release).field("trace_id", row.trace_id).end_object();
}

void write_sentry_monitor(JsonWriter& w, const monitor::Board::View& view) {
  const store::MonitorRow& row = view.monitor;
  const model::MonitorConfig& config = row.config;
  w.begin_object().field("id", std::to_string(row.id)).field("slug", row.slug).field("name", row.slug).field("status", "active").field("type", "cron_job");
  w.field("isMuted", row.muted);
  write_time(w, "dateCreated", row.created);
  w.key("config").begin_object().field("schedule_type", config.is_crontab ? "crontab" : "interval").key("schedule");
  if (!row.has_config) w.null();
  else if (config.is_crontab) w.string(config.crontab);
  else w.begin_array().int64(config.interval).string(config.unit).end_array();
  w.field("timezone", config.time_zone).field("checkin_margin", config.margin_minutes).field("max_runtime", config.max_runtime_minutes);
  w.field("failure_issue_threshold", config.failure_threshold).field("recovery_threshold", config.recovery_threshold).end_object();
  w.key("project").begin_object().field("id", std::to_string(row.project)).field("slug", "default").field("name", "default").end_object();
  w.key("environments").begin_array();
  for (const store::MonitorEnvironmentRow& environment : view.environments) {
    w.begin_object().field("name", environment.environment).field("status", sentry_status(environment.status)).field("isMuted", row.muted);
    write_time(w, "lastCheckIn", environment.last_check_in);
    write_time(w, "nextCheckIn", environment.expected);
    write_time(w, "nextCheckInLatest", environment.expected == 0 ? 0 : environment.expected + config.margin_minutes * base::kNanosPerMinute);
    w.key("activeIncident");
    if (environment.failing_since == 0) w.null();
    else w.begin_object().field("startingTimestamp", base::format_rfc3339(environment.failing_since)).key("resolvingTimestamp").null().end_object();
    w.end_object();
  }
  w.end_array().end_object();
}

void write_sentry_check_in(JsonWriter& w, const store::CheckInRow& row) {
  w.begin_object().field("id", row.guid).field("environment", row.environment).field("status", model::check_in_status_name(row.status));
  w.key("duration");
  if (row.duration_ns < 0) w.null();
  else w.int64(row.duration_ns / base::kNanosPerMilli);
  write_time(w, "dateCreated", row.added);
  write_time(w, "dateUpdated", row.updated);
  write_time(w, "expectedTime", row.expected);
  w.key("groups").begin_array().end_array().end_object();
}

}  // namespace tripod::serve
