// Exemplars of all series, in memory: the newest of each, the newest of all. They are in the log, and from time to time all of
// them in one file.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/wal.h"
#include "model/batch.h"
#include "store/metrics/matcher.h"
#include "store/metrics/metric_store.h"

namespace tripod::store::metrics {

inline constexpr size_t kExemplarsPerSeries = 32;
inline constexpr size_t kMostExemplars = 100'000;
inline constexpr size_t kMostExemplarBytes = 1024;  // of its labels

// Externally synchronised.
class ExemplarStore {
 public:
  explicit ExemplarStore(size_t most = kMostExemplars) : most_(most) {}

  // Whether the series has this exemplar already: a scraped target repeats it until there is a newer one.
  bool has(std::span<const model::Label> series, const model::Exemplar& exemplar);
  void add(std::span<const model::Label> series, const model::Exemplar& exemplar);
  // By labels of the series.
  std::vector<SeriesExemplars> select(std::span<const CompiledMatcher> matchers,
                                      TimeRangeMs range) const;
  // How many went.
  size_t remove(std::span<const CompiledMatcher> matchers, TimeRangeMs range);
  void drop_older(int64_t time_ms);

  size_t size() const { return size_; }
  size_t memory() const { return bytes_; }

  // All of them, and up to which record of the log.
  std::string encode(base::WalSequence sequence) const;
  // Adds what `bytes` hold and gives the sequence. kDataLoss when damaged.
  base::Result<base::WalSequence> decode(std::string_view bytes);

 private:
  struct Kept {
    int64_t time_ms = 0;
    double value = 0;
    std::string labels;  // as bytes
  };
  using Series = std::vector<Kept>;  // ascending by time, never empty
  static size_t bytes_of(const Kept& kept) { return sizeof(Kept) + kept.labels.size(); }

  template <class Gone>
  void erase(Series& series, const Gone& gone);
  void drop_empty();
  void make_room();

  const size_t most_;
  boost::unordered_flat_map<std::string, Series> series_;  // by labels as bytes
  std::string key_;
  size_t size_ = 0;
  size_t bytes_ = 0;
};

}  // namespace tripod::store::metrics
