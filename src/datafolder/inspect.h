// What a data folder has: datasets, partitions, parts, columns, and how much of what.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fs.h"
#include "base/result.h"
#include "store/events/plan.h"

namespace tripod::datafolder {

// One field over all parts of a dataset.
struct ColumnSummary {
  std::string name;
  uint64_t rows = 0;           // that have a value
  uint64_t stored_bytes = 0;   // columns, compressed
  uint64_t raw_bytes = 0;      // columns before compression
  uint64_t index_bytes = 0;    // column entries and value counts
  std::map<std::string, uint64_t> encodings;  // blocks by encoding
  bool overflows = false;      // some blocks have it among their rare fields
};

struct PartitionSummary {
  std::string name;  // a day, or "other"
  uint64_t parts = 0;
  uint64_t rows = 0;
  uint64_t bytes = 0;
  base::UnixNanos oldest = INT64_MAX;
  base::UnixNanos newest = INT64_MIN;
};

struct DatasetSummary {
  store::Dataset dataset = store::Dataset::kLogs;
  std::vector<PartitionSummary> partitions;
  std::vector<ColumnSummary> columns;  // those that take most bytes first
  uint64_t rows_in_log = 0;            // not yet in parts
  uint64_t log_bytes = 0;
  uint64_t filter_bytes = 0;           // text filters of the parts
  std::vector<std::string> damage;     // what could not be read

  uint64_t rows() const;
  uint64_t bytes() const;              // of parts
  uint64_t parts() const;
};

struct MetricsSummary {
  uint64_t blocks = 0;
  uint64_t samples = 0;
  uint64_t bytes = 0;
  uint64_t log_bytes = 0;
  int64_t oldest_ms = INT64_MAX;
  int64_t newest_ms = INT64_MIN;
};

base::Result<DatasetSummary> inspect_dataset(base::Fs& fs, const std::string& data, store::Dataset dataset);
base::Result<MetricsSummary> inspect_metrics(base::Fs& fs, const std::string& data);

// Tables for people, or one JSON object.
std::string as_text(const std::vector<DatasetSummary>& datasets, const MetricsSummary* metrics);
std::string as_json(const std::vector<DatasetSummary>& datasets, const MetricsSummary* metrics);

}  // namespace tripod::datafolder
