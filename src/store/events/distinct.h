// Finds the distinct values of a column and hashes its texts on the way.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/value.h"
#include "store/events/value_table.h"

namespace tripod::store {

// Reused from column to column so that its tables are allocated once. Not thread-safe.
class DistinctFinder {
 public:
  // False when there are more than `most` (then values() and codes() are empty). Views are those of the input.
  bool find(std::span<const model::Value> values, size_t most);

  std::span<const model::Value> values() const { return table_.values(); }
  std::span<const uint16_t> codes() const { return codes_; }
  // By value, or by distinct value where find() said true: hash64 of texts, something else for other types.
  std::span<const uint64_t> hashes() const { return gave_up_.empty() ? table_.hashes() : gave_up_; }

 private:
  void give_up(std::span<const model::Value> values);

  ValueTable table_;
  std::vector<uint16_t> codes_;
  std::vector<uint64_t> gave_up_;  // the hashes, where the values are too many
};

}  // namespace tripod::store
