// A filter bound to one row batch: evaluates record by record.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "store/events/filter.h"
#include "store/events/original_text.h"
#include "store/events/row_batch.h"

namespace tripod::store {

// Refers to both for its lifetime. Not thread-safe (cheap: make one per batch and query).
class RowFilter {
 public:
  RowFilter(const Filter& filter, const RowBatch& batch);
  bool matches(const RowBatch::Row& row) const { return matches(filter_.root, row); }

 private:
  bool matches(const FilterNode& node, const RowBatch::Row& row) const;
  bool leaf_matches(uint32_t leaf, const RowBatch::Row& row) const;
  bool any_field_matches(const Matcher& matcher, const RowBatch::Row& row) const;

  const Filter& filter_;
  const RowBatch& batch_;
  std::vector<uint32_t> keys_;  // by leaf: its key's index in the batch, or kNoKey
  std::vector<bool> beside_;    // by key: left out where no field is named
  std::unique_ptr<BatchOriginal> original_;  // where a condition asks for it
};

}  // namespace tripod::store
