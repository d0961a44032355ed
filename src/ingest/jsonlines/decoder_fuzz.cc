// Any bytes as JSON lines.
#include <cstddef>
#include <cstdint>

#include "ingest/jsonlines/decoder.h"
#include "ingest/testing/batch_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  static const ingest::jsonlines::Options options = [] {
    ingest::jsonlines::Options o;
    o.message_field = "log";
    o.stream_fields = {"app", "a.b"};
    o.extra_fields = {{"env", "test"}};
    return o;
  }();
  const auto body = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  model::Batch batch;
  const auto decoded =
      ingest::jsonlines::decode(body, options, batch, ingest::testing::kFuzzLimits);
  ingest::testing::check_bounded(batch);
  if (decoded) ingest::testing::check_batch(batch);
  return 0;
}
