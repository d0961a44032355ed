// One column of one block as bytes: chooses the encoding, compresses, measures, and makes the Bloom filter.
#pragma once

#include <string>
#include <vector>

#include "store/events/column_stage.h"
#include "store/events/distinct.h"
#include "store/events/part_format.h"

namespace tripod::store {

// Not thread-safe; keeps its buffers between columns.
class ColumnWriter {
 public:
  explicit ColumnWriter(int zstd_level) : zstd_level_(zstd_level) {}

  enum class Use : uint8_t { kField, kSystem };
  // Appends chunk and filter to `out`, which will be written at `file_offset`. System columns get no filter and times and
  // sequence numbers no dictionary: they are read as a whole.
  ColumnEntry write(const ColumnStage& stage, size_t block_rows, Use use, uint64_t file_offset, std::string& out);
  // A chunk made elsewhere (rare fields), with a filter of these hashes.
  ColumnEntry write_raw(Encoding encoding, std::string_view raw, std::vector<uint64_t> bloom_hashes,
                        uint64_t file_offset, std::string& out);
  uint64_t raw_bytes() const { return raw_bytes_; }  // of all chunks so far

 private:
  void measure(const ColumnStage& stage, ColumnEntry& entry) const;
  void collect_hashes(const ColumnStage& stage, bool distinct, ColumnEntry& entry);
  bool collect_words(std::span<const model::Value> values);
  void write_chunk(std::string_view raw, uint64_t file_offset, ColumnEntry& entry, std::string& out);

  const int zstd_level_;
  DistinctFinder distinct_;
  std::string raw_;
  std::vector<uint64_t> hashes_;      // for the filter
  std::vector<uint64_t> word_slots_;  // set of the words seen in this column
  uint64_t raw_bytes_ = 0;
};

}  // namespace tripod::store
