// Any bytes as one event, transaction or span item.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "ingest/sentry/event.h"
#include "ingest/sentry/json_value.h"
#include "ingest/sentry/transaction.h"
#include "ingest/testing/batch_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  ingest::sentry::SentryContext context;
  context.service_name = "shop";
  context.received_time = 1'795'366'200 * base::kNanosPerSecond;
  ingest::sentry::JsonParser parser;
  model::Batch batch;
  (void)ingest::sentry::decode_event(json, {}, context, parser, batch);
  (void)ingest::sentry::decode_transaction(json, context, parser, batch);
  (void)ingest::sentry::decode_spans(json, context, parser, batch);
  ingest::testing::check_batch(batch);
  return 0;
}
