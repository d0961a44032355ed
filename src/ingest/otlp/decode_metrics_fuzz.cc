// Any bytes as an OTLP export of metrics.
#include <cstddef>
#include <cstdint>

#include "ingest/otlp/decoder.h"
#include "ingest/otlp/response.h"
#include "ingest/testing/batch_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  const auto body = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  model::Batch batch;
  const auto decoded = ingest::otlp::decode_metrics(body, batch, ingest::testing::kFuzzLimits);
  ingest::testing::check_bounded(batch);
  if (decoded) {
    ingest::testing::check_batch(batch);
    ingest::otlp::encode_metrics_response(batch);
  }
  return 0;
}
