// Any bytes as a Loki push in JSON.
#include <cstddef>
#include <cstdint>

#include "ingest/loki/decoder.h"
#include "ingest/testing/batch_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  std::string body(reinterpret_cast<const char*>(data), size);
  if (size % 2 == 0) body.reserve(size + 256);  // in place and copied
  model::Batch batch;
  const auto decoded = ingest::loki::decode_push_json(
      std::make_shared<const std::string>(std::move(body)), batch, ingest::testing::kFuzzLimits);
  ingest::testing::check_bounded(batch);
  if (decoded) ingest::testing::check_batch(batch);
  return 0;
}
