// Any OTLP export (the first byte says of what) on its way through the steps that rewrite it: it
// stays a whole batch, no record is lost, and doing it twice changes nothing more.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "ingest/otlp/decoder.h"
#include "ingest/testing/batch_check.h"
#include "pipeline/normalise/normalise.h"
#include "pipeline/scrub/scrubber.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  static const pipeline::scrub::Scrubber scrubber({.ip_addresses = true});
  if (size == 0) return 0;
  const auto body =
      std::make_shared<const std::string>(reinterpret_cast<const char*>(data) + 1, size - 1);
  model::Batch batch;
  const ingest::DecodeLimits limits{.decoded_bytes = 8u << 20};
  const auto decoded = data[0] % 2 == 0 ? ingest::otlp::decode_traces(body, batch, limits)
                                        : ingest::otlp::decode_logs(body, batch, limits);
  if (!decoded) return 0;
  const size_t spans = batch.spans.size();
  const size_t logs = batch.logs.size();
  pipeline::normalise::normalise_batch(batch);
  ingest::testing::check_batch(batch);
  scrubber.scrub_batch(batch);
  ingest::testing::check_batch(batch);
  TRIPOD_CHECK(batch.spans.size() == spans && batch.logs.size() == logs);
  std::vector<size_t> attributes;
  for (const auto& span : batch.spans) attributes.push_back(span.attributes.size());
  pipeline::normalise::normalise_batch(batch);
  for (size_t i = 0; i < spans; ++i) {
    TRIPOD_CHECK(batch.spans[i].attributes.size() == attributes[i]);
  }
  return 0;
}
