// Any bytes as JSON: what comes out is JSON too, of the same shape or smaller.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/json_text.h"
#include "base/utf8.h"
#include "pipeline/scrub/scrubber.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  static const pipeline::scrub::Scrubber scrubber;
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  const auto scrubbed = scrubber.scrub_json(json);
  const bool valid =
      base::check_json(json, pipeline::scrub::kMostJsonDepth).fault == base::JsonFault::kNone;
  TRIPOD_CHECK(scrubbed.has_value() == valid);
  if (!scrubbed) return 0;
  TRIPOD_CHECK(base::check_json(*scrubbed, pipeline::scrub::kMostJsonDepth).fault ==
               base::JsonFault::kNone);
  TRIPOD_CHECK(base::is_valid_utf8(*scrubbed));
  TRIPOD_CHECK(scrubber.scrub_json(*scrubbed).has_value());
  return 0;
}
