// What was deleted of a block whose files cannot change. Kept in a file beside them (docs/formats/metrics.md) until the block
// is written anew without it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/batch.h"
#include "store/metrics/metric_store.h"
#include "store/metrics/postings.h"

namespace tripod::store::metrics {

inline constexpr std::string_view kTombstonesSuffix = ".tombstones";

// Immutable once a reader can see it.
class Tombstones {
 public:
  // The samples in the range of these series are gone.
  void add(TimeRangeMs range, Postings series);
  bool empty() const { return entries_.empty(); }
  // Takes away what is gone of samples[from, …), which are the series'.
  void erase_from(uint32_t series, std::vector<model::Sample>& samples, size_t from) const;
  // Whether one deletion took everything the series has between the two times, both inclusive.
  bool covers(uint32_t series, int64_t start, int64_t end) const;

  std::string encode() const;
  // kDataLoss when damaged, kUnsupported when of a later version.
  static base::Result<Tombstones> decode(std::string_view bytes);

 private:
  struct Entry {
    TimeRangeMs range;
    Postings series;
  };
  std::vector<Entry> entries_;
};

}  // namespace tripod::store::metrics
