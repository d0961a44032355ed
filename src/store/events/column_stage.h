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
  std::vector<model::Value> values;
  TypeSet types = 0;

  bool empty() const { return values.empty(); }
  void add(uint16_t row, const model::Value& value) {
    rows.push_back(row);
    values.push_back(value);
    types |= type_bit(value.type());
  }
  void clear() {
    rows.clear();
    values.clear();
    types = 0;
  }
};

}  // namespace tripod::store
