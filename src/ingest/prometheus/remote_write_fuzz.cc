// Any bytes as a remote write request, with and without the compression around it.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "ingest/prometheus/remote_write_decoder.h"

namespace {

void check(const tripod::model::Batch& batch) {
  using tripod::model::Label;
  for (const auto& series : batch.series) {
    TRIPOD_CHECK(!series.samples.empty());
    TRIPOD_CHECK(std::ranges::adjacent_find(series.labels, std::ranges::greater_equal(),
                                            &Label::name) == series.labels.end());
    TRIPOD_CHECK(std::ranges::all_of(
        series.labels, [](const Label& l) { return !l.name.empty() && !l.value.empty(); }));
    TRIPOD_CHECK(std::ranges::count(series.labels, "__name__", &Label::name) == 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace prometheus = tripod::ingest::prometheus;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  for (const auto version : {prometheus::RemoteWriteVersion::kV1, prometheus::RemoteWriteVersion::kV2}) {
    tripod::model::Batch compressed;
    if (!prometheus::decode_remote_write(bytes, version, 1 << 20, compressed)) TRIPOD_CHECK(compressed.series.empty());
    check(compressed);
    tripod::model::Batch plain;
    if (!prometheus::decode_write_request(std::make_shared<const std::string>(bytes), version, plain)) TRIPOD_CHECK(plain.series.empty());
    check(plain);
  }
  return 0;
}
