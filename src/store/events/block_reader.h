// One block of a part during one query: columns are read when asked for, and kept.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/events/block_column.h"
#include "store/events/part_reader.h"
#include "store/events/rare_fields.h"

namespace tripod::store {

// Refers to the part's reader for its lifetime. Not thread-safe.
class BlockReader {
 public:
  // @pre `block` is one of part.blocks().
  BlockReader(const PartReader& part, uint32_t block, size_t rows) : part_(part), block_(block), rows_(rows) {}

  size_t rows() const { return rows_; }
  const PartReader& part() const { return part_; }
  uint32_t number() const { return block_; }

  base::Result<const std::vector<int64_t>*> times() { return int64s(kTimeColumn, times_); }
  base::Result<const std::vector<int64_t>*> sequences() { return int64s(kSequenceColumn, sequences_); }
  base::Result<const std::vector<int64_t>*> streams() { return int64s(kStreamColumn, streams_); }

  // The entry of a field with a column of its own here; nullptr when it has none (it may still be a rare field).
  base::Result<const ColumnEntry*> entry(uint32_t field) { return part_.entry(field, block_); }
  // The field's column, its own or from among the rare fields; nullptr when no record of the block has the field.
  base::Result<const BlockColumn*> column(uint32_t field);
  // nullptr when the block has none.
  base::Result<const RareFields*> rare();

  // What the texts of the block can be asked; read once. Valid as long as the block.
  base::Result<PartReader::TextFilter> text_filter();

  // Uncompressed bytes read so far.
  uint64_t bytes_read() const { return bytes_read_; }

 private:
  base::Result<const std::vector<int64_t>*> int64s(uint32_t field, std::vector<int64_t>& out);
  base::Result<BlockColumn> read_column(const ColumnEntry& entry);
  base::Result<const BlockColumn*> rare_column(uint32_t field);

  const PartReader& part_;
  const uint32_t block_;
  const size_t rows_;
  std::vector<int64_t> times_, sequences_, streams_;
  std::unordered_map<uint32_t, std::unique_ptr<const BlockColumn>> columns_;  // by field; null: not there
  std::unique_ptr<const RareFields> rare_;
  bool rare_read_ = false;
  std::string filter_buffer_;
  PartReader::TextFilter filter_;
  bool filter_read_ = false;
  uint64_t bytes_read_ = 0;
};

}  // namespace tripod::store
