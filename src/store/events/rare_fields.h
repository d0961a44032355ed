// Fields that few records of a block have, together in one chunk: thousands of names must not mean thousands of columns.
// Byte layout: docs/formats/events.md, "Rare fields".
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/events/block_column.h"
#include "store/events/column_stage.h"
#include "store/events/varint.h"

namespace tripod::store {

// Adds one field to the chunk: fields go in the order of their ids.
void append_rare_field(std::string& out, uint32_t id, const ColumnStage& stage);

// Immutable; owns its bytes. Columns given out view them.
class RareFields {
 public:
  static base::Result<std::unique_ptr<const RareFields>> decode(std::string body, size_t block_rows);

  size_t size() const { return fields_.size(); }
  uint32_t id(size_t i) const { return fields_[i].id; }
  BlockColumn column(size_t i) const;
  // The same as it was gathered; views this object.
  ColumnStage stage(size_t i) const;
  // size() when there is none with this id.
  size_t find(uint32_t id) const;

 private:
  struct Field {
    uint32_t id;
    std::vector<uint16_t> rows;
    std::vector<model::Value> values;  // views of body_
  };
  RareFields(std::string body, size_t block_rows) : body_(std::move(body)), block_rows_(block_rows) {}
  bool read();
  bool read_field(CheckedReader& in);

  const std::string body_;
  const size_t block_rows_;
  std::vector<Field> fields_;  // by id
};

}  // namespace tripod::store
