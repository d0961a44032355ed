#include "query/logql/labels.h"

#include <algorithm>
#include <set>

namespace tripod::query::logql {
namespace {

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

bool is_level(std::string_view label) {
  return label == kLevelLabel || label == kDetectedLevelLabel;
}

}  // namespace

std::string field_to_loki_label(std::string_view field) {
  if (field == kSeverityField) return std::string(kLevelLabel);
  if (field.starts_with(kSecondPrefix)) field.remove_prefix(kSecondPrefix.size());
  std::string out(field);
  std::ranges::replace_if(out, [](char c) { return !is_label_char(c); }, '_');
  if (out.empty() || (out.front() >= '0' && out.front() <= '9')) out.insert(out.begin(), '_');
  return out;
}

bool is_stream_field(std::string_view field) {
  for (const std::string_view prefix :
       {"service.", "deployment.", "host.", "k8s.", "container.", "cloud."}) {
    if (field.starts_with(prefix)) return field != "service.instance.id";
  }
  return field == kSeverityField || field == "job" || field == "logger" ||
         field == "otel.scope.name";
}

std::string_view field_of_mark(std::string_view label) {
  return label == kServiceLabel ? kServiceField : label;
}

FieldCatalog::FieldCatalog(std::vector<store::FieldInfo> fields) : fields_(std::move(fields)) {
  std::ranges::sort(fields_, {}, &store::FieldInfo::name);
  const auto add = [this](std::string_view label, std::string_view field) {
    auto& all = by_label_[std::string(label)];
    if (std::ranges::find(all, field) == all.end()) all.emplace_back(field);
  };
  for (const store::FieldInfo& field : fields_) {
    if (!field.name.starts_with(kStreamMarkPrefix)) continue;
    marks_.push_back(field.name);
    const std::string_view label = std::string_view(field.name).substr(kStreamMarkPrefix.size());
    add(field_to_loki_label(label), field_of_mark(label));
  }
  const auto plain = [](const store::FieldInfo& field) {
    return !field.name.starts_with(kStreamMarkPrefix) && field.name != "body" && field.name != "original";
  };
  for (const bool of_stream : {true, false}) {
    for (const bool exact : {true, false}) {
      for (const store::FieldInfo& field : fields_) {
        const std::string label = field_to_loki_label(field.name);
        if (!plain(field) || is_stream_field(field.name) != of_stream || (label == field.name) != exact) continue;
        add(label, field.name);
        if (field.name == kSeverityField) add(kDetectedLevelLabel, field.name);
      }
    }
  }
}

std::vector<std::string> FieldCatalog::fields_of(std::string_view label) const {
  if (const auto found = by_label_.find(label); found != by_label_.end()) return found->second;
  if (is_level(label)) return {std::string(kSeverityField)};
  for (const std::string_view field : kWellKnown) {
    if (field_to_loki_label(field) == label) return {std::string(field)};
  }
  return {std::string(label)};
}

std::string_view FieldCatalog::type_of(std::string_view field) const {
  const auto found = std::ranges::lower_bound(fields_, field, {}, &store::FieldInfo::name);
  return found != fields_.end() && found->name == field ? std::string_view(found->type) : "";
}

std::vector<std::string> FieldCatalog::stream_fields() const {
  std::set<std::string> out(marks_.begin(), marks_.end());
  for (const std::string& mark : marks_) {
    out.emplace(field_of_mark(std::string_view(mark).substr(kStreamMarkPrefix.size())));
  }
  for (const store::FieldInfo& field : fields_) {
    if (is_stream_field(field.name)) out.insert(field.name);
  }
  return {out.begin(), out.end()};
}

std::vector<std::string> FieldCatalog::stream_labels() const {
  std::set<std::string> out;
  for (const std::string& field : stream_fields()) {
    const std::string_view name = field;
    const bool mark = name.starts_with(kStreamMarkPrefix);
    if (mark) {
      out.insert(field_to_loki_label(name.substr(kStreamMarkPrefix.size())));
    } else if (is_stream_field(field)) {
      out.insert(field_to_loki_label(field));
    }
  }
  return {out.begin(), out.end()};
}

}  // namespace tripod::query::logql
