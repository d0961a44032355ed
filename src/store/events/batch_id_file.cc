#include "store/events/batch_id_file.h"

#include <cstring>
#include <string_view>
#include <utility>

#include "base/hash.h"
#include "store/events/varint.h"

namespace tripod::store {
namespace {

constexpr char kMagic[8] = {'T', 'r', 'i', 'p', 'o', 'd', 'B', 'I'};
constexpr uint32_t kVersion = 1;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t entry_bytes;
};
static_assert(sizeof(Header) == 16);

struct GroupHead {
  uint32_t entries;
  uint32_t checksum;  // of the entries, seeded with their number
};

uint32_t checksum_of(std::string_view entries, uint32_t count) {
  return static_cast<uint32_t>(base::hash64(entries, count));
}

void append_group(std::string& out, std::span<const StoredBatchId> batches) {
  const std::string_view entries(reinterpret_cast<const char*>(batches.data()), batches.size_bytes());
  const auto count = static_cast<uint32_t>(batches.size());
  append_word(out, GroupHead{count, checksum_of(entries, count)});
  out.append(entries);
}

// False where no whole and sound group follows.
bool read_group(CheckedReader& in, std::vector<StoredBatchId>& out) {
  GroupHead head{};
  std::string_view entries;
  if (!in.word(head) || !in.bytes(size_t{head.entries} * sizeof(StoredBatchId), entries)) return false;
  if (checksum_of(entries, head.entries) != head.checksum) return false;
  for (uint32_t i = 0; i < head.entries; ++i) {
    out.push_back(load_word<StoredBatchId>(entries.data() + i * sizeof(StoredBatchId)));
  }
  return true;
}

}  // namespace

base::Result<std::vector<StoredBatchId>> BatchIdFile::load(std::string& damage) {
  std::vector<StoredBatchId> out;
  if (!fs_.exists(path_)) return out;
  auto bytes = fs_.read_all(path_);
  if (!bytes) return base::fail(std::move(bytes.error()));
  CheckedReader in(*bytes);
  Header header{};
  if (!in.word(header) || std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0) {
    damage = path_ + ": not a file of batch ids";
    return out;
  }
  if (header.version != kVersion) {
    return base::fail(base::Code::kUnsupported, path_ + " is of version " + std::to_string(header.version) +
                                                    ": this program reads version " + std::to_string(kVersion));
  }
  while (in.left() > 0) {
    const size_t before = in.position();
    if (read_group(in, out)) continue;
    damage = path_ + ": unreadable from byte " + std::to_string(before) + " of " + std::to_string(bytes->size());
    return out;
  }
  entries_ = out.size();
  must_replace_ = false;
  return out;
}

base::Result<> BatchIdFile::append(std::span<const StoredBatchId> batches) {
  must_replace_ = true;
  auto file = fs_.open_append(path_, base::Fs::Open::kAppend);
  if (!file) return base::fail(std::move(file.error()));
  std::string group;
  append_group(group, batches);
  if (auto written = (*file)->append(group); !written) return written;
  if (auto synced = (*file)->sync(); !synced) return synced;
  must_replace_ = false;
  entries_ += batches.size();
  return {};
}

base::Result<> BatchIdFile::replace(std::span<const StoredBatchId> batches) {
  Header header{{}, kVersion, sizeof(StoredBatchId)};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  std::string content;
  append_word(content, header);
  append_group(content, batches);
  if (auto written = fs_.write_atomically(path_, content); !written) return written;
  must_replace_ = false;
  entries_ = batches.size();
  return {};
}

}  // namespace tripod::store
