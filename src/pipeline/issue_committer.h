// Carries stored error events into the issues of the meta store: counts, last seen, releases, users. One thread, many events per transaction.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
#include "base/log.h"
#include "base/result.h"
#include "pipeline/issue_index.h"
#include "store/events/event_store.h"
#include "store/meta/issue_store.h"

namespace tripod::pipeline {

// What one stored error event adds to its issue.
struct IssueUpdate {
  uint64_t sequence = 0;      // of the event in the errors dataset; rising
  store::Issue issue;         // id, project, title ... as this event has them; first/last_seen = its time; count unused
  std::vector<std::string> hashes;
  std::string user;           // hash of the user's id; empty when there is none
  std::string environment;    // empty when there is none
};

// Thread-safe. Counts are exact across crashes: the meta store remembers the sequence it has applied, and recover() applies what
// the event store holds beyond it.
class IssueCommitter {
 public:
  IssueCommitter(store::IssueStore& meta, base::Logger& log);
  ~IssueCommitter();  // applies what is queued

  // Applies the events after the last applied sequence. Call once, before submit().
  base::Result<> recover(store::EventStore& events, IssueIndex& index);

  // `done` runs on the committer's thread once the transaction is durable. Waits for room. Call in sequence order.
  using Done = std::move_only_function<void(base::Result<>)>;
  void submit(std::vector<IssueUpdate> updates, Done done);

 private:
  struct Item {
    std::vector<IssueUpdate> updates;
    Done done;
  };
  void run();

  store::IssueStore& meta_;
  base::Logger& log_;
  base::BoundedQueue<Item> queue_;
  std::thread thread_;
};

// Many updates as one change per issue. Exposed for its test.
std::vector<store::IssueChange> merge_updates(std::span<const IssueUpdate> updates);

}  // namespace tripod::pipeline
