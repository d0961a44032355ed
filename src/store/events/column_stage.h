// The values of one field gathered for the block being written.
#pragma once

#include <cstdint>
#include <vector>

#include "model/value.h"
#include "store/events/encoding/column.h"

namespace tripod::store {

// Values are views: what they point to stays until the block is written.
struct ColumnStage {
  std::vector<uint16_t> rows;  // rising; value i belongs to row rows[i]
  // Either the values ...
  std::vector<model::Value> values;
  // ... or, where they are known, the distinct ones in order of first appearance with their value_hash(), and each value's number.
  std::vector<model::Value> distinct;
  std::vector<uint64_t> hashes;
  std::vector<uint16_t> codes;
  TypeSet types = 0;

  size_t size() const { return rows.size(); }
  bool empty() const { return rows.empty(); }
  bool is_numbered() const { return !distinct.empty(); }
  // Every value at least once.
  std::span<const model::Value> all() const { return is_numbered() ? distinct : values; }

  // Not numbered ones.
  void add(uint16_t row, const model::Value& value) {
    rows.push_back(row);
    values.push_back(value);
    types |= type_bit(value.type());
  }
  // The values too, one for each row.
  void spell_out() {
    if (!values.empty()) return;
    values.reserve(codes.size());
    for (const uint16_t code : codes) values.push_back(distinct[code]);
  }
  void clear() {
    rows.clear();
    values.clear();
    distinct.clear();
    hashes.clear();
    codes.clear();
    types = 0;
  }
};

}  // namespace tripod::store
