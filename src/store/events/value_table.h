// Numbers the different values of a column in the order they come.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "model/value.h"

namespace tripod::store {

// hash64 of a text; of a number or boolean some other hash of its bits.
uint64_t value_hash(const model::Value& value);

// Not thread-safe. Values are views as they were given.
class ValueTable {
 public:
  // The number of the same value, which is size() before where there is none yet. `hash` is its value_hash().
  uint32_t number_of(const model::Value& value, uint64_t hash);
  // A value that is not looked for: its number. @pre number_of() is not called after it.
  uint32_t append(const model::Value& value);
  // The same value elsewhere.
  void move(uint32_t number, const model::Value& to) { values_[number] = to; }
  // Keeps its memory.
  void clear();

  size_t size() const { return values_.size(); }
  size_t memory_bytes() const {
    return slots_.capacity() * sizeof(uint32_t) + values_.capacity() * sizeof(model::Value) + hashes_.capacity() * sizeof(uint64_t);
  }
  std::span<const model::Value> values() const { return values_; }
  // Of those that number_of() has numbered.
  std::span<const uint64_t> hashes() const { return hashes_; }

 private:
  static constexpr uint32_t kEmpty = UINT32_MAX;
  static constexpr size_t kFirstSlots = 64;
  void grow();

  std::vector<uint32_t> slots_;  // open addressing, at most half full
  std::vector<model::Value> values_;
  std::vector<uint64_t> hashes_;
};

}  // namespace tripod::store
