#include "store/events/part_reader.h"

#include <algorithm>
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

template <class T>
std::vector<T> copy_array(std::string_view bytes) {
  std::vector<T> out(bytes.size() / sizeof(T));
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size() * sizeof(T));
  return out;
}

}  // namespace

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

base::Result<const std::vector<BlockEntry>*> PartReader::blocks() {
  if (!blocks_) {
    auto bytes = read_section(footer_.block_table);
    if (!bytes) return base::fail(std::move(bytes.error()));
    if (bytes->size() / sizeof(BlockEntry) != footer_.blocks || bytes->size() % sizeof(BlockEntry) != 0) {
      return damaged("block table");
    }
    auto blocks = copy_array<BlockEntry>(*bytes);
    if (auto checked = check_blocks(blocks); !checked) return base::fail(std::move(checked.error()));
    blocks_ = std::move(blocks);
  }
  return &*blocks_;
}

base::Result<> PartReader::check_blocks(const std::vector<BlockEntry>& blocks) const {
  uint64_t rows = 0;
  for (const BlockEntry& block : blocks) {
    if (block.rows == 0 || block.rows > kMaxBlockRows || block.min_time > block.max_time) {
      return damaged("block table");
    }
    rows += block.rows;
  }
  if (rows != footer_.rows) return damaged("row count");
  return {};
}

base::Result<const PartDirectory*> PartReader::directory() {
  if (!directory_) {
    auto stored = read_section(footer_.directory);
    if (!stored) return base::fail(std::move(stored.error()));
    auto plain = base::zstd_decompress(*stored, footer_.directory.raw_bytes);
    if (!plain) return base::fail(std::move(plain.error()));
    auto directory = PartDirectory::decode(*plain);
    if (!directory) return base::fail(std::move(directory.error()));
    directory_ = std::move(*directory);
    entries_.resize(directory_->fields.size());
  }
  return &*directory_;
}

base::Result<> PartReader::check_entry(const ColumnEntry& entry) const {
  if (entry.entry_checksum != entry.checksum()) return damaged("column entry checksum");
  const uint64_t size = file_->size();
  const uint64_t bytes = uint64_t{entry.stored_bytes} + entry.bloom_bytes;
  if (entry.offset > size || bytes > size - entry.offset || entry.block >= footer_.blocks ||
      entry.raw_bytes > kMaxChunkBytes || entry.bloom_bytes % kBloomBlockBytes != 0) {
    return damaged("column entry");
  }
  return {};
}

base::Result<std::vector<ColumnEntry>> PartReader::load_entries(const FieldEntry& field) const {
  const uint64_t size = file_->size();
  const uint64_t bytes = uint64_t{field.entries} * sizeof(ColumnEntry);
  if (field.entries_offset > size || bytes > size - field.entries_offset) return damaged("directory");
  auto raw = file_->read(field.entries_offset, bytes);
  if (!raw) return base::fail(std::move(raw.error()));
  auto entries = copy_array<ColumnEntry>(*raw);
  for (size_t i = 0; i < entries.size(); ++i) {
    if (auto checked = check_entry(entries[i]); !checked) return base::fail(std::move(checked.error()));
    if (i > 0 && entries[i].block <= entries[i - 1].block) return damaged("column entries out of order");
  }
  return entries;
}

base::Result<const ColumnEntry*> PartReader::entry(uint32_t field, uint32_t block) {
  auto all = directory();
  if (!all) return base::fail(std::move(all.error()));
  auto& loaded = entries_[field];
  if (!loaded) {
    auto entries = load_entries((*all)->fields[field]);
    if (!entries) return base::fail(std::move(entries.error()));
    loaded = std::move(*entries);
  }
  const auto found = std::ranges::lower_bound(*loaded, block, {}, &ColumnEntry::block);
  return found != loaded->end() && found->block == block ? &*found : nullptr;
}

base::Result<std::string> PartReader::read_chunk(const ColumnEntry& entry) const {
  auto stored = file_->read(entry.offset, entry.stored_bytes);
  if (!stored) return stored;
  if (base::hash64(*stored) != entry.chunk_checksum) return damaged("chunk checksum");
  if (!entry.has(ColumnEntry::kCompressed)) return stored;
  return base::zstd_decompress(*stored, entry.raw_bytes);
}

base::Result<std::string> PartReader::read_bloom(const ColumnEntry& entry) const {
  auto bloom = file_->read(entry.offset + entry.stored_bytes, entry.bloom_bytes);
  if (!bloom) return bloom;
  if (static_cast<uint32_t>(base::hash64(*bloom)) != entry.bloom_checksum) return damaged("filter checksum");
  return bloom;
}

}  // namespace tripod::store
