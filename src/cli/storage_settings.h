// Settings of what is kept and for how long, and of what happens when the disk fills up, out of their texts.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tripod::cli {

struct Retention {
  int64_t age = INT64_MAX;   // nanoseconds; INT64_MAX: for ever
  uint64_t bytes = 0;        // on disk; 0: no limit
};

// Series that are kept for less than the others.
struct SeriesRetention {
  std::string selector;  // as written: {__name__=~"debug_.+"}
  int64_t age = 0;       // nanoseconds

  bool operator==(const SeriesRetention&) const = default;
};

struct RetentionSettings {
  Retention logs, spans, errors, links, sessions, metrics;
  std::vector<SeriesRetention> series;
};

// Files that come with events.
struct AttachmentSettings {
  uint64_t most_bytes = 0;  // of one
  Retention kept;
};

struct DiskSettings {
  // The disk is low with less free than the larger of these.
  uint64_t low_water_bytes = 0;
  double low_water_share = 0;  // of the disk's size, 0..1
  enum class WhenLow : uint8_t { kRefuse, kDropOldest };
  WhenLow when_low = WhenLow::kRefuse;
};

// Which traces are kept (docs/sampling.md).
struct SamplingSettings {
  bool is_on = false;
  double percentage = 0;     // of what no other rule keeps, 0..100
  int64_t slow = 0;          // nanoseconds
  std::string policies;      // a file that says what is kept instead of the two above; empty: none
  uint64_t most_bytes = 0;   // of undecided spans in memory
  Retention window;
};

// How many active series there may be; 0: no limit.
struct SeriesSettings {
  uint64_t in_all = 0;
  uint64_t per_job = 0;
  uint64_t per_metric = 0;
};

// `text` answers a setting's text by its name ("retention-logs-age"). kInvalidArgument names the setting.
using TextOf = std::function<const std::string&(std::string_view name)>;
base::Result<RetentionSettings> retention_settings(const TextOf& text);
base::Result<AttachmentSettings> attachment_settings(const TextOf& text);
base::Result<DiskSettings> disk_settings(const TextOf& text);
base::Result<SamplingSettings> sampling_settings(const TextOf& text, uint64_t memory);
// "auto" is what fits into `memory` bytes beside everything else: a series for each 2 KiB, half as many of one job or metric.
base::Result<SeriesSettings> series_settings(const TextOf& text, uint64_t memory);

}  // namespace tripod::cli
