#include "store/events/batch_ids.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace tripod::store {
namespace {

// Repeats of one batch that wait for it at the same time.
constexpr size_t kMostWaiting = 64;

AppendSummary as_repeat(uint64_t first_sequence, uint64_t accepted) { return {first_sequence, accepted, true}; }

}  // namespace

BatchIds::BatchIds(base::Fs& fs, std::string path, BatchIdLimits limits)
    : limits_(limits), file_(fs, std::move(path)) {}

base::Result<> BatchIds::load(std::string& damage) {
  auto batches = file_.load(damage);
  if (!batches) return base::fail(std::move(batches.error()));
  std::lock_guard lock(mu_);
  for (const StoredBatchId& batch : *batches) remember(batch, true);
  // Of a damaged file, what could be read is to be written anew.
  if (file_.must_replace()) unsaved_ = stored_.size();
  return {};
}

void BatchIds::replayed(const StoredBatchId& batch) {
  std::lock_guard lock(mu_);
  remember(batch, false);
}

std::optional<EventStore::Done> BatchIds::claim(const BatchId& id, base::UnixNanos now, EventStore::Done done) {
  base::Result<AppendSummary> answer;
  {
    std::lock_guard lock(mu_);
    forget_old(now);
    if (const auto place = places_.find(id); place != places_.end()) {
      const StoredBatchId& first = stored_[place->second - forgotten_];
      answer = as_repeat(first.first_sequence, first.accepted);
    } else if (const auto [waiting, added] = in_flight_.try_emplace(id); !added) {
      if (waiting->second.size() < kMostWaiting) {
        waiting->second.push_back(std::move(done));
        return std::nullopt;
      }
      answer = base::fail(base::Code::kResourceExhausted, "too many repeats of this batch wait for it already");
    } else {
      return [this, id, now, first = std::move(done)](base::Result<AppendSummary> result) mutable {
        settle(id, now, first, std::move(result));
      };
    }
  }
  done(std::move(answer));
  return std::nullopt;
}

void BatchIds::settle(const BatchId& id, base::UnixNanos received, EventStore::Done& first,
                      base::Result<AppendSummary> result) {
  std::vector<EventStore::Done> waiting;
  {
    std::lock_guard lock(mu_);
    auto taken = in_flight_.extract(id);
    waiting = std::move(taken.mapped());
    if (result) remember({id, received, result->first_sequence, result->accepted}, false);
  }
  const base::Result<AppendSummary> repeat =
      result ? base::Result<AppendSummary>(as_repeat(result->first_sequence, result->accepted)) : result;
  first(std::move(result));
  for (EventStore::Done& done : waiting) done(repeat);
}

void BatchIds::remember(const StoredBatchId& batch, bool saved) {
  if (!places_.try_emplace(batch.id, forgotten_ + stored_.size()).second) return;
  stored_.push_back(batch);
  if (!saved) ++unsaved_;
  if (stored_.size() > limits_.most) forget_old(INT64_MIN);
}

// Ids whose time has passed, and the oldest of too many.
void BatchIds::forget_old(base::UnixNanos now) {
  const base::UnixNanos limit = now < INT64_MIN + limits_.age ? INT64_MIN : now - limits_.age;
  while (!stored_.empty() && (stored_.size() > limits_.most || stored_.front().received < limit)) {
    places_.erase(stored_.front().id);
    stored_.pop_front();
    ++forgotten_;
  }
  unsaved_ = std::min(unsaved_, stored_.size());
}

base::Result<> BatchIds::save(uint64_t up_to_sequence) {
  std::vector<StoredBatchId> batches;
  bool replace = file_.must_replace();
  uint64_t end = 0;  // place behind the last one saved
  {
    std::lock_guard lock(mu_);
    const auto first = stored_.end() - static_cast<ptrdiff_t>(unsaved_);
    const auto last = std::find_if(first, stored_.end(),
                                   [&](const StoredBatchId& batch) { return batch.last_sequence() > up_to_sequence; });
    if (first == last) return {};
    end = forgotten_ + static_cast<uint64_t>(last - stored_.begin());
    const auto added = static_cast<size_t>(last - first);
    replace = replace || file_.entries() + added > 2 * stored_.size() + 1024;
    batches.assign(replace ? stored_.begin() : first, last);
  }
  if (auto written = replace ? file_.replace(batches) : file_.append(batches); !written) return written;
  std::lock_guard lock(mu_);
  unsaved_ = std::min<size_t>(stored_.size(), forgotten_ + stored_.size() - std::max(end, forgotten_));
  return {};
}

}  // namespace tripod::store
