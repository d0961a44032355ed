// Reads one part file: footer and indexes when first needed, chunks one by one, every byte checked against its checksum.
// Reads go through ReadFile::read() and not through a mapping: an unreadable sector is then an error with a name, where a
// mapping would end the process, and the pages of large scans do not count as the process's memory.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "store/events/part_format.h"

namespace tripod::store {

// Not thread-safe: each query opens its own.
class PartReader {
 public:
  // kDataLoss for a file that is not a whole part, kUnsupported for one of a newer version.
  static base::Result<std::unique_ptr<PartReader>> open(base::Fs& fs, const std::string& path);

  const PartFooter& footer() const { return footer_; }
  uint64_t file_bytes() const { return file_->size(); }
  base::Result<const std::vector<BlockEntry>*> blocks();
  base::Result<const PartDirectory*> directory();
  // The field's column of a block, nullptr when that block has none. Loads all of the field's entries at first.
  base::Result<const ColumnEntry*> entry(uint32_t field, uint32_t block);

  // Uncompressed.
  base::Result<std::string> read_chunk(const ColumnEntry& entry) const;
  // @pre entry.bloom_bytes != 0
  base::Result<std::string> read_bloom(const ColumnEntry& entry) const;

 private:
  explicit PartReader(std::unique_ptr<base::ReadFile> file) : file_(std::move(file)) {}
  base::Result<> read_footer();
  base::Result<std::string> read_section(const SectionRef& section) const;
  base::Result<> check_blocks(const std::vector<BlockEntry>& blocks) const;
  base::Result<std::vector<ColumnEntry>> load_entries(const FieldEntry& field) const;
  base::Result<> check_entry(const ColumnEntry& entry) const;

  const std::unique_ptr<base::ReadFile> file_;
  PartFooter footer_{};
  std::optional<std::vector<BlockEntry>> blocks_;
  std::optional<PartDirectory> directory_;
  std::vector<std::optional<std::vector<ColumnEntry>>> entries_;  // by field
};

}  // namespace tripod::store
