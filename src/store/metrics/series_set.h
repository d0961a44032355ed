// The series of a query: which blocks and which part of the head hold each, read when asked for.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "store/metrics/block_list.h"
#include "store/metrics/head_copy.h"
#include "store/metrics/metric_store.h"

namespace tripod::store::metrics {

// Made by one thread; constant once finish() was called.
class StoreSeriesSet final : public SeriesSet {
 public:
  // What is added has to come from the oldest to the newest: of two samples of the same series and time the first stays.
  StoreSeriesSet(BlockList& list, base::MemoryBudget& budget, std::shared_ptr<const Blocks> blocks, TimeRangeMs range,
                 const OpenOptions& options)
      : list_(list), budget_(budget), blocks_(std::move(blocks)), range_(range), options_(options) {}

  // Series `ids` of block `block` of the snapshot; `alone`: nothing else is added. kDataLoss where the block is damaged.
  base::Result<> add_block(size_t block, const std::vector<uint32_t>& ids, bool alone);
  // All that was taken of the head; `alone` as above.
  base::Result<> add_head(std::unique_ptr<HeadCopy> head, bool alone);
  // Of what the head's copy holds.
  void keep(base::MemoryCharge charge) { head_charge_ = std::move(charge); }
  base::Result<> finish();

  size_t size() const override { return series_.size(); }
  std::unique_ptr<Reader> reader() const override;

 private:
  friend class StoreReaderOfSet;
  static constexpr uint32_t kNone = UINT32_MAX;
  // A series' part in one source; blocks count from 0, the head comes after them.
  struct Part {
    uint32_t source = 0;
    uint32_t number = 0;
    uint32_t next = kNone;  // of the same series
  };
  struct Chain {
    uint32_t first = 0;
    uint32_t last = 0;
  };

  base::Result<> add(Part part, const std::vector<model::Label>* labels, uint64_t hash);
  base::Result<> labels_of(const Part& part, std::vector<model::Label>& out, BlockSeries& scratch) const;
  size_t memory() const;
  // Asked before each series: now and then asks whether to go on, and charges what there is by now and `more` bytes.
  base::Result<> step(size_t series, size_t more = 0);
  base::Result<> cover(size_t bytes, size_t ahead = 0);
  base::Result<> sort_by_labels();
  base::Result<> sort_by_hash();
  base::Error damaged(size_t block, base::Error error) const;

  BlockList& list_;
  base::MemoryBudget& budget_;
  const std::shared_ptr<const Blocks> blocks_;
  const TimeRangeMs range_;
  OpenOptions options_;
  std::unique_ptr<HeadCopy> head_;
  std::vector<Part> parts_;
  std::vector<Chain> series_;
  size_t sources_ = 0;
  boost::unordered_flat_map<uint64_t, uint32_t> by_hash_;  // while it is made
  std::vector<uint64_t> hashes_;                           // of the series, while it is made; of kHash alone
  BlockSeries scratch_;                                    // while it is made
  std::vector<model::Label> other_labels_;                 // while it is made
  base::MemoryCharge charge_;
  base::MemoryCharge head_charge_;
};

}  // namespace tripod::store::metrics
