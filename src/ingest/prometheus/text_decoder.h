// Reads a scrape in the Prometheus text exposition format 0.0.4 or 1.0.0, or in OpenMetrics 0.0.1 or 1.0.0.
// https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "ingest/decode_limits.h"
#include "ingest/prometheus/content_type.h"
#include "model/batch.h"

namespace tripod::ingest::prometheus {

struct TextOptions {
  TextFormat format = TextFormat::kText0_0_4;
  int64_t default_time_ms = 0;   // of samples without a timestamp
  bool honor_timestamps = true;  // false: timestamps in the text are read and not used
  // kReject: a line that is not of the format is rejected ("invalid_line") with its number, and the others are kept.
  enum class BadLines : uint8_t { kFail, kReject };
  BadLines bad_lines = BadLines::kFail;
  // Put over the labels of each line; one with an empty value takes a label out. No name twice; their texts live as long as the batch.
  std::span<const model::Label> extra_labels = {};
  DecodeLimits limits = {};
};

// Appends one series with one sample to `batch.series` for every sample line, and TYPE and HELP to
// `batch.metadata`; texts point into `body`, which the batch keeps. Labels are sorted, empty ones
// left out; `le` of histograms and `quantile` of summaries are written as Prometheus 3 writes them
// ("1.0"). OpenMetrics has to end with "# EOF"; an exemplar goes to
// `batch.exemplars`, whose `series` is the very span of labels of the series it stands behind. NaN is always Prometheus's ordinary NaN. A line that is not of the format fails the
// whole body with kInvalidArgument and its number, as Prometheus does, and the batch is as it was; so it is with kTooLarge past the limits.
// `has_time`, where given, gets one element per series appended: whether its timestamp was in the
// text.
base::Result<> decode_text(std::shared_ptr<const std::string> body, const TextOptions& options,
                           model::Batch& batch, std::vector<bool>* has_time = nullptr);

// How far a text that comes in pieces was read.
struct TextProgress {
  uint64_t lines = 0;
  bool ended = false;                                     // by "# EOF"
  model::MetricType type = model::MetricType::kUnknown;  // of the last TYPE line
};

// The same for a piece of a text, which ends where a line does: goes on where `progress` says that the last one ended. Lines are
// numbered through all pieces. Whether "# EOF" comes in the end is for the caller to see. After an error nothing is to follow.
base::Result<> decode_text_piece(std::shared_ptr<const std::string> piece, const TextOptions& options, TextProgress& progress,
                                 model::Batch& batch, std::vector<bool>* has_time = nullptr);

// The names that need no quotes: [a-zA-Z_:][a-zA-Z0-9_:]* and the same without ':'.
bool is_metric_name(std::string_view text);
bool is_label_name(std::string_view text);

}  // namespace tripod::ingest::prometheus
