// Any bytes as a Loki push in protobuf: as the snappy block, and as the message within one.
#include <snappy.h>

#include <cstddef>
#include <cstdint>

#include "ingest/loki/decoder.h"
#include "ingest/testing/batch_check.h"

namespace {

void decode(std::string_view block) {
  using namespace tripod;
  model::Batch batch;
  const auto decoded =
      ingest::loki::decode_push_protobuf(block, 1u << 20, batch, ingest::testing::kFuzzLimits);
  ingest::testing::check_bounded(batch);
  if (decoded) ingest::testing::check_batch(batch);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const char* bytes = reinterpret_cast<const char*>(data);
  decode({bytes, size});
  std::string block;
  snappy::Compress(bytes, size, &block);
  decode(block);
  return 0;
}
