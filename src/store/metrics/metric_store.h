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

inline Labels to_labels(std::span<const model::Label> labels) {
  Labels out;
  out.reserve(labels.size());
  for (const model::Label& label : labels) out.emplace_back(label.name, label.value);
  return out;
}

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

enum class SeriesOrder : uint8_t {
  kLabels,
  kHash,  // of a hash of the labels: cheaper, and like kLabels the same wherever samples are and whatever the range
  kAny,   // the cheapest: as the store has them
};

struct OpenOptions {
  size_t max_series = 0;  // 0: no limit; exceeding it is an error
  SeriesOrder order = SeriesOrder::kLabels;
  // Of each series the newest sample of the range is wanted; others may come with it.
  bool newest_only = false;
  // Why to stop, asked every thousand series at least while the set is made; may be empty.
  std::function<base::Result<>()> poll = nullptr;
};

// Series that matched at one moment, with their samples in a range: nothing is laid out before it is asked for. Series without a
// sample in the range may be among them. Thread-safe, as long as each thread reads with a Reader of its own.
class SeriesSet {
 public:
  virtual ~SeriesSet() = default;
  virtual size_t size() const = 0;

  // What one thread keeps from one series to the next.
  class Reader {
   public:
    virtual ~Reader() = default;
    // Replaces `labels`, whose texts are valid as long as the set is, and `samples`: oldest first, no duplicate times, stale
    // markers included. kResourceExhausted where these are more than `max_samples`: mostly before they are decoded, and never
    // after many more were.
    virtual base::Result<> read(size_t series, std::vector<model::Label>& labels, std::vector<model::Sample>& samples,
                                size_t max_samples) = 0;
  };
  // The set outlives it.
  virtual std::unique_ptr<Reader> reader() const = 0;
};

struct Metadata {
  std::string family;
  model::MetricType type = model::MetricType::kUnknown;
  std::string help;
  std::string unit;
};

struct Exemplar {
  Labels labels;  // its own: trace_id, span_id
  double value = 0;
  int64_t time_ms = 0;
};

// Exemplars of one series, oldest first.
struct SeriesExemplars {
  Labels series;
  std::vector<Exemplar> exemplars;
};

// How many active series there may be; 0: no such limit. Over one, samples of new series are rejected ("too_many_series",
// "too_many_series_of_metric", "too_many_series_of_job") while those of known series go on.
struct SeriesLimits {
  uint64_t in_all = 0;
  uint64_t per_metric = 0;
  uint64_t per_job = 0;  // of the same value of `job`
};

// How series spread over metrics, labels and their values, in memory (the active series) or in one block of the disk.
struct Cardinality {
  struct Count {
    std::string name;     // of the label; in `metrics` the metric's
    std::string value;    // in `pairs`
    uint64_t series = 0;  // that have it
    uint64_t values = 0;  // in `labels`: distinct ones
    uint64_t bytes = 0;   // in `labels`: of the values, over all series
  };
  bool in_memory = false;
  TimeRangeMs range;         // of the samples; start > end where there are none
  uint64_t series = 0;       // counted
  uint64_t label_pairs = 0;  // distinct ones
  // The most first: metrics and pairs by series, labels by distinct values; of equal ones by name.
  std::vector<Count> metrics;
  std::vector<Count> labels;
  std::vector<Count> pairs;
};

// Series that match are kept for `age_ns` only, where that is less than the retention of all.
struct MetricRetentionRule {
  std::vector<LabelMatcher> matchers;
  int64_t age_ns = INT64_MAX;
};

struct MetricStoreStats {
  uint64_t series = 0;         // active in the head
  SeriesLimits series_limits;  // in force
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
  uint64_t exemplars = 0;    // accepted; the newest of each series are kept
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
                      std::span<const model::SeriesExemplars> exemplars, Done done) = 0;
  void append(std::span<const model::SeriesSamples> series, std::span<const model::MetricMetadata> metadata, Done done) {
    append(series, metadata, {}, std::move(done));
  }

  // Series that match all matchers and have samples in the range, sorted by labels.
  virtual base::Result<std::vector<SeriesData>> select(std::span<const LabelMatcher> matchers, TimeRangeMs range,
                                                       SelectLimits limits) = 0;
  // The same, to be read series by series. Errors of damage may come while reading.
  virtual base::Result<std::unique_ptr<SeriesSet>> open_series(std::span<const LabelMatcher> matchers, TimeRangeMs range,
                                                               const OpenOptions& options) = 0;
  // Label sets only, sorted, none twice.
  virtual base::Result<std::vector<Labels>> series(std::span<const LabelMatcher> matchers, TimeRangeMs range) = 0;
  // Whether the series of exactly these labels (sorted by name) has a sample from that time (milliseconds) on.
  virtual base::Result<bool> has_sample_since(std::span<const model::Label> labels, int64_t time_ms) = 0;
  // Sorted, distinct; of the series that match (all when there is no matcher).
  virtual base::Result<std::vector<std::string>> label_names(std::span<const LabelMatcher> matchers, TimeRangeMs range) = 0;
  virtual base::Result<std::vector<std::string>> label_values(std::string_view label,
                                                              std::span<const LabelMatcher> matchers,
                                                              TimeRangeMs range) = 0;
  virtual std::vector<Metadata> metadata() = 0;

  // Exemplars in the range of series that match, by their labels; series without any are left out.
  virtual base::Result<std::vector<SeriesExemplars>> exemplars(std::span<const LabelMatcher> matchers,
                                                               TimeRangeMs range) = 0;
  // Takes away the samples and exemplars in the range of all series that match: at once, for good when it returns. What is
  // appended afterwards, at the same times too, is kept. Gives the number of series that lost samples, counted in each block.
  // Room on the disk is freed by and by. After an error some may be gone and others not: it may be called again.
  virtual base::Result<uint64_t> delete_series(std::span<const LabelMatcher> matchers, TimeRangeMs range) = 0;
  // Of the active series first, then of each block from the newest to the oldest; with matchers, of the series that match.
  // `most` entries of each list.
  virtual base::Result<std::vector<Cardinality>> cardinality(std::span<const LabelMatcher> matchers, size_t most) = 0;
  virtual void set_series_limits(const SeriesLimits& limits) = 0;
  // A mark of what is stored now, and the oldest time (milliseconds) of which anything was added or taken away since one:
  // INT64_MAX for nothing, INT64_MIN where the store does not know. What was read after the mark holds up to that time.
  virtual uint64_t change_mark() { return 0; }
  virtual int64_t oldest_change_since(uint64_t /*mark*/) { return INT64_MIN; }
  virtual MetricStoreStats stats() = 0;
  // Writes what is in memory as a block now (tests, shutdown).
  virtual base::Result<> flush() = 0;
};

}  // namespace tripod::store
