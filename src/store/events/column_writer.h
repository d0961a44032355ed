// One column of one block as bytes: chooses the encoding, compresses, measures, and hands what can be asked without reading it to
// the block's text filter or to the field's value counts.
#pragma once

#include <string>
#include <vector>

#include "store/events/column_stage.h"
#include "store/events/distinct.h"
#include "store/events/part_format.h"
#include "store/events/text_filter.h"
#include "store/events/value_counts.h"

namespace tripod::store {

// Not thread-safe; keeps its buffers between columns.
class ColumnWriter {
 public:
  explicit ColumnWriter(int zstd_level) : zstd_level_(zstd_level) {}

  // The block whose columns come next. Chunks are appended to `out`, which will be written at `file_offset`.
  void start_block(uint32_t number, size_t rows, uint64_t file_offset, std::string& out);
  // A column of a field, with the counts of that field. Spells the stage out where it needs the values.
  ColumnEntry write(ColumnStage& stage, ValueCountsBuilder& counts);
  // A system column: neither filtered nor counted, and with integers that are read as a whole, so no dictionary.
  ColumnEntry write_system(std::span<const int64_t> values);
  // A chunk made elsewhere (rare fields), with the values that are in it.
  ColumnEntry write_raw(Encoding encoding, std::string_view raw, std::span<const ColumnStage* const> stages);
  // A column of another part's block, whose text filter and value counts are taken over too: `stored` as its entry describes it ...
  ColumnEntry copy(const ColumnEntry& from, std::string_view stored);
  // ... or other bytes that mean the same.
  ColumnEntry rewrite(const ColumnEntry& from, std::string_view raw);

  // Appends the block's text filter.
  TextFilterBuilder::Sizes finish_filter(std::string& out) { return filter_.finish(out); }
  uint64_t raw_bytes() const { return raw_bytes_; }  // of all chunks so far

 private:
  // What a column is before it is bytes.
  struct Values {
    ColumnInput input;
    std::span<const model::Value> all;  // every value at least once
    std::span<const uint64_t> hashes;   // of `all`, or of all that are not like the one before
    bool identifiers = false;
  };
  Values look_at(ColumnStage& stage);
  ColumnEntry encode(const ColumnStage& stage, const ColumnInput& input);
  void measure(const Values& values, ColumnEntry& entry) const;
  bool count(const ColumnInput& input, ValueCountsBuilder& counts);
  void filter(const Values& values, ColumnEntry& entry);
  void write_chunk(std::string_view raw, ColumnEntry& entry);

  const int zstd_level_;
  DistinctFinder distinct_;
  TextFilterBuilder filter_;
  std::string raw_;
  std::vector<uint32_t> counts_;  // by code
  uint64_t raw_bytes_ = 0;

  // the block being written
  uint32_t block_ = 0;
  size_t block_rows_ = 0;
  uint64_t file_offset_ = 0;
  std::string* out_ = nullptr;
};

}  // namespace tripod::store
