#include "store/events/part_check.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "store/events/part_reader.h"
#include "store/events/varint.h"

namespace tripod::store {
namespace {

using base::DamagedBytes;
using base::Result;

class PartCheck {
 public:
  PartCheck(std::string path, const PartReader& reader) : path_(std::move(path)), reader_(reader) {}

  Result<> run(base::Fs& fs);
  std::vector<DamagedBytes> take() { return std::move(damage_); }

 private:
  // Remembers the region, and its damage where `result` is one. Errors of the disk end the check.
  template <class T>
  Result<bool> region(std::string what, uint64_t offset, uint64_t bytes, const Result<T>& result) {
    regions_.emplace_back(offset, bytes);
    if (result) return true;
    if (result.error().code != base::Code::kDataLoss) return base::fail(result.error());
    damage_.push_back({path_, offset, bytes, std::move(what)});
    return false;
  }
  Result<> header(base::Fs& fs);
  Result<> blocks();
  Result<> field(const FieldEntry& field, uint32_t number, std::string_view name);
  void gaps();

  const std::string path_;
  const PartReader& reader_;
  std::vector<std::pair<uint64_t, uint64_t>> regions_;  // offset, bytes
  std::vector<DamagedBytes> damage_;
};

// Nothing reads it again after the part was written, and it has no checksum: it has just one right content.
Result<> PartCheck::header(base::Fs& fs) {
  auto file = fs.open_read(path_);
  if (!file) return base::fail(std::move(file.error()));
  auto bytes = (*file)->read(0, sizeof(PartHeader));
  if (!bytes) return base::fail(std::move(bytes.error()));
  const auto header = load_word<PartHeader>(bytes->data());
  const bool sound = std::memcmp(header.magic, kPartMagic, sizeof(kPartMagic)) == 0 && header.version == kPartVersion && header.reserved == 0;
  const Result<> result = sound ? Result<>() : base::fail(base::Code::kDataLoss, "header");
  auto done = region("header", 0, sizeof(PartHeader), result);
  return done ? Result<>() : base::fail(std::move(done.error()));
}

Result<> PartCheck::blocks() {
  const SectionRef& table = reader_.footer().block_table;
  auto blocks = reader_.blocks();
  auto sound = region("block table", table.offset, table.stored_bytes, blocks);
  if (!sound) return base::fail(std::move(sound.error()));
  if (!*sound) return {};
  for (uint32_t i = 0; i < (*blocks)->size(); ++i) {
    const BlockEntry& block = (**blocks)[i];
    std::string buffer;
    auto filter = reader_.text_filter(i, buffer);
    auto done = region("text filter of block " + std::to_string(i), block.filter_offset, uint64_t{block.bloom_bytes} + block.gram_bytes, filter);
    if (!done) return base::fail(std::move(done.error()));
  }
  return {};
}

Result<> PartCheck::field(const FieldEntry& field, uint32_t number, std::string_view name) {
  const std::string of = "of \"" + std::string(name) + "\"";
  if (field.counts.stored_bytes != 0) {
    auto counts = region("value counts " + of, field.counts.offset, field.counts.stored_bytes, reader_.counts(number));
    if (!counts) return base::fail(std::move(counts.error()));
  }
  auto first = reader_.entry(number, 0);
  auto entries = region("column entries " + of, field.entries_offset, uint64_t{field.entries} * sizeof(ColumnEntry), first);
  if (!entries) return base::fail(std::move(entries.error()));
  if (!*entries) return {};
  for (uint32_t block = 0; block < reader_.footer().blocks; ++block) {
    auto entry = reader_.entry(number, block);
    if (!entry) return base::fail(std::move(entry.error()));
    if (*entry == nullptr) continue;
    auto chunk = region("column " + of + " in block " + std::to_string(block), (*entry)->offset, (*entry)->stored_bytes,
                        reader_.read_chunk(**entry));
    if (!chunk) return base::fail(std::move(chunk.error()));
  }
  return {};
}

void PartCheck::gaps() {
  std::ranges::sort(regions_);
  uint64_t end = 0;
  for (const auto& [offset, bytes] : regions_) {
    if (offset > end) damage_.push_back({path_, end, offset - end, "bytes that belong to nothing"});
    end = std::max(end, offset + bytes);
  }
  if (end < reader_.file_bytes()) damage_.push_back({path_, end, reader_.file_bytes() - end, "bytes that belong to nothing"});
}

Result<> PartCheck::run(base::Fs& fs) {
  const PartFooter& footer = reader_.footer();
  regions_.emplace_back(reader_.file_bytes() - sizeof(PartFooter), sizeof(PartFooter));
  if (auto done = header(fs); !done) return done;
  if (auto done = blocks(); !done) return done;
  auto directory = reader_.directory();
  auto sound = region("directory", footer.directory.offset, footer.directory.stored_bytes, directory);
  if (!sound) return base::fail(std::move(sound.error()));
  if (!*sound) return {};
  static constexpr std::string_view kSystemNames[kSystemColumns] = {"time", "sequence", "stream", "rare fields"};
  for (uint32_t i = 0; i < (*directory)->fields.size(); ++i) {
    const FieldEntry& entry = (*directory)->fields[i];
    if (auto done = field(entry, i, i < kSystemColumns ? kSystemNames[i] : std::string_view(entry.name)); !done) return done;
  }
  if (damage_.empty()) gaps();
  return {};
}

}  // namespace

Result<std::vector<DamagedBytes>> check_part(base::Fs& fs, const std::string& path) {
  auto reader = PartReader::open(fs, path);
  if (!reader && reader.error().code == base::Code::kDataLoss) {
    auto status = fs.status(path);
    if (!status) return base::fail(std::move(status.error()));
    const uint64_t footer = std::min<uint64_t>(status->size, sizeof(PartFooter));
    return std::vector<DamagedBytes>{{path, status->size - footer, footer, reader.error().message}};
  }
  if (!reader) return base::fail(std::move(reader.error()));
  PartCheck check(path, **reader);
  if (auto done = check.run(fs); !done) return base::fail(std::move(done.error()));
  return check.take();
}

}  // namespace tripod::store
