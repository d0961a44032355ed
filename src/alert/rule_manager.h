// Evaluates all groups of rules on time, with a bounded number of threads.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "alert/rule_group.h"

namespace tripod::alert {

struct RuleManagerOptions {
  size_t threads = 4;  // groups evaluated at once; half of them, at least one, may catch up
  // What a restart makes up for: evaluations that were due while the program was away, the newest of them, not older than this.
  int64_t most_catch_up_ms = 6 * 60 * 60'000;
  size_t most_catch_up_iterations = 1000;
};

// A group is evaluated at times that are the same over restarts: its interval, moved by the hash of its file and name. One evaluation
// of a group at a time; those that were not begun when the next was due are left out and counted as missed. After a start the ones that
// were due since the last evaluation that is stored come first, in order; alerting rules are left out of those.
// Thread-safe.
class RuleManager {
 public:
  RuleManager(RuleContext context, RuleManagerOptions options = {});
  ~RuleManager();

  void start();
  // Ends running evaluations and all threads. No stale markers: the program is about to come back.
  void stop();
  // Groups that stay as they are go on, and are not waited for; running evaluations of the others are ended. Rules that stay keep their
  // state where others of their group change, and what the group had to make up for is done by the new one. Series of rules that are
  // gone get stale markers as of now, once two intervals have passed without another rule recording them.
  void reload(const RuleSet& rules);

  // By file and name.
  std::vector<GroupStatus> status() const;

  // Does one piece of work that is due, on the calling thread; false: there is none. What the threads do; for tests.
  bool run_due();

 private:
  struct Entry {
    explicit Entry(GroupDefinition definition, const RuleContext& context) : fingerprint(definition.fingerprint()), group(std::move(definition), context) {}
    const std::string fingerprint;
    RuleGroup group;
    int64_t offset_ns = 0;
    base::UnixNanos due = 0;
    bool prepared = false;
    size_t catch_up_left = 0;  // evaluations that may still be made up for; 0: it is live
    bool running = false;  // a thread has it
    bool held = false;     // a reload wants to change it
    std::stop_source stop;
  };
  using EntryPtr = std::shared_ptr<Entry>;
  // Series of rules that are gone.
  struct Gone {
    std::vector<store::Labels> series;
    int64_t since_ms = 0;
    base::UnixNanos due = 0;
  };

  void work();
  bool may_begin(const Entry& entry) const;  // requires mu_
  EntryPtr take_due(base::UnixNanos now);    // requires mu_
  void hold_changed(std::unique_lock<std::mutex>& lock, const RuleSet& rules);
  EntryPtr make_entry(const GroupDefinition& definition, const EntryPtr& before, base::UnixNanos now);
  bool end_gone(std::unique_lock<std::mutex>& lock, base::UnixNanos now);
  void prepare(Entry& entry, base::UnixNanos now);
  void run(const EntryPtr& entry);
  static Pass begin_evaluation(Entry& entry, base::UnixNanos now);
  void retire(RuleGroup& group, base::UnixNanos now);  // requires mu_

  const RuleContext context_;
  const RuleManagerOptions options_;
  mutable std::mutex mu_;
  std::condition_variable wake_;
  std::condition_variable idle_;             // a running group came to its end
  std::map<std::string, EntryPtr> entries_;  // by key; guarded by mu_, as are the rest
  std::vector<Gone> gone_;
  bool started_ = false;
  bool reloading_ = false;  // one at a time
  size_t catching_up_ = 0;  // running groups that do
  std::stop_source stop_;
  std::vector<std::jthread> threads_;
};

// The first moment after `now` at which a group is due. Source: Prometheus's Group.EvalTimestamp.
base::UnixNanos next_evaluation_time(base::UnixNanos now, int64_t interval_ns, int64_t offset_ns);

}  // namespace tripod::alert
