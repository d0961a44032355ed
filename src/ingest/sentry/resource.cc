#include "ingest/sentry/resource.h"

#include <algorithm>
#include <array>

namespace tripod::ingest::sentry {
namespace {

std::string_view language_of(std::string_view platform) {
  if (platform == "node" || platform == "javascript") return "nodejs";
  if (platform == "csharp") return "dotnet";
  if (platform == "native" || platform == "c") return "cpp";
  return platform == "other" ? std::string_view() : platform;
}

}  // namespace

uint32_t resource_of(model::Batch& batch, const Sender& sender) {
  const std::array<model::Attribute, 7> all = {{
      {"service.name", model::Value::string(sender.service_name)},
      {"service.version", model::Value::string(sender.release)},
      {"deployment.environment.name", model::Value::string(sender.environment)},
      {"host.name", model::Value::string(sender.server_name)},
      {"telemetry.sdk.name", model::Value::string(sender.sdk_name)},
      {"telemetry.sdk.version", model::Value::string(sender.sdk_version)},
      {"telemetry.sdk.language", model::Value::string(language_of(sender.platform))},
  }};
  std::array<model::Attribute, 7> present;
  size_t count = 0;
  for (const model::Attribute& attribute : all) {
    if (!attribute.value.text().empty()) present[count++] = attribute;
  }
  const auto same = [](const model::Attribute& a, const model::Attribute& b) {
    return a.key == b.key && a.value == b.value;
  };
  for (size_t i = 0; i < batch.resources.size(); ++i) {
    const auto have = batch.resources[i].attributes;
    if (std::equal(have.begin(), have.end(), present.begin(),
                   present.begin() + static_cast<std::ptrdiff_t>(count), same)) {
      return static_cast<uint32_t>(i);
    }
  }
  auto kept = batch.arena.make_array<model::Attribute>(count);
  for (size_t i = 0; i < count; ++i) {
    kept[i] = {present[i].key, model::Value::string(batch.arena.copy(present[i].value.text()))};
  }
  batch.resources.push_back({kept});
  return static_cast<uint32_t>(batch.resources.size() - 1);
}

uint32_t scope_of(model::Batch& batch, std::string_view sdk_name, std::string_view sdk_version) {
  for (size_t i = 0; i < batch.scopes.size(); ++i) {
    if (batch.scopes[i].name == sdk_name && batch.scopes[i].version == sdk_version) {
      return static_cast<uint32_t>(i);
    }
  }
  batch.scopes.push_back({batch.arena.copy(sdk_name), batch.arena.copy(sdk_version)});
  return static_cast<uint32_t>(batch.scopes.size() - 1);
}

}  // namespace tripod::ingest::sentry
