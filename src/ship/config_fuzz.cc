// Any bytes as the configuration file: an error with a reason, or a configuration.
#include <cstddef>
#include <cstdint>

#include "ship/config.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  if (size > 4096) return 0;
  static const ship::Surroundings surroundings{
      .read_file = [](const std::string&) -> base::Result<std::string> {
        return base::fail(base::Code::kNotFound, "none");
      },
      .environment = [](const char*) -> const char* { return nullptr; },
      .host_name = "host"};
  const auto config =
      ship::parse_config(std::string(reinterpret_cast<const char*>(data), size), surroundings);
  if (!config)
    TRIPOD_CHECK(config.error().code == base::Code::kInvalidArgument &&
                 !config.error().message.empty());
  return 0;
}
