// Records that later ones replace: known from the log's records of those, and from a file once these are in parts.
// Layout: docs/formats/events.md, "Superseded records".
#include <algorithm>
#include <cstring>
#include <utility>

#include "base/hash.h"
#include "store/events/dataset_store.h"
#include "store/events/varint.h"

namespace tripod::store {
namespace {

constexpr char kMagic[8] = {'T', 'r', 'i', 'p', 'o', 'd', 'S', 's'};
constexpr uint32_t kVersion = 1;
constexpr uint64_t kMost = uint64_t{1} << 32;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t reserved;
};
static_assert(sizeof(Header) == 16);

std::string superseded_path(const StoreContext& context, Dataset dataset) {
  return dataset_dir(context.options, dataset) + "/SUPERSEDED";
}

std::string encode(const SequenceSet& superseded) {
  Header header{{}, kVersion, 0};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  std::string out;
  append_word(out, header);
  out.append(superseded.encode());
  append_word(out, base::hash64(out));
  return out;
}

// kDataLoss for anything but what encode() makes, kUnsupported for a newer version.
base::Result<SequenceSet> decode(std::string_view bytes) {
  Header header{};
  CheckedReader in(bytes);
  if (!in.word(header) || std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0 || in.left() < sizeof(uint64_t)) {
    return base::fail(base::Code::kDataLoss, "not a file of superseded records");
  }
  if (header.version != kVersion) {
    return base::fail(base::Code::kUnsupported, "superseded records of version " + std::to_string(header.version) +
                                                    ": this program reads version " + std::to_string(kVersion));
  }
  const std::string_view content = bytes.substr(0, bytes.size() - sizeof(uint64_t));
  if (load_word<uint64_t>(bytes.data() + content.size()) != base::hash64(content)) {
    return base::fail(base::Code::kDataLoss, "superseded records: checksum");
  }
  return SequenceSet::decode(content.substr(sizeof(Header)), kMost);
}

}  // namespace

base::Result<> DatasetStore::open_superseded() {
  const std::string path = superseded_path(context_, dataset_);
  if (!context_.fs.exists(path)) return {};
  auto bytes = context_.fs.read_all(path);
  if (!bytes) return base::fail(std::move(bytes.error()));
  auto superseded = decode(*bytes);
  if (!superseded && superseded.error().code == base::Code::kDataLoss) {
    // What they were replaced by is there: some records are found beside it.
    context_.logger.error("event_superseded_damaged", {{"dataset", dataset_name(dataset_)},
                                                       {"moved_to", path + ".damaged"},
                                                       {"detail", superseded.error().message}});
    return context_.fs.rename(path, path + ".damaged");
  }
  if (!superseded) return base::fail(std::move(superseded.error()));
  exclusions_.restore(std::move(*superseded));
  return {};
}

// Those that are stored no more, because retention dropped their part, are left out.
base::Result<> DatasetStore::save_superseded() {
  const Snapshot now = snapshot();
  uint64_t oldest = UINT64_MAX;
  for (const PartPtr& part : now.parts->parts) oldest = std::min(oldest, part->footer().min_sequence);
  for (const MemoryView& view : now.memory) {
    if (view.batches != 0) oldest = std::min(oldest, view.batch(0).first_sequence);
  }
  SequenceSet superseded, gone;
  {
    std::lock_guard lock(mu_);
    if (superseded_saved_) return {};
    superseded_saved_ = true;
    if (oldest != UINT64_MAX && oldest > 0) exclusions_.superseded().for_each(0, oldest - 1, [&](uint64_t s) { gone.insert(s); });
    exclusions_.forget(gone);
    superseded = exclusions_.superseded();
  }
  auto written = context_.fs.write_atomically(superseded_path(context_, dataset_), encode(superseded));
  if (written) return written;
  std::lock_guard lock(mu_);
  superseded_saved_ = false;
  return written;
}

// A batch that replaces these is durable.
void DatasetStore::settle_superseded(std::span<const uint64_t> supersedes) {
  if (supersedes.empty()) return;
  std::lock_guard lock(mu_);
  exclusions_.settle(supersedes);
  superseded_saved_ = false;
}

}  // namespace tripod::store
