// Any bytes: parse() answers, and what it accepts prints and parses back to the same predicate.
#include <cstdint>
#include <string_view>

#include "query/search/search.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  if (size == 0) return 0;
  const auto dataset = static_cast<store::Dataset>(data[0] % store::kDatasetCount);
  const auto predicate =
      query::search::parse({reinterpret_cast<const char*>(data) + 1, size - 1}, dataset);
  if (!predicate) return 0;
  const auto printed = query::search::print(*predicate, dataset);
  const auto again = query::search::parse(printed, dataset);
  // Canonical text is longer than what it came from; only the bounds on size may turn it away.
  if (!again) {
    TRIPOD_CHECK(printed.size() > query::search::kMaxQueryBytes ||
                 again.error().message.find("more than") != std::string::npos ||
                 again.error().message.find("nested too deeply") != std::string::npos);
    return 0;
  }
  TRIPOD_CHECK(to_string(*again) == to_string(*predicate));
  return 0;
}
