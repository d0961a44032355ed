#include "ingest/elastic/ecs.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>

namespace tripod::ingest::elastic {
namespace {

using model::Attribute;

using Names = std::unordered_map<std::string_view, std::string_view>;

const Names& names() {
  static const Names table{
      {"client.ip", "client.address"},
      {"container.image.tag", "container.image.tags"},
      {"destination.ip", "destination.address"},
      {"error.message", "exception.message"},
      {"error.stack_trace", "exception.stacktrace"},
      {"error.type", "exception.type"},
      {"host", "host.name"},
      {"host.architecture", "host.arch"},
      {"host.hostname", "host.name"},
      {"host.os.full", "os.description"},
      {"host.os.name", "os.name"},
      {"host.os.type", "os.type"},
      {"host.os.version", "os.version"},
      {"hostname", "host.name"},
      {"kubernetes.container.name", "k8s.container.name"},
      {"kubernetes.container_image", "container.image.name"},
      {"kubernetes.container_name", "k8s.container.name"},
      {"kubernetes.daemonset.name", "k8s.daemonset.name"},
      {"kubernetes.deployment.name", "k8s.deployment.name"},
      {"kubernetes.docker_id", "container.id"},
      {"kubernetes.host", "k8s.node.name"},
      {"kubernetes.namespace", "k8s.namespace.name"},
      {"kubernetes.namespace_name", "k8s.namespace.name"},
      {"kubernetes.node.name", "k8s.node.name"},
      {"kubernetes.node.uid", "k8s.node.uid"},
      {"kubernetes.pod.ip", "k8s.pod.ip"},
      {"kubernetes.pod.name", "k8s.pod.name"},
      {"kubernetes.pod.uid", "k8s.pod.uid"},
      {"kubernetes.pod_id", "k8s.pod.uid"},
      {"kubernetes.pod_ip", "k8s.pod.ip"},
      {"kubernetes.pod_name", "k8s.pod.name"},
      {"kubernetes.replicaset.name", "k8s.replicaset.name"},
      {"kubernetes.statefulset.name", "k8s.statefulset.name"},
      {"log.logger", "logger"},
      {"log.origin.file.line", "code.line.number"},
      {"log.origin.file.name", "code.file.path"},
      {"log.origin.function", "code.function.name"},
      {"orchestrator.cluster.name", "k8s.cluster.name"},
      {"process.thread.id", "thread.id"},
      {"process.thread.name", "thread.name"},
      {"server.ip", "server.address"},
      {"service", "service.name"},
      {"service.environment", "deployment.environment.name"},
      {"service.node.name", "service.instance.id"},
      {"service_name", "service.name"},
      {"source.ip", "source.address"},
  };
  return table;
}

// Maps of names that people choose.
constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kPrefixes{{
    {"kubernetes.annotations.", "k8s.pod.annotation."},
    {"kubernetes.labels.", "k8s.pod.label."},
}};

constexpr std::array<std::string_view, 11> kResourcePrefixes{
    "agent.", "cloud.", "container.",    "data_stream.", "deployment.", "ecs.",
    "host.",  "k8s.",   "orchestrator.", "os.",          "service."};

}  // namespace

std::string_view current_name(std::string_view name, base::Arena& arena) {
  const auto found = names().find(name);
  if (found != names().end()) return found->second;
  for (const auto& [old_prefix, new_prefix] : kPrefixes) {
    if (!name.starts_with(old_prefix)) continue;
    return arena.copy(std::string(new_prefix).append(name.substr(old_prefix.size())));
  }
  return name;
}

bool is_of_resource(std::string_view name) {
  return std::ranges::any_of(kResourcePrefixes, [&](std::string_view p) { return name.starts_with(p); });
}

void rename_fields(std::vector<Attribute>& fields, base::Arena& arena) {
  size_t kept = 0;
  for (size_t i = 0; i < fields.size(); ++i) {
    Attribute field = fields[i];
    const std::string_view name = current_name(field.key, arena);
    if (name.data() != field.key.data()) {
      // Among those before it (by their new names) and those behind it (by their old ones).
      const auto same = [&](const Attribute& other) { return other.key == name; };
      const auto before = std::find_if(fields.begin(), fields.begin() + static_cast<ptrdiff_t>(kept), same);
      const auto behind = std::find_if(fields.begin() + static_cast<ptrdiff_t>(i) + 1, fields.end(), same);
      const Attribute* taken = before != fields.begin() + static_cast<ptrdiff_t>(kept) ? &*before
                               : behind != fields.end()                               ? &*behind
                                                                                      : nullptr;
      if (taken == nullptr) {
        field.key = name;
      } else if (taken->value == field.value) {
        continue;
      }
    }
    fields[kept++] = field;
  }
  fields.resize(kept);
}

}  // namespace tripod::ingest::elastic
