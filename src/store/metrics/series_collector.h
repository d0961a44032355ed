// Puts together what the blocks and the head hold of each series a query selects.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "store/metrics/metric_store.h"

namespace tripod::store::metrics {

// One per query; not thread-safe. Sources are to be added from the oldest to the newest: where two
// hold a sample of the same series and time, the one added first stays.
class SeriesCollector {
 public:
  SeriesCollector(SelectLimits limits, base::MemoryBudget& budget)
      : limits_(limits), budget_(budget) {}

  // Samples of the series may be appended to samples() of the number returned, in any order.
  // kResourceExhausted when there are too many series.
  base::Result<uint32_t> series(std::span<const model::Label> labels);
  std::vector<model::Sample>& samples(uint32_t number) { return found_[number].samples; }
  // To be called after samples were appended: `count` of them. kResourceExhausted over a limit or
  // the memory budget.
  base::Result<> added(size_t count);
  // Series with samples, sorted by labels, each ascending by time without equal times.
  std::vector<SeriesData> finish();

 private:
  const SelectLimits limits_;
  base::MemoryBudget& budget_;
  boost::unordered_flat_map<std::string, uint32_t> numbers_;  // by labels as bytes
  std::string key_;
  std::vector<SeriesData> found_;
  size_t samples_ = 0;
  size_t charged_samples_ = 0;
  std::vector<base::MemoryCharge> charges_;
};

// Ascending by time; of equal times the first stays.
void order_samples(std::vector<model::Sample>& samples);

Labels to_labels(std::span<const model::Label> labels);

}  // namespace tripod::store::metrics
