// Any bytes as a scrape: decoded or refused, and what is decoded keeps the model's rules.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>

#include "base/utf8.h"
#include "ingest/prometheus/text_decoder.h"

namespace {

void check(const tripod::model::Batch& batch) {
  using tripod::model::Label;
  for (const auto& series : batch.series) {
    TRIPOD_CHECK(series.samples.size() == 1);
    TRIPOD_CHECK(!tripod::model::is_stale_marker(series.samples[0].value));
    TRIPOD_CHECK(std::ranges::adjacent_find(series.labels, std::ranges::greater_equal(),
                                            &Label::name) == series.labels.end());
    bool named = false;
    for (const Label& label : series.labels) {
      TRIPOD_CHECK(!label.name.empty() && !label.value.empty());
      TRIPOD_CHECK(tripod::base::is_valid_utf8(label.value));
      named = named || label.name == "__name__";
    }
    TRIPOD_CHECK(named);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace prometheus = tripod::ingest::prometheus;
  auto body = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  tripod::model::Batch batch;
  std::vector<bool> has_time;
  const bool decoded =
      prometheus::decode_text(body, {.format = {}, .default_time_ms = 1, .honor_timestamps = true},
                              batch, &has_time)
          .has_value();
  TRIPOD_CHECK(has_time.size() == batch.series.size());
  TRIPOD_CHECK(decoded || batch.series.empty());
  check(batch);
  return 0;
}
