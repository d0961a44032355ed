// Any text as the configuration file, and as a size.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "cli/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  const std::string text(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = cli::parse_size(text)) TRIPOD_CHECK(*bytes <= cli::kMostBytes);
  const auto settings = cli::settings_of_yaml(text);
  if (!settings) {
    TRIPOD_CHECK(!settings.error().message.empty());
    return 0;
  }
  for (const auto& [name, value] : *settings) {
    const auto known = std::ranges::find(cli::settings(), name, &cli::Setting::name);
    TRIPOD_CHECK(known != cli::settings().end() && !known->only_environment && name != "config");
  }
  return 0;
}
