#include "pipeline/same_line.h"

#include <algorithm>
#include <array>

namespace tripod::pipeline {

using model::Attribute;
using model::LogRecord;

namespace {

constexpr int64_t kOwnTimesWithId = base::kNanosPerSecond / 2;
constexpr int64_t kShippedWithId = 10 * base::kNanosPerSecond;
constexpr int64_t kWithoutId = 10 * base::kNanosPerMilli;

// Told by each SDK in its own way.
bool may_differ(std::string_view key) {
  static constexpr std::array<std::string_view, 6> kKeys{"code.file.path", "code.function.name", "log.origins",
                                                         "observed_timestamp", "thread.name", "logger"};
  return key.starts_with("exception.") || key.starts_with("sentry.") || key.starts_with("telemetry.") || key.starts_with("stream.label.") ||
         std::ranges::find(kKeys, key) != kKeys.end();
}

// Values of different types are no contradiction: 7 and "7".
bool contradicts(const LogRecord& a, const LogRecord& b) {
  for (const Attribute& mine : a.attributes) {
    const Attribute* other = model::find_attribute(b.attributes, mine.key);
    if (other == nullptr || other->value.type() != mine.value.type() || other->value == mine.value) continue;
    if (!may_differ(mine.key)) return true;
  }
  const bool both_leveled = a.severity_number != 0 && b.severity_number != 0;
  if (both_leveled && (a.severity_number - 1) / 4 != (b.severity_number - 1) / 4) return true;
  if (a.source != b.source) return false;  // their traces have nothing in common
  return (!a.trace_id.empty() && !b.trace_id.empty() && a.trace_id != b.trace_id) ||
         (!a.span_id.empty() && !b.span_id.empty() && a.span_id != b.span_id);
}

// A request's id is also in the lines of the services behind it, and of each instance. A host is named by who ships from it as often as by
// the program itself: node and container.
bool are_of_two(const LineCopy& a, const LineCopy& b, std::string_view key) {
  const std::string_view mine = model::find_text(a.resource, key);
  const std::string_view other = mine.empty() ? mine : model::find_text(b.resource, key);
  return !other.empty() && mine != other;
}
bool are_of_two_instances(const LineCopy& a, const LineCopy& b) {
  static constexpr std::array<std::string_view, 4> kKeys{"service.instance.id", "k8s.pod.uid", "k8s.pod.name", "container.id"};
  return (!a.service.empty() && !b.service.empty() && a.service != b.service) ||
         std::ranges::any_of(kKeys, [&](std::string_view key) { return are_of_two(a, b, key); });
}

bool share(const LogRecord& a, const LogRecord& b, std::string_view key) {
  const Attribute* mine = model::find_attribute(a.attributes, key);
  const Attribute* other = mine == nullptr ? nullptr : model::find_attribute(b.attributes, key);
  return other != nullptr && mine->value == other->value;
}

bool share_id(const LogRecord& a, const LogRecord& b) {
  if (a.source == b.source && !a.trace_id.empty() && a.trace_id == b.trace_id) return true;
  const std::string_view id = joining_id(a);
  return !id.empty() && id == joining_id(b);
}

}  // namespace

std::string_view joining_id(const LogRecord& record) {
  static constexpr std::array<std::string_view, 6> kKeys{"request_id",   "request.id", "http.request_id",
                                                         "x_request_id", "task_id",    "celery.task_id"};
  for (const Attribute& a : record.attributes) {
    const bool known = a.value.is_string() && std::ranges::find(kKeys, a.key) != kKeys.end();
    if (known && !a.value.text().empty()) return a.value.text();
  }
  return {};
}

int64_t distance(const LineCopy& a, const LineCopy& b) {
  return a.record.time < b.record.time ? b.record.time - a.record.time : a.record.time - b.record.time;
}

bool is_same_line(const LineCopy& a, const LineCopy& b) {
  if (!(a.record.body == b.record.body) || contradicts(a.record, b.record) || are_of_two_instances(a, b)) return false;
  const int64_t apart = distance(a, b);
  const bool own_times = a.has_program_time() && b.has_program_time();
  if (share_id(a.record, b.record)) return apart <= (own_times ? kOwnTimesWithId : kShippedWithId);
  if (!own_times || apart > kWithoutId || are_of_two(a, b, "host.name")) return false;
  if (!a.service.empty() && !b.service.empty()) return true;
  return share(a.record, b.record, "code.line.number") && share(a.record, b.record, "code.file.path");
}

}  // namespace tripod::pipeline
