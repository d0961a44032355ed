#include "store/events/stored_dataset.h"

#include <utility>

#include "base/wal_check.h"
#include "store/events/deletion_file.h"
#include "store/events/superseded_file.h"
#include "store/events/wal_record.h"

namespace tripod::store {
namespace {

constexpr int kMostTries = 20;

class DatasetFolder {
 public:
  DatasetFolder(base::Fs& fs, const std::string& dir, Dataset dataset, base::MemoryBudget& budget)
      : fs_(fs), dir_(dir), dataset_(dataset), budget_(budget) {}

  // False when the folder changed meanwhile.
  base::Result<bool> read();
  StoredDataset take() { return std::move(out_); }

 private:
  base::Result<> read_log();
  base::Result<> read_deletions();
  base::Result<> read_superseded();
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
  if (!fs_.exists(path)) return {};
  auto bytes = fs_.read_all(path);
  if (!bytes) return base::fail(std::move(bytes.error()));
  auto list = DeletionList::decode(*bytes);
  if (!list) return base::fail(list.error().code, path + ": " + list.error().message);
  deletions_ = std::move(list->deletions);
  return {};
}

base::Result<> DatasetFolder::read_superseded() {
  const std::string path = dir_ + "/SUPERSEDED";
  if (!fs_.exists(path)) return {};
  auto bytes = fs_.read_all(path);
  if (!bytes) return base::fail(std::move(bytes.error()));
  auto superseded = decode_superseded(*bytes);
  if (!superseded) return base::fail(superseded.error().code, path + ": " + superseded.error().message);
  superseded_.insert(*superseded);
  return {};
}

// The log first: what it lets go of while we read is in the parts that the manifest read after it names.
base::Result<bool> DatasetFolder::read() {
  if (auto done = read_log(); !done) return base::fail(std::move(done.error()));
  if (auto done = read_deletions(); !done) return base::fail(std::move(done.error()));
  if (auto done = read_superseded(); !done) return base::fail(std::move(done.error()));
  auto exclusions = std::make_shared<Exclusions>();
  exclusions->deletions = std::move(deletions_);
  exclusions->hidden = std::move(superseded_);
  if (!exclusions->empty()) out_.snapshot.exclusions = std::move(exclusions);
  auto read = manifest();
  if (!read) return base::fail(std::move(read.error()));
  out_.manifest = std::move(*read);
  auto parts = std::make_shared<PartList>();
  for (const ManifestPart& listed : out_.manifest.parts) {
    base::Result<PartPtr> part = base::fail(base::Code::kDataLoss, "it was damaged and set aside");
    if (!listed.lost) part = Part::open(fs_, dir_, listed.name);
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

}  // namespace tripod::store
