// The OpenTelemetry Resource behind what a Sentry event says of its sender.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/batch.h"

namespace tripod::ingest::sentry {

struct Sender {
  std::string_view service_name;
  std::string_view release;
  std::string_view environment;
  std::string_view server_name;
  std::string_view sdk_name;
  std::string_view sdk_version;
  std::string_view platform;  // python, node, ...: telemetry.sdk.language
};

// Index of the batch's resource with exactly these facts (empty ones are left out); added when
// there is none yet. The views are copied.
uint32_t resource_of(model::Batch& batch, const Sender& sender);

// Index of the batch's scope of this name and version: Sentry's SDK is what instrumented.
uint32_t scope_of(model::Batch& batch, std::string_view sdk_name, std::string_view sdk_version);

}  // namespace tripod::ingest::sentry
