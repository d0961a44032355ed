// Where samples live, as every layer above sees it: batches in, series out. The embedded engine is one implementation;
// a remote one must be able to serve the same calls.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/batch.h"

namespace tripod::store {

// Sorted by name; holds __name__; no empty values.
using Labels = std::vector<std::pair<std::string, std::string>>;

// Prometheus label matcher. Regular expressions are RE2, anchored at both ends, '.' matches newline.
// A matcher that accepts the empty string also selects series without the label.
struct LabelMatcher {
  enum class Op : uint8_t { kEqual, kNotEqual, kRegex, kNotRegex };
  Op op = Op::kEqual;
  std::string name;
  std::string value;
};

// Both ends inclusive, milliseconds since 1970.
struct TimeRangeMs {
  int64_t start = 0;
  int64_t end = 0;
};

// One series with the samples of the range asked for, oldest first, no duplicate times. Stale markers are included.
struct SeriesData {
  Labels labels;
  std::vector<model::Sample> samples;
};

struct SelectLimits {
  size_t max_series = 0;   // 0: no limit. Exceeding one is an error (kResourceExhausted), never a silent cut.
  size_t max_samples = 0;
};

struct Metadata {
  std::string family;
  model::MetricType type = model::MetricType::kUnknown;
  std::string help;
  std::string unit;
};

struct MetricStoreStats {
  uint64_t series = 0;         // active in the head
  uint64_t samples = 0;        // stored, head and blocks
  uint64_t bytes_on_disk = 0;
  uint64_t blocks = 0;
  int64_t retention_ns = INT64_MAX;  // how long samples are kept; INT64_MAX: for ever
  uint64_t retention_bytes = 0;      // of blocks; 0: no limit
  std::string failure;         // why nothing is taken any more, until the next start; empty: it is
  std::string trouble;         // why nothing is taken until there is room on the disk again; empty: it is
};

// What became of an appended batch once it is durable.
struct MetricAppendSummary {
  uint64_t accepted = 0;     // samples
  uint64_t duplicates = 0;   // same series, time and value: taken as already stored
  std::vector<model::Rejection> rejections;  // "out_of_retention", "duplicate_timestamp_different_value", ...
};

// Thread-safe.
class MetricStore {
 public:
  virtual ~MetricStore() = default;

  // Samples are visible to select() and survive power loss when `done` says success. `done` runs once, on a thread of the
  // store, and must be short. The batch is not needed after the call returns. Out-of-order samples within retention are taken.
  // Samples of a batch that is refused may be found all the same, but once, also when the batch is sent again.
  using Done = std::move_only_function<void(base::Result<MetricAppendSummary>)>;
  virtual void append(std::span<const model::SeriesSamples> series, std::span<const model::MetricMetadata> metadata,
                      Done done) = 0;

  // Series that match all matchers and have samples in the range, sorted by labels.
  virtual base::Result<std::vector<SeriesData>> select(std::span<const LabelMatcher> matchers, TimeRangeMs range,
                                                       SelectLimits limits) = 0;
  // Label sets only.
  virtual base::Result<std::vector<Labels>> series(std::span<const LabelMatcher> matchers, TimeRangeMs range) = 0;
  // Sorted, distinct; of the series that match (all when there is no matcher).
  virtual base::Result<std::vector<std::string>> label_names(std::span<const LabelMatcher> matchers, TimeRangeMs range) = 0;
  virtual base::Result<std::vector<std::string>> label_values(std::string_view label,
                                                              std::span<const LabelMatcher> matchers,
                                                              TimeRangeMs range) = 0;
  virtual std::vector<Metadata> metadata() = 0;
  virtual MetricStoreStats stats() = 0;
  // Writes what is in memory as a block now (tests, shutdown).
  virtual base::Result<> flush() = 0;
};

}  // namespace tripod::store
