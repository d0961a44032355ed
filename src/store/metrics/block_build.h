// Makes blocks: of what the head held, or of smaller blocks.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "store/metrics/block.h"
#include "store/metrics/block_writer.h"
#include "store/metrics/head.h"

namespace tripod::store::metrics {

// @pre frozen holds at least one series
base::Result<> write_frozen(base::Fs& fs, const std::string& dir, FrozenHead frozen,
                            BlockOrigin origin);

// A read that failed says which block was at fault (nullptr: the writing failed).
struct MergeFailure {
  base::Error error;
  std::shared_ptr<Block> damaged;
};
// Where two blocks hold a sample of the same series and time, the one of the earlier block stays.
// What was deleted of the blocks is left out; where that is everything, the new block has no series and stands for the part of
// the log that they held.
std::expected<void, MergeFailure> merge_blocks(base::Fs& fs, const std::string& dir,
                                               std::span<const std::shared_ptr<Block>> blocks,
                                               BlockOrigin origin);

// Blocks worth merging next: `kBlocksPerMerge` neighbours of one level, else one that something was deleted of; empty when there
// are none. Those with the ids `skipped` stay as they are.
inline constexpr size_t kBlocksPerMerge = 4;
std::vector<std::shared_ptr<Block>> choose_merge(std::span<const std::shared_ptr<Block>> blocks,
                                                 int64_t max_span_ms,
                                                 const std::set<uint64_t>& skipped);

}  // namespace tripod::store::metrics
