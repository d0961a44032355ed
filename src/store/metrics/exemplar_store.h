// Exemplars of all series, in memory: the newest of each, the newest of all. They are in the log, and from time to time all of
// them in one file.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <limits>
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
inline constexpr size_t kMostExemplarMemory = 64u << 20;

// Externally synchronised.
class ExemplarStore {
 public:
  explicit ExemplarStore(size_t most = kMostExemplars, size_t most_bytes = kMostExemplarMemory)
      : most_(most), most_bytes_(most_bytes) {}

  // What add() would say. A scraped target repeats an exemplar until there is a newer one.
  bool would_keep(std::span<const model::Label> series, const model::Exemplar& exemplar);
  // Whether it is kept: not one that is there already, or that would be, or was, pushed out by newer ones.
  bool add(std::span<const model::Label> series, const model::Exemplar& exemplar);
  struct Kept {
    int64_t time_ms = 0;
    double value = 0;
    std::string labels;  // as bytes
  };
  // Exemplars of one series as they are kept: quick to copy while others wait.
  struct Found {
    std::string series;  // its labels, as bytes
    std::vector<Kept> exemplars;
  };
  // In no order.
  std::vector<Found> find(std::span<const CompiledMatcher> matchers, TimeRangeMs range) const;
  // By labels of the series. Needs no synchronisation.
  static std::vector<SeriesExemplars> lay_out(const std::vector<Found>& found);
  // How many went.
  size_t remove(std::span<const CompiledMatcher> matchers, TimeRangeMs range);
  void drop_older(int64_t time_ms);

  // Rises with everything that was kept, pushed out or taken away.
  uint64_t changes() const { return changes_; }
  size_t size() const { return size_; }
  size_t memory() const { return bytes_; }

  // All of them, and up to which record of the log.
  std::string encode(base::WalSequence sequence) const;
  // Adds what `bytes` hold and gives the sequence. kDataLoss when damaged, kUnsupported when of a later version.
  base::Result<base::WalSequence> decode(std::string_view bytes);

 private:
  using Series = std::vector<Kept>;  // ascending by time, never empty
  static size_t bytes_of(const Kept& kept) { return sizeof(Kept) + kept.labels.size(); }

  template <class Gone>
  void erase(Series& series, const Gone& gone);
  void drop_empty();
  void make_room();

  const size_t most_;
  const size_t most_bytes_;
  boost::unordered_flat_map<std::string, Series> series_;  // by labels as bytes
  std::string key_;
  size_t size_ = 0;
  size_t bytes_ = 0;
  uint64_t changes_ = 0;
  int64_t floor_ = std::numeric_limits<int64_t>::min();  // the newest that was pushed out since there was room for all
};

}  // namespace tripod::store::metrics
