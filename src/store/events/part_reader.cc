#include "store/events/part_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/compress.h"
#include "base/hash.h"
#include "store/events/bloom.h"
#include "store/events/varint.h"

namespace tripod::store {
namespace {

std::unexpected<base::Error> damaged(std::string what) {
  return base::fail(base::Code::kDataLoss, "part: " + std::move(what));
}

// So many blocks are asked one by one before the filters of all are read in one go.
constexpr uint32_t kSingleFilterReads = 4;

template <class T>
std::vector<T> copy_array(std::string_view bytes) {
  std::vector<T> out(bytes.size() / sizeof(T));
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size() * sizeof(T));
  return out;
}

}  // namespace

PartReader::PartReader(std::unique_ptr<base::ReadFile> file) : file_(std::move(file)) {}

PartReader::~PartReader() = default;

base::Result<std::unique_ptr<PartReader>> PartReader::open(base::Fs& fs, const std::string& path) {
  auto file = fs.open_read(path);
  if (!file) return base::fail(std::move(file.error()));
  std::unique_ptr<PartReader> reader(new PartReader(std::move(*file)));
  if (auto done = reader->read_footer(); !done) return base::fail(std::move(done.error()));
  return reader;
}

base::Result<> PartReader::read_footer() {
  const uint64_t size = file_->size();
  if (size < sizeof(PartHeader) + sizeof(PartFooter)) return damaged("too short");
  auto bytes = file_->read(size - sizeof(PartFooter), sizeof(PartFooter));
  if (!bytes) return base::fail(std::move(bytes.error()));
  footer_ = load_word<PartFooter>(bytes->data());
  if (std::memcmp(footer_.magic, kPartMagic, sizeof(kPartMagic)) != 0) return damaged("no footer");
  if (footer_.version != kPartVersion) {
    return base::fail(base::Code::kUnsupported, "part of version " + std::to_string(footer_.version) +
                                                    ": this program reads version " +
                                                    std::to_string(kPartVersion));
  }
  if (footer_.checksum != footer_.own_checksum()) return damaged("footer checksum");
  if (footer_.dataset >= kDatasetCount || footer_.blocks == 0 || footer_.rows == 0) return damaged("footer");
  return {};
}

base::Result<std::string> PartReader::read_section(const SectionRef& section) const {
  const uint64_t size = file_->size();
  if (section.offset > size || section.stored_bytes > size - section.offset) return damaged("section");
  auto bytes = file_->read(section.offset, section.stored_bytes);
  if (!bytes) return bytes;
  if (base::hash64(*bytes) != section.checksum) return damaged("section checksum");
  return bytes;
}

base::Result<const std::vector<BlockEntry>*> PartReader::blocks() const {
  return blocks_.get(mu_, [this] { return load_blocks(); });
}

base::Result<std::unique_ptr<const PartReader::Blocks>> PartReader::load_blocks() const {
  auto bytes = read_section(footer_.block_table);
  if (!bytes) return base::fail(std::move(bytes.error()));
  if (bytes->size() / sizeof(BlockEntry) != footer_.blocks || bytes->size() % sizeof(BlockEntry) != 0) {
    return damaged("block table");
  }
  auto blocks = std::make_unique<const Blocks>(copy_array<BlockEntry>(*bytes));
  if (auto checked = check_blocks(*blocks); !checked) return base::fail(std::move(checked.error()));
  loaded(bytes->size());
  return blocks;
}

base::Result<> PartReader::check_blocks(const Blocks& blocks) const {
  uint64_t rows = 0, filters_end = blocks.front().filter_offset;
  for (const BlockEntry& block : blocks) {
    if (block.rows == 0 || block.rows > kMaxBlockRows || block.min_time > block.max_time) {
      return damaged("block table");
    }
    const bool power = block.gram_bytes == 0 || std::has_single_bit(block.gram_bytes);
    if (block.bloom_bytes % kBloomBlockBytes != 0 || !power || block.filter_offset != filters_end) {
      return damaged("block table");
    }
    filters_end += uint64_t{block.bloom_bytes} + block.gram_bytes;
    if (filters_end > file_->size()) return damaged("block table");
    rows += block.rows;
  }
  if (rows != footer_.rows) return damaged("row count");
  return {};
}

base::Result<const PartReader::Fields*> PartReader::fields() const {
  return fields_.get(mu_, [this] { return load_fields(); });
}

base::Result<const PartDirectory*> PartReader::directory() const {
  auto all = fields();
  if (!all) return base::fail(std::move(all.error()));
  return &(*all)->directory;
}

base::Result<std::unique_ptr<const PartReader::Fields>> PartReader::load_fields() const {
  auto stored = read_section(footer_.directory);
  if (!stored) return base::fail(std::move(stored.error()));
  auto plain = base::zstd_decompress(*stored, footer_.directory.raw_bytes);
  if (!plain) return base::fail(std::move(plain.error()));
  auto directory = PartDirectory::decode(*plain);
  if (!directory) return base::fail(std::move(directory.error()));
  auto out = std::make_unique<const Fields>(std::move(*directory));
  loaded(2 * plain->size() + out->directory.fields.size() * (sizeof(FieldEntry) + 2 * sizeof(LazyPiece<Entries>)));
  return out;
}

base::Result<> PartReader::check_entry(const ColumnEntry& entry) const {
  if (entry.entry_checksum != entry.checksum()) return damaged("column entry checksum");
  const uint64_t size = file_->size();
  if (entry.offset > size || entry.stored_bytes > size - entry.offset || entry.block >= footer_.blocks ||
      entry.raw_bytes > kMaxChunkBytes) {
    return damaged("column entry");
  }
  return {};
}

base::Result<std::unique_ptr<const PartReader::Entries>> PartReader::load_entries(const FieldEntry& field) const {
  const uint64_t size = file_->size();
  const uint64_t bytes = uint64_t{field.entries} * sizeof(ColumnEntry);
  if (field.entries_offset > size || bytes > size - field.entries_offset) return damaged("directory");
  auto raw = file_->read(field.entries_offset, bytes);
  if (!raw) return base::fail(std::move(raw.error()));
  auto entries = std::make_unique<const Entries>(copy_array<ColumnEntry>(*raw));
  for (size_t i = 0; i < entries->size(); ++i) {
    if (auto checked = check_entry((*entries)[i]); !checked) return base::fail(std::move(checked.error()));
    if (i > 0 && (*entries)[i].block <= (*entries)[i - 1].block) return damaged("column entries out of order");
  }
  loaded(bytes);
  return entries;
}

base::Result<const ColumnEntry*> PartReader::entry(uint32_t field, uint32_t block) const {
  auto all = fields();
  if (!all) return base::fail(std::move(all.error()));
  auto found = (*all)->entries[field].get((*all)->mu, [&] { return load_entries((*all)->directory.fields[field]); });
  if (!found) return base::fail(std::move(found.error()));
  const Entries& entries = **found;
  // Mostly every block has the field.
  if (block < entries.size() && entries[block].block == block) return &entries[block];
  const auto at = std::ranges::lower_bound(entries, block, {}, &ColumnEntry::block);
  return at != entries.end() && at->block == block ? &*at : nullptr;
}

base::Result<std::unique_ptr<const ValueCounts>> PartReader::load_counts(const FieldEntry& field) const {
  auto stored = read_section(field.counts);
  if (!stored) return base::fail(std::move(stored.error()));
  auto plain = base::zstd_decompress(*stored, field.counts.raw_bytes);
  if (!plain) return base::fail(std::move(plain.error()));
  auto counts = ValueCounts::decode(std::move(*plain), footer_.blocks);
  if (counts) loaded((*counts)->memory_bytes());
  return counts;
}

base::Result<const ValueCounts*> PartReader::counts(uint32_t field) const {
  auto all = fields();
  if (!all) return base::fail(std::move(all.error()));
  const FieldEntry& entry = (*all)->directory.fields[field];
  if (entry.counts.stored_bytes == 0) return nullptr;
  return (*all)->counts[field].get((*all)->mu, [&] { return load_counts(entry); });
}

base::Result<std::unique_ptr<const std::string>> PartReader::load_filters(const Blocks& blocks) const {
  const uint64_t start = blocks.front().filter_offset;
  const uint64_t end = blocks.back().filter_offset + blocks.back().bloom_bytes + blocks.back().gram_bytes;
  auto bytes = file_->read(start, end - start);
  if (!bytes) return base::fail(std::move(bytes.error()));
  for (const BlockEntry& block : blocks) {
    const auto filter = std::string_view(*bytes).substr(block.filter_offset - start, block.bloom_bytes + block.gram_bytes);
    if (base::hash64(filter) != block.filter_checksum) return damaged("filter checksum");
  }
  loaded(bytes->size());
  return std::make_unique<const std::string>(std::move(*bytes));
}

base::Result<PartReader::TextFilter> PartReader::text_filter(uint32_t block, std::string& buffer) const {
  auto table = blocks();
  if (!table) return base::fail(std::move(table.error()));
  const BlockEntry& entry = (**table)[block];
  const size_t size = size_t{entry.bloom_bytes} + entry.gram_bytes;
  std::string_view bytes;
  if (filter_reads_.fetch_add(1, std::memory_order_relaxed) < kSingleFilterReads) {
    auto read = file_->read(entry.filter_offset, size);
    if (!read) return base::fail(std::move(read.error()));
    buffer = std::move(*read);
    if (base::hash64(buffer) != entry.filter_checksum) return damaged("filter checksum");
    bytes = buffer;
  } else {
    auto all = filters_.get(mu_, [&] { return load_filters(**table); });
    if (!all) return base::fail(std::move(all.error()));
    bytes = std::string_view(**all).substr(entry.filter_offset - (**table)[0].filter_offset, size);
  }
  return TextFilter{bytes.substr(0, entry.bloom_bytes), bytes.substr(entry.bloom_bytes)};
}

base::Result<std::string> PartReader::read_stored(const ColumnEntry& entry) const {
  auto stored = file_->read(entry.offset, entry.stored_bytes);
  if (stored && base::hash64(*stored) != entry.chunk_checksum) return damaged("chunk checksum");
  return stored;
}

base::Result<std::string> PartReader::read_chunk(const ColumnEntry& entry) const {
  auto stored = read_stored(entry);
  if (!stored || !entry.has(ColumnEntry::kCompressed)) return stored;
  return base::zstd_decompress(*stored, entry.raw_bytes);
}

}  // namespace tripod::store
