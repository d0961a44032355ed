// How often each value of a field occurs in each block, for fields with few values: counts, facets and completion need no
// column then, and a comparison is made once per value of the part. Byte layout: docs/formats/events.md, "Value counts".
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/value.h"

namespace tripod::store {

// Gathers the counts of one field of a part. Not thread-safe.
class ValueCountsBuilder {
 public:
  // The field's next counted block: its distinct values in the order of the column's dictionary (one for a constant), each with
  // the number of records that have it. False, and the block is not counted, when it has too many values or they take too much
  // room. Blocks rise.
  bool add_block(uint32_t block, std::span<const model::Value> values, std::span<const uint32_t> counts);
  // Whether add_block() would take them.
  bool has_room(std::span<const model::Value> values) const;
  bool empty() const { return blocks_ == 0; }
  // Everything, in plain bytes.
  std::string encode() const;

 private:
  std::unordered_map<std::string, uint32_t> numbers_;  // by encoded value
  std::string values_;                                 // encoded, in order of their numbers
  std::string body_;                                   // of the blocks
  uint32_t blocks_ = 0;
  uint32_t next_block_ = 0;
};

// The decoded counts of one field. Immutable; thread-safe.
class ValueCounts {
 public:
  // kDataLoss for bytes that no builder makes. `blocks`: number of blocks of the part.
  static base::Result<std::unique_ptr<const ValueCounts>> decode(std::string bytes, uint32_t blocks);

  // Different values of the part's counted blocks. Texts view this object.
  std::span<const model::Value> values() const { return values_; }

  struct Block {
    std::span<const uint32_t> values;  // indexes into values(), by code of the block's dictionary
    std::span<const uint32_t> counts;
    bool counted() const { return !values.empty(); }
    uint64_t rows() const;  // that have the field
  };
  // Not counted() for a block that is not.
  Block block(uint32_t number) const;
  size_t memory_bytes() const;

 private:
  ValueCounts() = default;
  bool read(uint32_t blocks);

  std::string bytes_;
  std::vector<model::Value> values_;
  std::vector<uint32_t> starts_;  // by block, one more than there are: where its entries begin
  std::vector<uint32_t> entry_values_;
  std::vector<uint32_t> entry_counts_;
};

}  // namespace tripod::store
