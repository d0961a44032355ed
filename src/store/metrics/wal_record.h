// One append as the WAL keeps it: labels of series new to the log, metadata, samples. Layout:
// docs/formats/metrics.md.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/batch.h"

namespace tripod::store::metrics {

// 2 where there are exemplars, else 1.
inline constexpr uint8_t kWalRecordVersion = 2;

// Builds one record. Not thread-safe; finish() gives the bytes and leaves it empty for the next.
class WalRecordWriter {
 public:
  void add_series(uint64_t ref, std::span<const model::Label> labels);
  void add_metadata(const model::MetricMetadata& metadata);
  void add_samples(uint64_t ref, std::span<const model::Sample> samples);
  void add_exemplar(std::span<const model::Label> series, const model::Exemplar& exemplar);
  std::string finish();

 private:
  std::string series_;
  std::string metadata_;
  std::string samples_;
  std::string exemplars_;
  uint64_t series_count_ = 0;
  uint64_t metadata_count_ = 0;
  uint64_t group_count_ = 0;
  uint64_t exemplar_count_ = 0;
  uint64_t last_ref_ = 0;
  int64_t last_time_ = 0;
};

// What a record says, in its order: all series, then all metadata, all samples, all exemplars. Views
// are valid during the call. Exemplars are passed over where nobody takes them.
struct WalRecordVisitor {
  std::function<void(uint64_t ref, std::span<const model::Label> labels)> series;
  std::function<void(const model::MetricMetadata& metadata)> metadata;
  std::function<void(uint64_t ref, std::span<const model::Sample> samples)> samples;
  std::function<void(std::span<const model::Label> series, const model::Exemplar&)> exemplar;
};

// kUnsupported for a later version, kDataLoss when the bytes are no record; parts may have been
// visited by then.
base::Result<> read_wal_record(std::string_view record, const WalRecordVisitor& visitor);

}  // namespace tripod::store::metrics
