// Any event that the decoder takes gets a name and hashes; any text is parametrised, and a second
// time gives the same; the explanation of its hashes is true.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/hex.h"
#include "base/result.h"
#include "base/utf8.h"
#include "ingest/sentry/decode.h"
#include "pipeline/group/group.h"
#include "pipeline/group/testing/explained.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace tripod;
  static const pipeline::group::Grouper grouper;
  static const pipeline::group::Parametriser parametriser;
  const auto body = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  ingest::sentry::SentryContext context;
  context.received_time = 1'795'366'200 * base::kNanosPerSecond;
  model::Batch batch;
  (void)ingest::sentry::decode_store(body, context, batch);
  for (const model::ErrorEvent& event : batch.errors) {
    const pipeline::group::Grouping grouping = grouper.group(event);
    TRIPOD_CHECK(!grouping.hashes.empty() && grouping.hashes.size() <= 2 &&
                 !grouping.title.empty());
    for (const std::string& hash : grouping.hashes)
      TRIPOD_CHECK(hash.size() == 32 && base::is_hex(hash));
    TRIPOD_CHECK(base::is_valid_utf8(grouping.title) && base::is_valid_utf8(grouping.value));
    TRIPOD_CHECK(grouper.group(event).hashes == grouping.hashes);
    TRIPOD_CHECK(pipeline::group::testing::check_explained(grouper.explain(event), grouping.hashes).has_value());
    (void)grouper.former_hashes(event);
  }
  (void)pipeline::group::normalise_message(*body, parametriser);
  return 0;
}
