// Any bytes as a scrape: decoded or refused, and what is decoded keeps the model's rules.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <string>

#include "base/utf8.h"
#include "ingest/prometheus/content_type.h"
#include "ingest/prometheus/float_text.h"
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

// The small grammars around a scrape.
void check_words(std::string_view text) {
  namespace prometheus = tripod::ingest::prometheus;
  (void)prometheus::classify_scrape(text, std::nullopt);
  (void)prometheus::parse_scrape_protocol(text);
  (void)prometheus::classify_remote_write(text);
  const auto value = prometheus::parse_float(text);
  if (!value) return;
  TRIPOD_CHECK(!tripod::model::is_stale_marker(*value));
  const auto again = prometheus::parse_float(prometheus::format_bound(*value));
  TRIPOD_CHECK(again && std::bit_cast<uint64_t>(*again) == std::bit_cast<uint64_t>(*value));
}

// What is decoded as a whole is decoded in two pieces to the same.
void check_pieces(const std::string& body, const tripod::ingest::prometheus::TextOptions& options, const tripod::model::Batch& whole) {
  namespace prometheus = tripod::ingest::prometheus;
  const size_t at = body.find('\n', body.size() / 2);
  if (at == std::string::npos) return;
  tripod::model::Batch batch;
  prometheus::TextProgress progress;
  for (const std::string& piece : {body.substr(0, at + 1), body.substr(at + 1)}) {
    TRIPOD_CHECK(prometheus::decode_text_piece(std::make_shared<const std::string>(piece), options, progress, batch).has_value());
  }
  TRIPOD_CHECK(batch.series.size() == whole.series.size());
  TRIPOD_CHECK(batch.exemplars.size() == whole.exemplars.size());
  for (size_t i = 0; i < batch.series.size(); ++i) {
    TRIPOD_CHECK(std::ranges::equal(batch.series[i].labels, whole.series[i].labels, [](const auto& a, const auto& b) {
      return a.name == b.name && a.value == b.value;
    }));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace prometheus = tripod::ingest::prometheus;
  auto body = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  check_words(*body);
  for (const auto format : {prometheus::TextFormat::kText1_0_0, prometheus::TextFormat::kOpenMetrics1_0_0}) {
    tripod::model::Batch batch;
    std::vector<bool> has_time;
    const prometheus::TextOptions options{.format = format, .default_time_ms = 1, .honor_timestamps = true};
    const bool decoded = prometheus::decode_text(body, options, batch, &has_time).has_value();
    TRIPOD_CHECK(has_time.size() == batch.series.size());
    TRIPOD_CHECK(decoded || batch.series.empty());
    check(batch);
    if (decoded) check_pieces(*body, options, batch);
    // As it is pushed.
    const std::vector<tripod::model::Label> extra{{"job", "pushed"}, {"le", ""}};
    tripod::model::Batch pushed;
    const bool taken = prometheus::decode_text(body, {.format = format, .default_time_ms = 1, .bad_lines = prometheus::TextOptions::BadLines::kReject, .extra_labels = extra, .limits = {.decoded_bytes = 1u << 16}}, pushed).has_value();
    TRIPOD_CHECK(taken || (pushed.series.empty() && pushed.rejections.empty()));
    check(pushed);
  }
  return 0;
}
