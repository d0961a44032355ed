// Finds the distinct values of a column and hashes its texts on the way.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/value.h"

namespace tripod::store {

// Reused from column to column so that its tables are allocated once. Not thread-safe.
class DistinctFinder {
 public:
  // False when there are more than `most` (then values() and codes() are empty). Views are those of the input.
  bool find(std::span<const model::Value> values, size_t most);

  std::span<const model::Value> values() const { return distinct_; }
  std::span<const uint16_t> codes() const { return codes_; }
  // By value, or by distinct value where find() said true: hash64 of texts, something else for other types.
  std::span<const uint64_t> hashes() const { return hashes_; }

 private:
  static constexpr uint32_t kEmpty = UINT32_MAX;
  uint32_t number_of(const model::Value& value, uint64_t hash);
  void grow();
  void give_up(std::span<const model::Value> values);

  std::vector<uint32_t> slots_;
  std::vector<model::Value> distinct_;
  std::vector<uint64_t> hashes_;
  std::vector<uint16_t> codes_;
};

// hash64 of a text; of a number or boolean some other hash of its bits.
uint64_t value_hash(const model::Value& value);

}  // namespace tripod::store
