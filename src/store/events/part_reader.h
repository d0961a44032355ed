// Reads one part file: footer and indexes when first needed (they stay in memory as long as the reader), chunks one by one, every
// byte checked against its checksum.
// Reads go through ReadFile::read() and not through a mapping: an unreadable sector is then an error with a name, where a
// mapping would end the process, and the pages of large scans do not count as the process's memory.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "store/events/part_format.h"
#include "store/events/value_counts.h"

namespace tripod::store {

// A piece of a part's indexes, loaded once by whoever needs it first. Thread-safe.
template <class T>
class LazyPiece {
 public:
  // `load` answers Result<std::unique_ptr<const T>>; errors are not kept. Valid as long as this object.
  template <class Load>
  base::Result<const T*> get(std::mutex& mu, Load&& load) const {
    if (const T* there = ready_.load(std::memory_order_acquire)) return there;
    std::lock_guard lock(mu);
    if (const T* there = ready_.load(std::memory_order_relaxed)) return there;
    auto loaded = load();
    if (!loaded) return base::fail(std::move(loaded.error()));
    owned_ = std::move(*loaded);
    ready_.store(owned_.get(), std::memory_order_release);
    return owned_.get();
  }

 private:
  mutable std::atomic<const T*> ready_{nullptr};
  mutable std::unique_ptr<const T> owned_;
};

// Thread-safe; queries share it.
class PartReader {
 public:
  // kDataLoss for a file that is not a whole part, kUnsupported for one of another version.
  static base::Result<std::unique_ptr<PartReader>> open(base::Fs& fs, const std::string& path);

  ~PartReader();

  const PartFooter& footer() const { return footer_; }
  uint64_t file_bytes() const { return file_->size(); }
  // Pointers are valid as long as the reader.
  base::Result<const std::vector<BlockEntry>*> blocks() const;
  base::Result<const PartDirectory*> directory() const;
  // The field's column of a block, nullptr when that block has none. Loads all of the field's entries at first.
  base::Result<const ColumnEntry*> entry(uint32_t field, uint32_t block) const;
  // The field's value counts, nullptr when it has none. @pre `field` is one of the directory's.
  base::Result<const ValueCounts*> counts(uint32_t field) const;

  // The text filter of one block: views that are valid as long as `buffer` and the reader.
  struct TextFilter {
    std::string_view values;  // empty: no values are known
    std::string_view grams;
  };
  // Reads those of all blocks at once when it is asked often. @pre block < footer().blocks
  base::Result<TextFilter> text_filter(uint32_t block, std::string& buffer) const;

  // As it lies in the file.
  base::Result<std::string> read_stored(const ColumnEntry& entry) const;
  // Uncompressed.
  base::Result<std::string> read_chunk(const ColumnEntry& entry) const;
  // What the indexes loaded so far take.
  size_t memory_bytes() const { return memory_bytes_.load(std::memory_order_relaxed); }

 private:
  struct Fields;
  using Blocks = std::vector<BlockEntry>;
  using Entries = std::vector<ColumnEntry>;

  explicit PartReader(std::unique_ptr<base::ReadFile> file);
  base::Result<> read_footer();
  base::Result<std::string> read_section(const SectionRef& section) const;
  base::Result<const Fields*> fields() const;
  base::Result<std::unique_ptr<const Blocks>> load_blocks() const;
  base::Result<std::unique_ptr<const Fields>> load_fields() const;
  base::Result<std::unique_ptr<const Entries>> load_entries(const FieldEntry& field) const;
  base::Result<std::unique_ptr<const ValueCounts>> load_counts(const FieldEntry& field) const;
  base::Result<std::unique_ptr<const std::string>> load_filters(const Blocks& blocks) const;
  base::Result<> check_blocks(const Blocks& blocks) const;
  base::Result<> check_entry(const ColumnEntry& entry) const;
  void loaded(size_t bytes) const { memory_bytes_.fetch_add(bytes, std::memory_order_relaxed); }

  const std::unique_ptr<base::ReadFile> file_;
  PartFooter footer_{};

  mutable std::mutex mu_;  // held while a piece is loaded
  LazyPiece<Blocks> blocks_;
  LazyPiece<Fields> fields_;
  LazyPiece<std::string> filters_;  // of all blocks, from the first one's on
  mutable std::atomic<uint32_t> filter_reads_{0};
  mutable std::atomic<size_t> memory_bytes_{0};
};

// Directory, and what is loaded field by field.
struct PartReader::Fields {
  explicit Fields(PartDirectory d)
      : directory(std::move(d)), entries(directory.fields.size()), counts(directory.fields.size()) {}
  PartDirectory directory;
  mutable std::mutex mu;  // taken after PartReader::mu_
  std::vector<LazyPiece<Entries>> entries;
  std::vector<LazyPiece<ValueCounts>> counts;
};

}  // namespace tripod::store
