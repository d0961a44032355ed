// Writes one part: records come in the part's order, blocks of columns go to the file.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "store/events/column_stage.h"
#include "store/events/column_writer.h"
#include "store/events/part_format.h"
#include "store/events/part_reader.h"
#include "store/events/plan.h"

namespace tripod::store {

struct PartWriterOptions {
  Dataset dataset = Dataset::kLogs;
  size_t block_rows = 8192;
  size_t block_bytes = 2u << 20;
  int zstd_level = 1;
  size_t max_columns = 256;  // of a block; the fields that fewer records have become rare fields
};

// A record's place in the part's order: by stream, then time, then sequence.
struct RowPlace {
  uint64_t stream = 0;
  base::UnixNanos time = 0;
  uint64_t sequence = 0;
  friend auto operator<=>(const RowPlace&, const RowPlace&) = default;
};

// What a record takes of a block's bytes, besides its values; and a value.
inline constexpr size_t kRowBytes = 24;
inline size_t bytes_in_block(const model::Value& value) { return 8 + value.text().size(); }

// Not thread-safe. The file is complete and synced once finish() succeeded; whoever gave the path removes it otherwise.
class PartWriter {
 public:
  static base::Result<std::unique_ptr<PartWriter>> create(base::Fs& fs, const std::string& path,
                                                          PartWriterOptions options);

  // The number to give to add(). Numbers hold for the whole part.
  uint32_t field(std::string_view name);
  // Record by record: the next ones are of another stream.
  base::Result<> start_stream();
  // The next record (not before the last one in order); then its fields. What values point to must stay until
  // gathered_blocks() has grown past what it is now, or finish() returned.
  base::Result<> start_row(const RowPlace& place);
  // The first value of a field counts, later ones of the same record are left out.
  void add(uint32_t field, const model::Value& value);
  // By column: a block of these records (in order, none before the last one), then each of its fields once, to be filled. Valid, and what
  // values point to must stay, until the next block or end_block().
  base::Result<> start_block(std::span<const RowPlace> places);
  ColumnStage& column(uint32_t field);
  // Blocks written of records that were not copied.
  size_t gathered_blocks() const { return gathered_blocks_; }
  uint64_t rows() const { return rows_ + block_rows_; }

  // A block of another part, in the order of its first record among everything else, with all its records.
  struct BlockSource {
    const PartReader& part;
    uint32_t block;
    std::span<const uint32_t> numbers;  // field() here, by place in the part's directory behind the system columns
    std::span<const uint32_t> by_id;    // the place by the id that the part knows a field by; kNoField where it has none
  };
  // Whether it is full enough to stay as it is.
  base::Result<bool> may_copy(const PartReader& part, uint32_t block, uint32_t rows) const;
  // Takes it over without decoding it. False, and nothing has happened, where it would be written differently today: then its records
  // are to be added one by one.
  base::Result<bool> copy_block(const BlockSource& source);
  // So many records of one stream have a block of their own: a merge takes it over as it is.
  bool is_worth_a_block(uint64_t rows, uint64_t bytes) const {
    return rows >= (options_.block_rows + 3) / 4 || bytes >= options_.block_bytes / 4;
  }
  const PartWriterOptions& options() const { return options_; }

  // Writes the block begun, if there is one: nothing is pointed to any more.
  base::Result<> end_block();
  // Writes what is left, indexes and footer, and syncs. `created`: see PartFooter.
  base::Result<PartFooter> finish(base::UnixNanos created, std::vector<uint64_t> replaces = {});

 private:
  struct Field {
    std::string name;
    ColumnStage stage;
    TypeSet types = 0;
    bool in_rare = false;
    uint64_t rows = 0;
    std::vector<ColumnEntry> entries;
    ValueCountsBuilder counts;
  };
  class BlockCopy;
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const;
  };

  PartWriter(std::unique_ptr<base::AppendFile> file, PartWriterOptions options);
  void place(const RowPlace& place);
  void write_columns();
  void end_filter();
  void write_rare(std::span<const uint32_t> rare);
  std::vector<uint32_t> split_rare();
  base::Result<> append(std::string_view bytes);
  base::Result<> write_filters();
  base::Result<PartDirectory> write_fields();
  base::Result<SectionRef> write_section(std::string_view stored, size_t raw_bytes);

  const std::unique_ptr<base::AppendFile> file_;
  const PartWriterOptions options_;
  ColumnWriter columns_;
  uint64_t offset_ = 0;  // bytes appended
  std::vector<Field> fields_;  // system columns first
  std::unordered_map<std::string, uint32_t, TextHash, std::equal_to<>> numbers_;
  std::vector<uint32_t> in_block_;  // fields with values in the block
  std::vector<BlockEntry> blocks_;
  std::string filters_;  // of written blocks, one behind the other: kept together so that they are read together
  uint64_t rows_ = 0;    // in written blocks
  size_t gathered_blocks_ = 0;

  // of the block being gathered
  size_t block_rows_ = 0;
  size_t block_bytes_ = 0;
  BlockEntry block_{};
  std::vector<int64_t> times_, sequences_;
};

}  // namespace tripod::store
