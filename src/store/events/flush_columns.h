// The records of one part that memory becomes, by column. They are gathered in the order they came: memory is walked once and forward,
// and a value is looked at while it is near.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "store/events/flush_column.h"
#include "store/events/memory_block.h"
#include "store/events/part_writer.h"

namespace tripod::store {

// A record of a memory block.
struct MemoryRow {
  uint32_t batch;
  uint32_t row;
};

// Not thread-safe.
class FlushColumns {
 public:
  // Both stay as long as this.
  FlushColumns(const MemoryBlock& block, PartWriter& writer) : block_(block), writer_(writer) {}

  // All records of the part, in the order of the memory block. Once.
  void gather(std::span<const MemoryRow> rows);
  // What was gathered takes so much, roughly.
  size_t memory_bytes() const;
  // By stream, time and sequence. A stream that fills blocks has some of its own, evenly filled: a merge takes such over as they are.
  base::Result<> write();

 private:
  struct Stream {
    uint64_t id;
    uint32_t rows = 0;
    uint64_t bytes = 0;
    uint32_t first = 0;  // place of its first row
  };
  struct Row {
    base::UnixNanos time;
    uint64_t sequence;
    uint32_t stream;  // of streams_
    uint32_t bytes;   // in its block
  };
  // A field that all records of a stream have.
  struct SharedField {
    uint32_t key;  // of the batch
    FlushColumn* column;
    uint32_t number;
    uint32_t bytes;
  };
  // A stream of the batch being gathered.
  struct BatchStream {
    bool known = false;
    uint32_t stream = 0;
    uint32_t begin = 0, end = 0;  // of shared_
  };

  void start_batch(const RowBatch& batch);
  void add_batch(const RowBatch& batch, uint64_t first_sequence);
  void add_column(const RowBatch& batch, uint32_t key, uint32_t first);
  void add_shared_column(const RowBatch& batch, uint32_t key, uint32_t first);
  void add_row(const RowBatch& batch, const RowBatch::Row& row, uint64_t sequence);
  const BatchStream& stream_of(const RowBatch& batch, uint32_t stream);
  FlushColumn* column_of(std::string_view key);
  void sort();
  std::vector<uint32_t> plan_blocks() const;
  base::Result<> write_block(uint32_t begin, uint32_t end);

  const MemoryBlock& block_;
  PartWriter& writer_;
  base::Arena texts_;
  std::deque<FlushColumn> columns_;
  std::unordered_map<std::string_view, FlushColumn*> by_key_;
  std::vector<Row> rows_;
  std::vector<Stream> streams_;
  std::unordered_map<uint64_t, uint32_t> stream_numbers_;  // by id

  // the batch being gathered
  std::vector<std::string_view> keys_;
  std::vector<FlushColumn*> columns_of_keys_;
  std::vector<BatchStream> batch_streams_;
  std::vector<SharedField> shared_;
  std::vector<FlushColumn::Numbered> numbered_;           // of a key's values
  std::vector<const SharedField*> of_stream_;             // of one key, by stream

  // in order
  std::vector<uint32_t> sorted_streams_;
  std::vector<uint32_t> order_;  // rows by place
  std::vector<RowPlace> places_;
  std::vector<uint32_t> codes_;
};

}  // namespace tripod::store
