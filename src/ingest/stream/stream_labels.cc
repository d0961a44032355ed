#include "ingest/stream/stream_labels.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace tripod::ingest {
namespace {

using model::Attribute;
using model::Label;
using model::Value;

struct Meaning {
  std::string_view attribute;
  std::array<std::string_view, 6> labels;  // the first that is there counts; empty ones pad
};

constexpr std::array<Meaning, 3> kMeanings{{
    {"service.name",
     {"service_name", "service", "app", "application", "app_kubernetes_io_name", "job"}},
    {"deployment.environment.name",
     {"deployment_environment_name", "deployment_environment", "environment", "env"}},
    {"host.name", {"host_name", "hostname", "host", "nodename", "node"}},
}};

constexpr std::array<std::string_view, 5> kSeverityLabels{"level", "severity", "severity_text",
                                                          "detected_level", "loglevel"};

std::string_view value_of(std::span<const Label> labels, std::string_view name) {
  const auto found = std::ranges::find(labels, name, &Label::name);
  return found != labels.end() ? found->value : std::string_view();
}

}  // namespace

std::span<Attribute> stream_attributes(std::span<const Label> labels, base::Arena& arena) {
  std::vector<Attribute> out;
  for (const Label& label : labels) {
    if (label.value.empty() || label.name == "service_name") continue;
    out.push_back({label.name, Value::string(label.value)});
  }
  for (const Meaning& meaning : kMeanings) {
    if (!value_of(labels, meaning.attribute).empty()) continue;
    for (std::string_view name : meaning.labels) {
      const std::string_view value = name.empty() ? name : value_of(labels, name);
      if (value.empty()) continue;
      out.push_back({meaning.attribute, Value::string(value)});
      break;
    }
  }
  for (const Label& label : labels) {
    if (label.value.empty()) continue;
    std::string mark(kStreamLabelPrefix);
    mark += label.name;
    out.push_back({arena.copy(mark), Value::boolean(true)});
  }
  return arena.copy_array(std::span<const Attribute>(out));
}

bool is_severity_label(std::string_view name) {
  return std::ranges::find(kSeverityLabels, name) != kSeverityLabels.end();
}

std::string_view stream_severity(std::span<const Label> labels) {
  for (std::string_view name : kSeverityLabels) {
    if (const auto value = value_of(labels, name); !value.empty()) return value;
  }
  return {};
}

}  // namespace tripod::ingest
