// Which error events are stored already: an event is its project's and its id's, and is kept and counted once, however often it is
// sent. https://develop.sentry.dev/sdk/data-model/event-payloads/#required-attributes
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/memory_budget.h"
#include "base/result.h"
#include "model/batch.h"
#include "store/events/event_store.h"

namespace tripod::pipeline {

enum class Seen : uint8_t {
  kFirst,     // nobody has it: the caller stores it, and says so by settle()
  kOnItsWay,  // another request is storing it
  kStored,
};

// Remembers the last `most` events by their ids, fewer where they would take more than a 32nd of `memory`; of older ones it knows the latest time, and asks the store for an event of that time
// or before. Thread-safe. `events` and `memory` outlive it; `memory` (null: not charged) is charged past its limit.
class RepeatedEvents {
 public:
  static constexpr size_t kMost = 100'000;
  RepeatedEvents(store::EventStore& events, base::MemoryBudget* memory, size_t most = kMost);

  // Reads the last events out of the store. Call once, before claim(). What cannot be read is asked for later, event by event.
  base::Result<> load();

  // `settled` is called, once and maybe at once, only for kOnItsWay: with what becomes of the request that came first.
  using Settled = std::move_only_function<void(base::Result<>)>;
  Seen claim(const model::ErrorEvent& event, Settled settled);

  struct Claimed {
    uint64_t project = 0;
    model::EventId id;
    base::UnixNanos time = 0;
  };
  // What became of events that claim() answered kFirst for: stored, or forgotten again.
  void settle(std::span<const Claimed> claimed, const base::Result<>& result);

 private:
  struct Key {
    uint64_t project = 0;
    model::EventId id;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  struct Entry {
    bool stored = false;
    std::vector<Settled> waiting;
  };

  bool is_in_store(const Claimed& event) const;
  void remember(const Key& key, base::UnixNanos time);

  store::EventStore& events_;
  const size_t most_;
  const base::MemoryCharge charge_;
  std::mutex mu_;
  // guarded by mu_
  std::unordered_map<Key, Entry, KeyHash> entries_;                // those of order_, and those on their way
  std::deque<std::pair<Key, base::UnixNanos>> order_;              // stored, oldest first: most_ at most
  base::UnixNanos forgotten_until_ = INT64_MIN;                    // no event that is not in entries_ is later
};

}  // namespace tripod::pipeline
