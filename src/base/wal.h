// Write-ahead log with group commit: many threads append, one committer writes and syncs, everybody
// waiting is told at once. On-disk layout and version: docs/formats/wal.md.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "base/wal_replay.h"

namespace tripod::base {

struct WalOptions {
  std::string dir;
  uint64_t segment_bytes =
      64u << 20;  // a new segment starts once the current one is at least this long
  size_t max_pending_bytes =
      64u << 20;  // appended and not yet synced; more is refused with kResourceExhausted
  size_t max_record_bytes = 128u << 20;  // at most 4 GiB - 1: lengths have 32 bits
  // The next record is numbered at least this. A store that already holds record n elsewhere gives
  // n + 1, so that a log which lost its unsynced end does not hand out n again.
  WalSequence least_next = 1;
  // After a failed write that could be taken back (a full disk) only refuse, until Wal::retry()
  // finds that the disk takes something again. The owner must undo what `ordered` did for refused
  // records. False: stop as after a failed sync.
  bool resume = false;
};

// Thread-safe after open(). Lives until the last `done` was called; destruction commits what is
// pending.
class Wal {
 public:
  // Called once by the committer thread, in sequence order: success means the record survives power
  // loss. After a failed sync every pending and later append fails with kUnavailable until the
  // process is restarted. After a failed write (a full disk, say) the same; or, with
  // WalOptions::resume and where the file could be cut back, until retry() succeeds. Refused
  // records are then not in the log and never will be, and their numbers stay unused.
  using Done = std::move_only_function<void(Result<WalSequence>)>;
  using ReplayFn = WalReplayFn;

  // Replays all records still on disk in order through `replay`, cuts off a torn tail (the last
  // record of the last segment), reports it in `notices()`, and starts the committer. Damage
  // anywhere else sets the rest of that segment aside (renamed to *.damaged), reports it in
  // `warnings()`, and goes on. An error of `replay` itself ends the open.
  static Result<std::unique_ptr<Wal>> open(Fs& fs, WalOptions options, const ReplayFn& replay);
  Wal(const Wal&) = delete;
  Wal& operator=(const Wal&) = delete;
  ~Wal();

  // Numbers the record, hands it to the committer and returns its number at once. `done` runs after
  // the sync. On error (kResourceExhausted: too much is pending, kTooLarge, kUnavailable: closing,
  // or failed before) `done` is not called. A record larger than max_pending_bytes is taken when
  // nothing else is pending. `ordered` runs under the numbering lock, in sequence order, before
  // anybody else can append: use it to put the record's rows where readers look in the same order
  // as the log has them. Keep it short.
  Result<WalSequence> append(std::string record, Done done,
                             const std::function<void(WalSequence)>& ordered = {});
  // Convenience: waits for the sync.
  Result<WalSequence> append_sync(std::string record);

  // After a refused write: looks whether the disk takes something again, and waits for the answer.
  // True when records are taken (as they are when nothing was wrong).
  bool retry();
  // Returns when `done` of every record up to this number was called.
  void wait_told(WalSequence sequence) const;

  // Everything up to and including `sequence` is durable elsewhere: whole segments before it may be
  // deleted.
  void release(WalSequence sequence);
  WalSequence last_sequence() const;     // numbered last
  WalSequence durable_sequence() const;  // synced last: this and all before survive power loss
  uint64_t bytes_on_disk() const;
  std::string failure() const;  // why nothing is taken until the next start; empty: it is
  std::string trouble() const;  // why nothing is taken until retry() succeeds; empty: it is
  // What replay had to set aside, for people.
  const std::vector<std::string>& warnings() const { return warnings_; }
  // The torn tail that replay cut off, if there was one, for people: normal after a crash.
  const std::vector<std::string>& notices() const { return notices_; }

 private:
  struct Pending {
    WalSequence sequence;
    std::string record;
    Done done;
  };

  // Of a write.
  struct Failure {
    Error error;
    bool is_final;  // what is on disk is not known: nothing more can be promised
  };
  template <class T = void>
  using Attempt = std::expected<T, Failure>;

  Wal(Fs& fs, WalOptions options, WalReplayed replayed);
  Attempt<> start_segment(WalSequence first);
  Attempt<> make_segment(const WalSegment& segment);
  void drop_empty_segment();
  Result<> open_last_segment();
  void run();
  bool take_group(std::vector<Pending>& group);
  Attempt<> commit(const std::vector<Pending>& group);
  Attempt<> write_and_sync(const std::vector<Pending>& group);
  Attempt<> write(const std::vector<Pending>& group);
  std::unexpected<Failure> refused(Error error) const;
  std::unexpected<Failure> not_synced(Error error) const;
  void note(const Failure& failure);
  void probe();
  void finish_group(std::vector<Pending>& group, const Attempt<>& committed);

  // constant after construction
  Fs& fs_;
  const WalOptions options_;
  const std::vector<std::string> warnings_;
  const std::vector<std::string> notices_;

  mutable std::mutex mu_;
  std::condition_variable wake_;              // the committer
  mutable std::condition_variable progress_;  // who waits for it
  // guarded by mu_
  std::vector<Pending> pending_;
  size_t pending_bytes_ = 0;  // of pending_ and of the group being committed
  WalSequence next_;
  WalSequence durable_;
  WalSequence told_;  // `done` was called for all up to this
  std::vector<WalSegment>
      segments_;  // oldest first; the last one is written while there is a file_
  bool stopping_ = false;
  bool retrying_ = false;  // somebody waits in retry()
  std::string failed_;     // not empty after a final failure: the reason
  std::string trouble_;    // not empty after a write that was taken back, until one succeeds

  // owned by the committer
  std::unique_ptr<AppendFile> file_;  // null after a failure
  WalSequence follows_;               // the last record on disk, 0 for none
  const bool resume_;                 // the last segment found at open() takes further records
  std::thread committer_;
};

}  // namespace tripod::base
