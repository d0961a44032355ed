// Any bytes as the JSON form of an OTLP export of each signal.
#include <cstddef>
#include <cstdint>

#include "ingest/otlp/decoder.h"
#include "ingest/otlp/response.h"
#include "ingest/testing/batch_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  namespace otlp = ingest::otlp;
  const auto body = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  for (auto decode :
       {otlp::decode_traces_json, otlp::decode_logs_json, otlp::decode_metrics_json}) {
    model::Batch batch;
    const auto decoded = decode(body, batch, ingest::testing::kFuzzLimits);
    ingest::testing::check_bounded(batch);
    if (decoded) {
      ingest::testing::check_batch(batch);
      otlp::encode_logs_response_json(batch);
    }
  }
  return 0;
}
