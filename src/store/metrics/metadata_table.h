// Type, help and unit of metric families, as they were last told.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "store/metrics/metric_store.h"

namespace tripod::store::metrics {

// Externally synchronised.
class MetadataTable {
 public:
  explicit MetadataTable(size_t max_families) : max_families_(max_families) {}

  enum class Change : uint8_t { kNone, kChanged, kFull };
  // What set() would do.
  Change check(const model::MetricMetadata& metadata) const;
  void set(const model::MetricMetadata& metadata);
  std::vector<Metadata> all() const;
  size_t size() const { return families_.size(); }

  std::string encode() const;
  // Adds what `bytes` hold. kDataLoss when damaged.
  base::Result<> decode(std::string_view bytes);

 private:
  const size_t max_families_;
  std::map<std::string, Metadata, std::less<>> families_;
};

}  // namespace tripod::store::metrics
