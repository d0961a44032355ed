#include "query/logql/labels.h"

#include <algorithm>

namespace tripod::query::logql {
namespace {

constexpr std::string_view kLevelField = "severity_text";

// Attributes with dots that log records commonly carry.
// https://opentelemetry.io/docs/specs/semconv/
constexpr std::string_view kWellKnown[] = {
    "cloud.account.id",
    "cloud.availability_zone",
    "cloud.platform",
    "cloud.provider",
    "cloud.region",
    "code.function.name",
    "code.namespace",
    "container.id",
    "container.name",
    "deployment.environment",
    "deployment.environment.name",
    "exception.message",
    "exception.type",
    "host.id",
    "host.name",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "k8s.cluster.name",
    "k8s.container.name",
    "k8s.cronjob.name",
    "k8s.daemonset.name",
    "k8s.deployment.name",
    "k8s.job.name",
    "k8s.namespace.name",
    "k8s.node.name",
    "k8s.pod.name",
    "k8s.replicaset.name",
    "k8s.statefulset.name",
    "log.file.name",
    "log.file.path",
    "otel.scope.name",
    "process.pid",
    "process.runtime.name",
    "service.instance.id",
    "service.name",
    "service.namespace",
    "service.version",
    "telemetry.sdk.language",
    "telemetry.sdk.name",
    "telemetry.sdk.version",
    "url.full",
    "url.path",
    "user.id",
};

bool is_label_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::string field_to_loki_label(std::string_view field) {
  if (field == kLevelField) return "level";
  std::string out(field);
  std::ranges::replace_if(out, [](char c) { return !is_label_char(c); }, '_');
  if (out.empty() || (out.front() >= '0' && out.front() <= '9')) out.insert(out.begin(), '_');
  return out;
}

std::vector<std::string> loki_label_to_fields(std::string_view label,
                                              std::span<const std::string> known_fields) {
  std::vector<std::string> out;
  const bool is_level = label == "level" || label == "detected_level";
  if (is_level) out.emplace_back(kLevelField);
  for (const std::string& field : known_fields) {
    if (field == kLevelField) continue;
    if (field == label || field_to_loki_label(field) == label) out.push_back(field);
  }
  if (!out.empty()) return out;
  for (const std::string_view field : kWellKnown) {
    if (field_to_loki_label(field) == label) return {std::string(field)};
  }
  return {std::string(label)};
}

}  // namespace tripod::query::logql
