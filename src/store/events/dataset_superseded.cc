// Records that later ones replace: known from the log's records of those, and from a file once these are in parts. Nothing is left out
// of files before, so that each moment's files have either.
#include <algorithm>
#include <utility>

#include "store/events/dataset_store.h"
#include "store/events/superseded_file.h"

namespace tripod::store {
namespace {

std::string superseded_path(const StoreContext& context, Dataset dataset) {
  return dataset_dir(context.options, dataset) + "/SUPERSEDED";
}

}  // namespace

base::Result<> DatasetStore::open_superseded() {
  const std::string path = superseded_path(context_, dataset_);
  if (!context_.fs.exists(path)) return {};
  auto bytes = context_.fs.read_all(path);
  if (!bytes) return base::fail(std::move(bytes.error()));
  auto superseded = decode_superseded(*bytes);
  if (!superseded && superseded.error().code == base::Code::kDataLoss) {
    // What they were replaced by is there: some records are found beside it.
    context_.logger.error("event_superseded_damaged", {{"dataset", dataset_name(dataset_)},
                                                       {"moved_to", path + ".damaged"},
                                                       {"detail", superseded.error().message}});
    return context_.fs.rename(path, path + ".damaged");
  }
  if (!superseded) return base::fail(std::move(superseded.error()));
  // Should the newest parts be lost: no new record may have the number of one that stays hidden.
  if (!superseded->empty()) next_sequence_ = std::max(next_sequence_, superseded->last() + 1);
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
  auto written = context_.fs.write_atomically(superseded_path(context_, dataset_), encode_superseded(superseded));
  if (written) return written;
  std::lock_guard lock(mu_);
  superseded_saved_ = false;
  return written;
}

}  // namespace tripod::store
