#include "monitor/failure_event.h"

#include <array>

#include "base/json_writer.h"
#include "base/time_text.h"

namespace tripod::monitor {

using model::Attribute;
using model::Value;

namespace {

std::string_view what_happened(model::CheckInStatus status) {
  switch (status) {
    case model::CheckInStatus::kMissed: return "a check-in was missed";
    case model::CheckInStatus::kTimeout: return "a run has timed out";
    default: return "a run has failed";
  }
}

std::string payload_of(const Failure& failure, std::string_view message) {
  const store::CheckInRow& row = failure.check_in;
  std::string out;
  base::JsonWriter w(out);
  w.begin_object().field("event_id", row.guid).field("level", "error").field("platform", "other").field("logger", "monitor").field("message", message);
  w.field("environment", row.environment);
  if (!row.release.empty()) w.field("release", row.release);
  w.key("contexts").begin_object().key("monitor").begin_object();
  w.field("id", std::to_string(failure.monitor.id)).field("slug", failure.monitor.slug).field("status", model::check_in_status_name(row.status));
  w.key("failures").int64(failure.failures);
  w.field("failing_since", base::format_rfc3339(failure.since));
  if (row.expected != 0) w.field("expected", base::format_rfc3339(row.expected));
  w.end_object();
  if (!row.trace_id.empty()) w.key("trace").begin_object().field("trace_id", row.trace_id).end_object();
  w.end_object().key("fingerprint").begin_array().string("crons").string(failure.monitor.slug).string(row.environment).end_array();
  w.end_object();
  return out;
}

}  // namespace

model::Batch failure_event(const Failure& failure, base::UnixNanos now) {
  const store::CheckInRow& row = failure.check_in;
  model::Batch batch;
  base::Arena& arena = batch.arena;
  const std::string_view environment = arena.copy(row.environment), release = arena.copy(row.release), slug = arena.copy(failure.monitor.slug);
  std::vector<Attribute> resource = {{"service.name", Value::string("default")}, {"deployment.environment.name", Value::string(environment)}};
  if (!release.empty()) resource.push_back({"service.version", Value::string(release)});
  batch.resources.push_back({arena.copy_array(std::span<const Attribute>(resource))});
  const std::string_view message = arena.copy("Monitor failure: " + failure.monitor.slug + ": " + std::string(what_happened(row.status)));
  model::ErrorEvent event{.event_id = model::EventId::from_hex(row.guid),
                          .time = row.updated,
                          .received_time = now,
                          .project = static_cast<uint64_t>(failure.monitor.project),
                          .level = "error",
                          .platform = "other",
                          .logger = "monitor",
                          .release = release,
                          .environment = environment,
                          .message = message,
                          .trace_id = model::TraceId::from_hex(row.trace_id)};
  const std::array<std::string_view, 3> fingerprint = {"crons", slug, environment};
  event.fingerprint = arena.copy_array(std::span<const std::string_view>(fingerprint));
  const std::array<Attribute, 3> tags = {{{"monitor.id", Value::string(arena.copy(std::to_string(failure.monitor.id)))},
                                          {"monitor.slug", Value::string(slug)},
                                          {"monitor.status", Value::string(model::check_in_status_name(row.status))}}};
  event.tags = arena.copy_array(std::span<const Attribute>(tags));
  event.payload = arena.copy(payload_of(failure, message));
  batch.errors.push_back(event);
  return batch;
}

}  // namespace tripod::monitor
