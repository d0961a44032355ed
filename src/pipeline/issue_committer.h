// Carries stored error events into the issues of the meta store: counts, last seen, releases, users. Many events per transaction: half a
// second's, or those of the moment where somebody asks.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

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
  bool is_thinned = false;    // stored without its payload; counts like any other
};

// Thread-safe. Counts are exact across crashes: the meta store remembers the sequence it has applied, and recover() applies what
// the event store holds beyond it. So an event that is stored may be acknowledged at once; and whoever asks the meta store finds all of
// those that were submitted before: it calls catch_up() first (IssueStore::catch_up_by).
class IssueCommitter {
 public:
  IssueCommitter(store::IssueStore& meta, base::Logger& log);
  ~IssueCommitter();  // applies what is queued

  // Applies the events after the last applied sequence. Call once, before submit().
  base::Result<> recover(store::EventStore& events, IssueIndex& index);

  // `done` runs on the committer's thread once the transaction is durable, or has failed. Where too many wait they are
  // applied before it returns. Call in sequence order.
  using Done = std::move_only_function<void(const base::Result<>&)>;
  void submit(std::vector<IssueUpdate> updates, Done done);

  // Applies what was submitted before, or has tried to when it returns.
  void catch_up();

 private:
  struct Answer {
    Done done;
    base::Result<> result;
  };
  void run();
  void answer();
  base::Result<> apply(std::vector<IssueUpdate> updates);

  store::IssueStore& meta_;
  base::Logger& log_;

  std::mutex applying_;
  // guarded by applying_
  std::vector<IssueUpdate> owed_;   // could not be applied: they come with the next
  bool given_up_ = false;

  std::mutex mu_;
  std::condition_variable wake_;
  // guarded by mu_
  std::vector<IssueUpdate> waiting_;
  std::vector<Done> waiting_done_;
  std::vector<Answer> answers_;
  bool closed_ = false;

  std::thread thread_;
};

// Many updates as one change per issue. Exposed for its test.
std::vector<store::IssueChange> merge_updates(std::span<const IssueUpdate> updates);

}  // namespace tripod::pipeline
