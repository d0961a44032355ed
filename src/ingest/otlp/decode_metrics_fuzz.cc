// Any bytes as an OTLP export of metrics.
#include <cstddef>
#include <cstdint>

#include "base/result.h"
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
    size_t end = 0;
    for (const model::DeltaPoint& delta : batch.deltas) {
      TRIPOD_CHECK(delta.count > 0 && delta.first >= end && delta.first + delta.count <= batch.series.size());
      end = delta.first + delta.count;
      for (size_t i = delta.first; i < end; ++i) TRIPOD_CHECK(batch.series[i].samples.size() == 1 && batch.series[i].samples[0].time_ms == batch.series[delta.first].samples[0].time_ms);
    }
    ingest::otlp::encode_metrics_response(batch);
  }
  return 0;
}
