// Any bytes as plain lines and as frames.
#include <cstddef>
#include <cstdint>

#include "ingest/jsonlines/text_lines.h"
#include "ingest/testing/batch_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  static const ingest::jsonlines::Options options = [] {
    ingest::jsonlines::Options o;
    o.extra_fields = {{"env", "test"}};
    o.max_line_bytes = 1000;
    return o;
  }();
  const auto body = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  for (const auto decode : {ingest::jsonlines::decode_lines, ingest::jsonlines::decode_frames}) {
    model::Batch batch;
    const auto decoded = decode(body, options, batch, ingest::testing::kFuzzLimits);
    ingest::testing::check_bounded(batch);
    if (decoded) ingest::testing::check_batch(batch);
  }
  return 0;
}
