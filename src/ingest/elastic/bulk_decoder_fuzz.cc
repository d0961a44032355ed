// Any bytes as a _bulk body, and as one document.
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "ingest/elastic/bulk_decoder.h"
#include "ingest/testing/batch_check.h"

namespace {

using namespace tripod;

void check(const ingest::elastic::Bulk& bulk, const model::Batch& batch) {
  ingest::testing::check_batch(batch);
  size_t kept = 0;
  for (const auto& item : bulk.items) {
    TRIPOD_CHECK(item.index < bulk.indices.size());
    TRIPOD_CHECK(item.fault.has_value() == (item.log < 0));
    if (item.log >= 0) TRIPOD_CHECK(static_cast<size_t>(item.log) == kept++);
  }
  TRIPOD_CHECK(kept == batch.logs.size());
  TRIPOD_CHECK(batch.rejected_count() == bulk.items.size() - kept);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto body = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  model::Batch batch;
  const auto bulk = ingest::elastic::decode_bulk(body, {.index = "logs"}, batch, ingest::testing::kFuzzLimits);
  ingest::testing::check_bounded(batch);
  if (bulk) check(*bulk, batch);
  model::Batch single;
  const auto document = ingest::elastic::decode_document(body, {.index = "logs", .id = "1"}, single);
  TRIPOD_CHECK(document.items.size() == 1);
  check(document, single);
  return 0;
}
