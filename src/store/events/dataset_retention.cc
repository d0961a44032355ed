// What of a dataset goes because it is too old, or too much.
#include <algorithm>
#include <string_view>
#include <utility>

#include "base/time_text.h"
#include "store/events/dataset_store.h"

namespace tripod::store {
namespace {

// When a part counts as left behind: a sender's clock far ahead must not keep records for ever. The window holds what arrived of late,
// whatever its time.
base::UnixNanos newest_of(const Part& part) {
  if (part.footer().dataset == static_cast<uint8_t>(Dataset::kSpanWindow)) return part.footer().created;
  return std::min(part.footer().max_time, part.footer().created + base::kNanosPerDay);
}

std::vector<PartPtr> oldest_first(const PartList& list) {
  std::vector<PartPtr> out = list.parts;
  std::ranges::stable_sort(out, {}, [](const PartPtr& part) { return newest_of(*part); });
  return out;
}

}  // namespace

Retention DatasetStore::retention() const {
  std::lock_guard lock(mu_);
  return retention_;
}

void DatasetStore::set_retention(Retention retention) {
  std::lock_guard lock(mu_);
  retention_ = retention;
}

base::Result<> DatasetStore::drop_old() {
  std::lock_guard one(merge_mu_);
  const Retention kept = retention();
  const base::UnixNanos limit = kept.age == INT64_MAX ? INT64_MIN : context_.clock.now() - kept.age;
  const Snapshot now = snapshot();
  uint64_t bytes = 0;
  for (const PartPtr& part : now.parts->parts) bytes += part->file_bytes();
  std::vector<PartPtr> too_old, too_much;
  for (const PartPtr& part : oldest_first(*now.parts)) {
    const bool old = newest_of(*part) < limit;
    if (!old && (kept.bytes == 0 || bytes <= kept.bytes)) break;
    bytes -= part->file_bytes();
    (old ? too_old : too_much).push_back(part);
  }
  const bool forgets = std::ranges::any_of(now.parts->lost, [&](const LostPart& lost) { return lost.max_time < limit; });
  if (forgets || !too_old.empty()) {
    if (auto dropped = drop(too_old, "age", limit); !dropped) return dropped;
  }
  return too_much.empty() ? base::Result<>() : drop(too_much, "size", INT64_MIN);
}

base::Result<uint64_t> DatasetStore::drop_oldest() {
  std::lock_guard one(merge_mu_);
  const std::vector<PartPtr> parts = oldest_first(*snapshot().parts);
  if (parts.empty()) return 0;
  if (auto dropped = drop({parts.front()}, "disk", INT64_MIN); !dropped) return base::fail(std::move(dropped.error()));
  return parts.front()->file_bytes();
}

// Requires merge_mu_.
base::Result<> DatasetStore::drop(const std::vector<PartPtr>& parts, std::string_view why, base::UnixNanos forget_lost_before) {
  PartSet::Change change;
  change.removed = parts;
  change.forget_lost_before = forget_lost_before;
  if (auto committed = commit(change, {}, false); !committed) return committed;
  for (const PartPtr& part : parts) {
    context_.logger.info("event_part_dropped", {{"dataset", dataset_name(dataset_)},
                                                {"part", part->name()},
                                                {"why", why},
                                                {"rows", static_cast<int64_t>(part->footer().rows)},
                                                {"bytes", static_cast<int64_t>(part->file_bytes())},
                                                {"oldest", base::format_rfc3339(part->footer().min_time)},
                                                {"newest", base::format_rfc3339(part->footer().max_time)}});
  }
  return {};
}

}  // namespace tripod::store
