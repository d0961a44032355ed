// A filter bound to one part: says of a block whether it can be passed over, and which of its rows match.
#pragma once

#include <vector>

#include "base/result.h"
#include "store/events/block_reader.h"
#include "store/events/filter.h"

namespace tripod::store {

// Refers to the filter for its lifetime. Not thread-safe.
class BlockFilter {
 public:
  // Looks up the filter's fields in the part's directory.
  static base::Result<BlockFilter> bind(const Filter& filter, PartReader& part);

  // False: no row of the block matches, as its indexes (ranges, Bloom filters) show.
  base::Result<bool> may_match(BlockReader& block) const { return may_match(filter_->root, block); }
  // Those of `candidates` that match.
  base::Result<Bitmap> match(BlockReader& block, const Bitmap& candidates) const {
    return match(filter_->root, block, candidates);
  }

 private:
  explicit BlockFilter(const Filter& filter) : filter_(&filter) {}
  base::Result<bool> may_match(const FilterNode& node, BlockReader& block) const;
  base::Result<bool> leaf_may_match(uint32_t leaf, BlockReader& block) const;
  base::Result<Bitmap> match(const FilterNode& node, BlockReader& block, const Bitmap& candidates) const;
  base::Result<Bitmap> match_all(const FilterNode& node, BlockReader& block, const Bitmap& candidates) const;
  base::Result<Bitmap> match_any(const FilterNode& node, BlockReader& block, const Bitmap& candidates) const;
  base::Result<Bitmap> match_leaf(uint32_t leaf, BlockReader& block, const Bitmap& candidates) const;
  base::Result<Bitmap> match_any_field(const Matcher& matcher, BlockReader& block, const Bitmap& candidates) const;

  const Filter* filter_;
  std::vector<uint32_t> fields_;       // by leaf: its field's number in the part, or kNoField
  std::vector<uint32_t> text_fields_;  // fields with texts among their values
};

// Whether a value of this column may match, by what its entry and its Bloom filter say.
base::Result<bool> column_may_match(const Matcher& matcher, const ColumnEntry& entry, const PartReader& part);

}  // namespace tripod::store
