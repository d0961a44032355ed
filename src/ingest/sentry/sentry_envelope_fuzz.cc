// Any bytes as a Sentry envelope, and as the body of /store/.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "ingest/sentry/auth.h"
#include "ingest/sentry/decode.h"
#include "ingest/sentry/envelope.h"
#include "ingest/testing/batch_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  const auto body = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  ingest::sentry::SentryContext context;
  context.project = 1;
  context.service_name = "shop";
  context.received_time = 1'795'366'200 * base::kNanosPerSecond;
  {
    model::Batch batch;
    if (ingest::sentry::decode_envelope(body, context, batch)) ingest::testing::check_batch(batch);
  }
  {
    model::Batch batch;
    if (ingest::sentry::decode_store(body, context, batch)) ingest::testing::check_batch(batch);
  }
  (void)ingest::sentry::parse_envelope_header(*body);
  (void)ingest::sentry::parse_dsn(*body);
  (void)ingest::sentry::parse_auth_header(*body);
  (void)ingest::sentry::parse_auth_query(*body);
  return 0;
}
