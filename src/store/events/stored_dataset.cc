#include "store/events/stored_dataset.h"

#include <algorithm>
#include <utility>

#include "base/wal_check.h"
#include "store/events/deletion_file.h"
#include "store/events/superseded_file.h"
#include "store/events/wal_record.h"

namespace tripod::store {
namespace {

constexpr int kMostTries = 20;
// Of the parts that are read: far below the files that a process may have open.
constexpr PartReaderCache::Limits kReaders{.bytes = 256u << 20, .files = 256};

class DatasetFolder {
 public:
  DatasetFolder(base::Fs& fs, const std::string& dir, Dataset dataset, base::MemoryBudget& budget)
      : fs_(fs), dir_(dir), dataset_(dataset), budget_(budget) {
    out_.readers = std::make_unique<PartReaderCache>(budget, kReaders);
  }

  // False when the folder changed meanwhile.
  base::Result<bool> read();
  StoredDataset take() { return std::move(out_); }

 private:
  base::Result<> read_log();
  base::Result<> read_deletions();
  base::Result<> read_superseded();
  base::Result<> unreadable(const std::string& path, const base::Error& error, std::string_view so);
  base::Result<bool> read_lists();
  base::Result<bool> open_parts();
  void fill_memory();
  base::Result<Manifest> manifest() const;

  base::Fs& fs_;
  const std::string& dir_;
  const Dataset dataset_;
  base::MemoryBudget& budget_;
  StoredDataset out_;
  SequenceSet superseded_;
  std::vector<std::shared_ptr<const Deletion>> deletions_;
  std::vector<std::pair<base::WalSequence, StoredBatch>> batches_;
};

base::Result<Manifest> DatasetFolder::manifest() const {
  auto text = fs_.read_all(dir_ + "/MANIFEST");
  if (!text) return base::fail(std::move(text.error()));
  auto manifest = Manifest::decode(*text);
  if (manifest && manifest->dataset != dataset_) return base::fail(base::Code::kDataLoss, dir_ + ": the manifest is of another dataset");
  return manifest;
}

base::Result<> DatasetFolder::read_log() {
  if (!fs_.exists(dir_ + "/wal")) return {};
  auto checked = base::check_wal(fs_, dir_ + "/wal", [&](base::WalSequence sequence, std::string_view bytes) -> base::Result<> {
    auto record = read_wal_record(dataset_, bytes);
    if (!record && record.error().code == base::Code::kDataLoss) {
      out_.damage.push_back("record " + std::to_string(sequence) + " of the log: " + record.error().message);
      return {};
    }
    if (!record) return base::fail(std::move(record.error()));
    StoredBatch batch{record->first_sequence, std::move(record->batch), {}};
    if (batch.rows->rows().empty()) return {};
    superseded_.insert(record->extras.supersedes);
    batch.charge = budget_.charge(batch.rows->memory_bytes());
    batches_.emplace_back(sequence, std::move(batch));
    return {};
  });
  if (!checked) return base::fail(std::move(checked.error()));
  for (const base::DamagedBytes& damage : checked->damage) {
    out_.damage.push_back(damage.file + ", byte " + std::to_string(damage.offset) + ": " + damage.what);
  }
  return {};
}

base::Result<> DatasetFolder::read_deletions() {
  const std::string path = dir_ + "/DELETIONS";
  auto bytes = fs_.read_all(path);
  if (!bytes && bytes.error().code == base::Code::kNotFound) return {};
  if (!bytes) return base::fail(std::move(bytes.error()));
  auto list = DeletionList::decode(*bytes);
  if (!list) return unreadable(path, list.error(), "records that were deleted may be found");
  deletions_ = std::move(list->deletions);
  return {};
}

base::Result<> DatasetFolder::read_superseded() {
  const std::string path = dir_ + "/SUPERSEDED";
  auto bytes = fs_.read_all(path);
  if (!bytes && bytes.error().code == base::Code::kNotFound) return {};
  if (!bytes) return base::fail(std::move(bytes.error()));
  auto superseded = decode_superseded(*bytes);
  if (!superseded) return unreadable(path, superseded.error(), "records may be found beside those that replaced them");
  superseded_.insert(*superseded);
  return {};
}

base::Result<> DatasetFolder::unreadable(const std::string& path, const base::Error& error, std::string_view so) {
  if (error.code != base::Code::kDataLoss) return base::fail(error.code, path + ": " + error.message);
  const std::string what = path + ": " + error.message + ": " + std::string(so);
  if (std::ranges::find(out_.unhidden, what) == out_.unhidden.end()) out_.unhidden.push_back(what);
  return {};
}

// False when parts were added between the two files: what replaces some of the superseded records may be in these.
base::Result<bool> DatasetFolder::read_lists() {
  auto before = manifest();
  if (!before) return base::fail(std::move(before.error()));
  const SequenceSet of_log = superseded_;
  if (auto done = read_superseded(); !done) return base::fail(std::move(done.error()));
  auto after = manifest();
  if (!after) return base::fail(std::move(after.error()));
  if (before->flushed_sequence == after->flushed_sequence) {
    out_.manifest = std::move(*after);
    return true;
  }
  superseded_ = of_log;
  return false;
}

base::Result<bool> DatasetFolder::open_parts() {
  auto parts = std::make_shared<PartList>();
  for (const ManifestPart& listed : out_.manifest.parts) {
    base::Result<PartPtr> part = base::fail(base::Code::kDataLoss, "it was damaged and set aside");
    if (!listed.lost) part = Part::open(fs_, dir_, listed.name, out_.readers.get());
    if (part) {
      if (auto kept = (*part)->read(); !kept) part = base::fail(std::move(kept.error()));
    }
    if (part) {
      parts->parts.push_back(std::move(*part));
      continue;
    }
    if (part.error().code == base::Code::kNotFound) return false;
    if (part.error().code != base::Code::kDataLoss) return base::fail(std::move(part.error()));
    out_.damage.push_back("part " + listed.name + ": " + part.error().message);
    parts->lost.push_back({listed.name, listed.min_time, listed.max_time});
  }
  out_.snapshot.parts = std::move(parts);
  return true;
}

void DatasetFolder::fill_memory() {
  std::shared_ptr<MemoryBlock> block;
  for (auto& [sequence, batch] : batches_) {
    if (batch.last_sequence() <= out_.manifest.flushed_sequence) continue;
    if (block == nullptr || block->full()) {
      block = std::make_shared<MemoryBlock>(MemoryBlockLimits{});
      out_.snapshot.memory.push_back({block, 0});
    }
    block->add(std::move(batch), sequence, 0);
    out_.snapshot.memory.back().batches = block->batch_count();
  }
}

// The log first: what it lets go of while we read is in the parts that the manifest read after it names.
base::Result<bool> DatasetFolder::read() {
  if (auto done = read_log(); !done) return base::fail(std::move(done.error()));
  if (auto done = read_deletions(); !done) return base::fail(std::move(done.error()));
  auto listed = read_lists();
  for (int i = 1; i < kMostTries && listed && !*listed; ++i) listed = read_lists();
  if (!listed || !*listed) return listed;
  auto opened = open_parts();
  if (!opened || !*opened) return opened;
  auto exclusions = std::make_shared<Exclusions>();
  exclusions->deletions = std::move(deletions_);
  exclusions->hidden = std::move(superseded_);
  if (!exclusions->empty()) out_.snapshot.exclusions = std::move(exclusions);
  fill_memory();
  return true;
}

}  // namespace

base::Result<StoredDataset> read_dataset(base::Fs& fs, const std::string& dir, Dataset dataset, base::MemoryBudget& budget) {
  for (int i = 0; i < kMostTries; ++i) {
    DatasetFolder folder(fs, dir, dataset, budget);
    auto read = folder.read();
    if (!read) return base::fail(std::move(read.error()));
    if (*read) return folder.take();
  }
  return base::fail(base::Code::kUnavailable, dir + " changes faster than it can be read");
}

bool has_moved_on(base::Fs& fs, const std::string& dir, const StoredDataset& dataset) {
  return std::ranges::any_of(dataset.snapshot.parts->parts, [&](const PartPtr& part) { return !fs.exists(dir + "/" + part->name()); });
}

}  // namespace tripod::store
