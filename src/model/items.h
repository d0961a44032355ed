// Items of Sentry's protocol that are no records of a signal: check-ins, reports of clients and of users, files.
// https://develop.sentry.dev/sdk/data-model/envelope-items/
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/ids.h"

namespace tripod::model {

enum class CheckInStatus : uint8_t { kInProgress, kOk, kError, kMissed, kTimeout };
std::string_view check_in_status_name(CheckInStatus status);  // "in_progress", "ok", "error", "missed", "timeout"
std::optional<CheckInStatus> check_in_status_of(std::string_view name);

// When a job runs, and from when on it is late, hung or broken.
struct MonitorConfig {
  bool is_crontab = true;
  std::string crontab;                      // "0 * * * *"
  int64_t interval = 0;                     // where it is no crontab: every so many ...
  std::string unit;                         // "minute", "hour", "day", "week", "month", "year"
  std::string time_zone = "UTC";
  int64_t margin_minutes = 1;               // so long after its time it is missed
  int64_t max_runtime_minutes = 30;         // so long after it began it has timed out
  int64_t failure_threshold = 1;            // so many failures in a row are an issue
  int64_t recovery_threshold = 1;           // so many successes in a row end it
  friend bool operator==(const MonitorConfig&, const MonitorConfig&) = default;
};

// One run of a job, as it begins or ends.
struct CheckIn {
  EventId id;                               // empty: the latest of the monitor in this environment
  uint64_t project = 0;
  std::string slug;
  std::string environment;
  CheckInStatus status = CheckInStatus::kOk;
  base::UnixNanos time = 0;                 // of its arrival
  std::optional<int64_t> duration_ns;
  std::string release;
  TraceId trace_id;
  std::optional<MonitorConfig> config;      // makes the monitor, or changes it
};

// Items that an SDK did not send.
struct ClientReport {
  uint64_t project = 0;
  base::UnixNanos time = 0;
  std::string reason;                       // "ratelimit_backoff", "sample_rate" ...
  std::string category;                     // "error", "transaction" ...
  uint64_t quantity = 0;
};

// What somebody wrote who met an error, or who had something to say.
struct UserFeedback {
  EventId id;
  uint64_t project = 0;
  base::UnixNanos time = 0;
  EventId event_id;                         // empty: of no event
  std::string name;
  std::string email;
  std::string message;
  std::string url;
  std::string source;                       // "widget", "user_report" ...
};

// A file that belongs to an event, or a profile.
struct Attachment {
  enum class Kind : uint8_t { kAttachment, kProfile, kProfileChunk };
  Kind kind = Kind::kAttachment;
  uint64_t project = 0;
  base::UnixNanos time = 0;
  EventId event_id;                         // of a profile: its own id
  std::string name;                         // as its sender calls it: shown, never a path
  std::string content_type;
  std::string attachment_type;              // "event.attachment", "event.minidump" ...
  std::string_view bytes;                   // in Batch::bodies or Batch::arena
};

struct Items {
  std::vector<CheckIn> check_ins;
  std::vector<ClientReport> client_reports;
  std::vector<UserFeedback> feedback;
  std::vector<Attachment> attachments;
  bool empty() const { return check_ins.empty() && client_reports.empty() && feedback.empty() && attachments.empty(); }
};

}  // namespace tripod::model
