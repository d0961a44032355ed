// Writes one part: records come in the part's order, blocks of columns go to the file.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "store/events/column_stage.h"
#include "store/events/column_writer.h"
#include "store/events/part_format.h"
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

// Not thread-safe. The file is complete and synced once finish() succeeded; whoever gave the path removes it otherwise.
class PartWriter {
 public:
  static base::Result<std::unique_ptr<PartWriter>> create(base::Fs& fs, const std::string& path,
                                                          PartWriterOptions options);

  // The number to give to add(). Numbers hold for the whole part.
  uint32_t field(std::string_view name);
  // The next record (not before the last one in order); then its fields. What values point to must stay until
  // blocks() has grown past what it is now, or finish() returned.
  base::Result<> start_row(const RowPlace& place);
  // The first value of a field counts, later ones of the same record are left out.
  void add(uint32_t field, const model::Value& value);
  size_t blocks() const { return blocks_.size(); }
  uint64_t rows() const { return rows_ + block_rows_; }

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
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const;
  };

  PartWriter(std::unique_ptr<base::AppendFile> file, PartWriterOptions options);
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

  // of the block being gathered
  size_t block_rows_ = 0;
  size_t block_bytes_ = 0;
  BlockEntry block_{};
};

}  // namespace tripod::store
