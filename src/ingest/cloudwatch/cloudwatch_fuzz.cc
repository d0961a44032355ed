// Any bytes as a PutLogEvents body, and as one of the small requests.
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "ingest/cloudwatch/put_log_events.h"
#include "ingest/cloudwatch/requests.h"
#include "ingest/testing/batch_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  const auto body = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  if (const auto request = ingest::cloudwatch::parse_request(*body)) TRIPOD_CHECK(request->limit >= 1 && request->limit <= 50);
  model::Batch batch;
  const auto put = ingest::cloudwatch::decode_put_log_events(body, batch);
  if (!put) {
    TRIPOD_CHECK(!put.error().message.empty());
    return 0;
  }
  ingest::testing::check_batch(batch);
  TRIPOD_CHECK(put->events > 0 && put->events <= batch.logs.size());
  return 0;
}
