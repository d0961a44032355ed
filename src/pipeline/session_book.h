// Sessions that are told of in several updates are counted once: what an update repeats is taken out of it before it is stored.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/batch.h"
#include "store/events/event_store.h"

namespace tripod::pipeline {

// A session's id as it is stored: told apart, not shown; who knows the ids of all can still find it. Empty for an empty id.
std::string session_hash(uint64_t project, std::string_view id);

// Thread-safe. Remembers the last sessions; of one that it no longer knows, or that was told of before the last start, it reads what is stored, but for an update that
// says it is the first.
class SessionBook {
 public:
  // The store outlives the book. `most`: sessions to remember.
  explicit SessionBook(store::EventStore& events, size_t most = 100'000) : events_(events), most_(most) {}

  // What was counted of a session.
  struct Told {
    bool begun = false, errored = false, crashed = false, abnormal = false;
    uint64_t user = 0;  // hash of the last one named
  };
  struct Entries {
    std::vector<std::pair<uint64_t, Told>> told;  // what forget() takes: of each session in turn what was counted before
    uint64_t updates = 0;                         // in the batch as it came, those that could not be looked up not among them
  };
  // Leaves in batch.sessions what is new: counts of many as they are, of updates of one session what was not counted before, and no update of which nothing is left.
  // From then on it counts as told. An update is rejected ("unreadable_session") where what is stored of its session cannot be read.
  Entries count(model::Batch& batch);
  // They could not be stored: what was counted before counts again.
  void forget(const Entries& entries);

 private:
  base::Result<Told> stored(const model::SessionUpdate& update, std::string_view hash);
  // Whether anything is left of it.
  bool take_out(model::SessionUpdate& update, uint64_t key, const Told& before);

  store::EventStore& events_;
  const size_t most_;
  std::mutex mu_;
  // guarded by mu_
  std::unordered_map<uint64_t, Told> told_;
  std::deque<uint64_t> oldest_;  // keys in the order they came; forgotten ones may be among them
};

}  // namespace tripod::pipeline
