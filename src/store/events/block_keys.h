// What the chosen rows of a block are grouped by: time bucket and key fields, brought down to one small number per row.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "store/events/block_reader.h"
#include "store/events/chosen_rows.h"
#include "store/events/distinct.h"
#include "store/events/plan.h"

namespace tripod::store {

// Not thread-safe; used for one block. Values given out live as long as this and the block.
class BlockKeys {
 public:
  BlockKeys(const AggregatePlan& plan, BlockReader& block, ChosenRows& rows) : plan_(plan), block_(block), rows_(rows) {}

  base::Result<> read();

  // Rows with the same number belong to the same group. Numbers are below size().
  std::span<const uint32_t> numbers() const { return numbers_; }
  size_t size() const { return size_; }
  // Time bucket and key values of a row.
  uint64_t bucket(size_t row) const { return buckets_.empty() ? 0 : buckets_[row]; }
  void values(size_t row, std::vector<model::Value>& out) const;

 private:
  // One key field: each row's number among the field's values; values[0] is null, for rows that lack it.
  struct Key {
    std::vector<model::Value> values;
    std::vector<uint32_t> numbers;  // empty: all rows have the last of the values
  };
  base::Result<> read_buckets();
  base::Result<> read_key(const std::string& name);
  base::Result<bool> read_constant(uint32_t field, Key& key);
  void number_values(const BlockColumn& column, Key& key);
  void number_by_codes(const BlockColumn& column, Key& key);
  void number_by_value(const BlockColumn& column, Key& key);
  base::Result<> number_composed(Key& key);
  model::Value stable(const Column& column, size_t i);
  void combine(const Key& key);
  void renumber(std::span<const uint64_t> wide);
  void renumber_if_sparse();

  const AggregatePlan& plan_;
  BlockReader& block_;
  ChosenRows& rows_;
  base::Arena arena_;
  DistinctFinder distinct_;
  std::vector<uint64_t> buckets_;
  std::vector<Key> keys_;
  std::vector<uint32_t> numbers_;
  size_t size_ = 1;
};

}  // namespace tripod::store
