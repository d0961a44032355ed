// Any text: no crash, and what is accepted prints back to the same instant.
#include <cstdint>
#include <string_view>

#include "base/time_text.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod::base;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto instant = parse_rfc3339(text)) {
    const auto again = parse_rfc3339(format_rfc3339(*instant));
    TRIPOD_CHECK(again && *again == *instant);
  }
  if (const auto duration = parse_duration(text)) TRIPOD_CHECK(*duration >= 0);
  (void)parse_instant(text, 1'795'365'594'824'137'000);
  return 0;
}
