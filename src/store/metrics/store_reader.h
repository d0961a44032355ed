// Answers queries from a snapshot of the blocks and from the head, holding the store's lock only
// for short slices.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "store/metrics/block_list.h"
#include "store/metrics/head.h"
#include "store/metrics/head_copy.h"
#include "store/metrics/matcher.h"
#include "store/metrics/metric_store.h"

namespace tripod::store::metrics {

// Thread-safe. A block found damaged fails the query with kDataLoss and is set aside, so that the
// next one does without.
class StoreReader {
 public:
  // `mu` guards `head`, and is held by whoever moves samples from the head to `blocks`.
  StoreReader(std::mutex& mu, Head& head, BlockList& blocks, base::MemoryBudget& budget)
      : mu_(mu), head_(head), blocks_(blocks), budget_(budget) {}

  base::Result<std::vector<SeriesData>> select(std::span<const LabelMatcher> matchers,
                                               TimeRangeMs range, SelectLimits limits);
  base::Result<std::unique_ptr<SeriesSet>> open_series(std::span<const LabelMatcher> matchers,
                                                       TimeRangeMs range,
                                                       const OpenOptions& options);
  base::Result<std::vector<Labels>> series(std::span<const LabelMatcher> matchers,
                                           TimeRangeMs range);
  base::Result<bool> has_sample_since(std::span<const model::Label> labels, int64_t time_ms);
  base::Result<std::vector<std::string>> label_names(std::span<const LabelMatcher> matchers,
                                                     TimeRangeMs range);
  base::Result<std::vector<std::string>> label_values(std::string_view label,
                                                      std::span<const LabelMatcher> matchers,
                                                      TimeRangeMs range);

 private:
  // Labels of the head's series, and the blocks that hold everything else at the same moment.
  struct View {
    std::shared_ptr<const Blocks> blocks;
    std::shared_ptr<HeadIndex> index;
    std::vector<std::span<const LabelRef>> series;
  };
  struct CopyOptions {
    HeadCopy::Options of_head;
    const std::function<base::Result<>()>& poll;  // may be empty
  };
  using LabelsVisitor = std::function<void(std::span<const model::Label>)>;

  base::Result<std::unique_ptr<HeadCopy>> copy_head(std::span<const CompiledMatcher> matchers,
                                                    const CopyOptions& options,
                                                    std::shared_ptr<const Blocks>& blocks,
                                                    base::MemoryCharge& charge);
  base::Result<View> read_head(std::span<const CompiledMatcher> matchers, TimeRangeMs range);
  bool read_slices(const Postings& ids, TimeRangeMs range, View& view,
                   std::unique_lock<std::mutex>& lock);
  // Calls `visit` for each series of each block and of the head; the same labels may come more than
  // once.
  base::Result<> each_series(std::span<const LabelMatcher> matchers, TimeRangeMs range,
                             const LabelsVisitor& visit);
  base::Result<> each_series_of(const std::shared_ptr<Block>& block, TimeRangeMs range,
                                const LabelsVisitor& visit);
  base::Result<> each_block_series(
      const Blocks& blocks, std::span<const CompiledMatcher> matchers, TimeRangeMs range,
      const std::function<base::Result<>(const Block&, uint32_t, const BlockSeries&)>& visit);
  base::Result<> damaged(const Block& block, base::Error error);
  void head_names(TimeRangeMs range, std::set<std::string>& out);
  void head_values(std::string_view label, TimeRangeMs range, std::set<std::string>& out);

  std::mutex& mu_;
  Head& head_;
  BlockList& blocks_;
  base::MemoryBudget& budget_;
};

}  // namespace tripod::store::metrics
