// Deletions of a dataset: made durable at once, honoured by every read from then on, and dropped when nothing that they could
// apply to is stored any more.
#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "store/events/dataset_store.h"
#include "store/events/deletion_file.h"
#include "store/events/excluded_rows.h"
#include "store/events/predicate_codec.h"

namespace tripod::store {
namespace {

// Every read of their times evaluates them.
constexpr size_t kMostDeletions = 100;
constexpr size_t kMostPredicateBytes = 64u << 10;
constexpr size_t kMostTextBytes = 4u << 10;

std::string deletions_path(const StoreContext& context, Dataset dataset) {
  return dataset_dir(context.options, dataset) + "/DELETIONS";
}

Removal as_removal(Dataset dataset, const Deletion& deletion) {
  return {deletion.id, {dataset, deletion.range, deletion.predicate, deletion.text}, deletion.created};
}

}  // namespace

base::Result<> DatasetStore::open_deletions() {
  const std::string path = deletions_path(context_, dataset_);
  if (!context_.fs.exists(path)) return {};
  auto bytes = context_.fs.read_all(path);
  if (!bytes) return base::fail(std::move(bytes.error()));
  auto list = DeletionList::decode(*bytes);
  if (!list && list.error().code == base::Code::kDataLoss) {
    context_.logger.error("event_deletions_damaged", {{"dataset", dataset_name(dataset_)},
                                                      {"moved_to", path + ".damaged"},
                                                      {"detail", list.error().message}});
    return context_.fs.rename(path, path + ".damaged");
  }
  if (!list) return base::fail(std::move(list.error()));
  next_deletion_ = list->next_id;
  // Numbers up to theirs were given out, if perhaps to records that a power loss took: no new record may have them.
  for (const auto& deletion : list->deletions) next_sequence_ = std::max(next_sequence_, deletion->max_sequence + 1);
  exclusions_.set_deletions(std::move(list->deletions));
  return {};
}

// Requires deletions_mu_.
base::Result<> DatasetStore::save_deletions(std::vector<std::shared_ptr<const Deletion>> deletions, uint64_t next_id) {
  DeletionList list{next_id, std::move(deletions)};
  auto written = context_.fs.write_atomically(deletions_path(context_, dataset_), list.encode());
  if (!written) return written;
  next_deletion_ = next_id;
  std::lock_guard lock(mu_);
  exclusions_.set_deletions(std::move(list.deletions));
  return {};
}

base::Result<Removal> DatasetStore::remove(const RemovePlan& plan) {
  auto deletion = std::make_shared<Deletion>();
  auto filter = Filter::compile(plan.filter);
  if (!filter) return base::fail(std::move(filter.error()));
  if (encode_predicate(plan.filter).size() > kMostPredicateBytes) {
    return base::fail(base::Code::kTooLarge, "the condition is too long for a deletion");
  }
  deletion->filter = std::move(*filter);
  deletion->predicate = plan.filter;
  deletion->range = plan.range;
  deletion->text = base::utf8_prefix(plan.text, kMostTextBytes);
  deletion->created = context_.clock.now();
  std::lock_guard one(deletions_mu_);
  auto deletions = certain_exclusions().deletions;
  if (deletions.size() >= kMostDeletions) {
    return base::fail(base::Code::kResourceExhausted,
                      std::to_string(kMostDeletions) + " deletions of " + std::string(dataset_name(dataset_)) +
                          " are still being carried out");
  }
  deletion->id = next_deletion_;
  {
    std::lock_guard lock(append_mu_);
    deletion->max_sequence = next_sequence_ - 1;
  }
  deletions.push_back(deletion);
  if (auto saved = save_deletions(std::move(deletions), deletion->id + 1); !saved) {
    return base::fail(std::move(saved.error()));
  }
  context_.logger.info("event_deletion", {{"dataset", dataset_name(dataset_)},
                                          {"id", static_cast<int64_t>(deletion->id)},
                                          {"from", deletion->range.start},
                                          {"to", deletion->range.end},
                                          {"condition", to_string(deletion->predicate)}});
  return as_removal(dataset_, *deletion);
}

std::vector<Removal> DatasetStore::removals() const {
  std::vector<Removal> out;
  for (const auto& deletion : certain_exclusions().deletions) {
    out.push_back(as_removal(dataset_, *deletion));
  }
  return out;
}

Exclusions DatasetStore::certain_exclusions(uint64_t up_to) const {
  std::lock_guard lock(mu_);
  return exclusions_.certain(up_to);
}

// Requires merge_mu_.
bool DatasetStore::is_clean(const Part& part, const Deletion& deletion) const {
  const PartFooter& footer = part.footer();
  if (!deletion.may_touch(footer.min_time, footer.max_time, footer.min_sequence)) return true;
  const auto clean = clean_.find(deletion.id);
  return clean != clean_.end() && clean->second.contains(part.name());
}

// Requires merge_mu_.
void DatasetStore::note_clean(const Part& part, const Exclusions& exclusions) {
  for (const auto& deletion : exclusions.deletions) clean_[deletion->id].insert(part.name());
}

// Requires merge_mu_.
bool DatasetStore::is_done(const Deletion& deletion, const Snapshot& now) const {
  for (const MemoryView& view : now.memory) {
    if (view.batches != 0 && view.batch(0).first_sequence <= deletion.max_sequence) return false;
  }
  return std::ranges::all_of(now.parts->parts, [&](const PartPtr& part) { return is_clean(*part, deletion); });
}

// Requires merge_mu_.
base::Result<bool> DatasetStore::finish_deletions() {
  std::lock_guard one(deletions_mu_);
  const Snapshot now = snapshot();
  if (now.exclusions == nullptr) return false;
  std::vector<std::shared_ptr<const Deletion>> left;
  for (const auto& deletion : now.exclusions->deletions) {
    if (!is_done(*deletion, now)) left.push_back(deletion);
  }
  if (left.size() == now.exclusions->deletions.size()) return false;
  if (auto saved = save_deletions(left, next_deletion_); !saved) return base::fail(std::move(saved.error()));
  for (const auto& deletion : now.exclusions->deletions) {
    if (std::ranges::find(left, deletion) != left.end()) continue;
    clean_.erase(deletion->id);
    context_.logger.info("event_deletion_done", {{"dataset", dataset_name(dataset_)},
                                                 {"id", static_cast<int64_t>(deletion->id)}});
  }
  return true;
}

base::Result<bool> DatasetStore::clear(std::stop_token stop) {
  std::lock_guard one(merge_mu_);
  const Exclusions exclusions = certain_exclusions();
  if (exclusions.deletions.empty()) return false;
  for (const PartPtr& part : snapshot().parts->parts) {
    const bool clean = std::ranges::all_of(exclusions.deletions, [&](const auto& d) { return is_clean(*part, *d); });
    if (clean || unmergeable_.contains(part->name())) continue;
    auto excluded = excluded_rows(*part, exclusions);
    if (!excluded) {
      if (excluded.error().code == base::Code::kDataLoss) note_unreadable({part}, excluded.error());
      return base::fail(std::move(excluded.error()));
    }
    if (!excluded->empty()) return rewrite({part}, std::move(stop));
    note_clean(*part, exclusions);
    return true;
  }
  return finish_deletions();
}

}  // namespace tripod::store
