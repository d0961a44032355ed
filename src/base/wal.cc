#include "base/wal.h"

#include <algorithm>
#include <future>
#include <limits>
#include <utility>

#include "base/short_turns.h"
#include "base/wal_format.h"

namespace tripod::base {
namespace {

// Small records are joined up to this into one write(); larger ones are written from where they
// are.
constexpr size_t kJoinBytes = 1 << 20;

std::string segment_path(const std::string& dir, WalSequence first) {
  return dir + "/" + wal_segment_name(first);
}

}  // namespace

Result<std::unique_ptr<Wal>> Wal::open(Fs& fs, WalOptions options, const ReplayFn& replay) {
  TRIPOD_CHECK(options.max_record_bytes <= std::numeric_limits<uint32_t>::max());
  if (auto made = fs.create_dirs(options.dir); !made) return fail(std::move(made.error()));
  auto replayed = replay_wal(fs, options.dir, replay);
  if (!replayed) return fail(std::move(replayed.error()));

  std::unique_ptr<Wal> wal(new Wal(fs, std::move(options), std::move(*replayed)));
  if (auto ready = wal->open_last_segment(); !ready) return fail(std::move(ready.error()));
  wal->committer_ = std::thread([raw = wal.get()] {
    take_short_turns();
    raw->run();
  });
  return wal;
}

Wal::Wal(Fs& fs, WalOptions options, WalReplayed replayed)
    : fs_(fs),
      options_(std::move(options)),
      warnings_(std::move(replayed.warnings)),
      notices_(std::move(replayed.notices)),
      next_(std::max(replayed.next, options_.least_next)),
      durable_(next_ - 1),
      told_(next_ - 1),
      segments_(std::move(replayed.segments)),
      follows_(replayed.last),
      resume_(replayed.last_is_open && replayed.next == next_) {}

Wal::~Wal() {
  {
    std::lock_guard lock(mu_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (committer_.joinable()) committer_.join();
}

Result<> Wal::open_last_segment() {
  if (!resume_) {
    auto started = start_segment(next_);
    if (started) return {};
    if (started.error().is_final) return fail(std::move(started.error().error));
    // What is there can be read all the same.
    trouble_ = started.error().error.message;
    return {};
  }
  auto file = fs_.open_append(segments_.back().path, Fs::Open::kAppend);
  if (!file) return fail(std::move(file.error()));
  file_ = std::move(*file);
  return {};
}

// A failed write leaves the log as it was once it is cut back.
std::unexpected<Wal::Failure> Wal::refused(Error error) const {
  return std::unexpected(Failure{std::move(error), !options_.resume});
}

// So does a full disk where room is given out late, so that it is told by the sync. Of any other
// failed sync nobody can say what is on disk.
std::unexpected<Wal::Failure> Wal::not_synced(Error error) const {
  const bool is_full = error.code == Code::kResourceExhausted;
  return std::unexpected(Failure{std::move(error), !is_full || !options_.resume});
}

Wal::Attempt<> Wal::make_segment(const WalSegment& segment) {
  auto file = fs_.open_append(segment.path, Fs::Open::kTruncate);
  if (!file) return refused(std::move(file.error()));
  std::string header;
  append_wal_segment_header(header, {segment.first, follows_});
  if (auto done = (*file)->append(header); !done) return refused(std::move(done.error()));
  if (auto done = (*file)->sync(); !done) return not_synced(std::move(done.error()));
  if (auto done = fs_.sync_dir(options_.dir); !done) return not_synced(std::move(done.error()));
  file_ = std::move(*file);
  return {};
}

Wal::Attempt<> Wal::start_segment(WalSequence first) {
  WalSegment segment{first, segment_path(options_.dir, first), kWalSegmentHeaderBytes};
  if (auto made = make_segment(segment); !made) {
    // A half-made one would look like damage once others follow it.
    const auto removed = fs_.remove(segment.path);
    if (!removed && removed.error().code != Code::kNotFound) made.error().is_final = true;
    return made;
  }
  drop_empty_segment();
  std::lock_guard lock(mu_);
  segments_.push_back(std::move(segment));
  return {};
}

// One that was begun and had all its records taken back: the next one carries the numbering on.
void Wal::drop_empty_segment() {
  WalSegment empty;
  {
    std::lock_guard lock(mu_);
    if (segments_.empty() || segments_.back().bytes != kWalSegmentHeaderBytes) return;
    empty = segments_.back();
    segments_.pop_back();
  }
  if (fs_.remove(empty.path)) return;
  std::lock_guard lock(mu_);
  segments_.push_back(std::move(empty));
}

Result<WalSequence> Wal::append(std::string record, Done done,
                                const std::function<void(WalSequence)>& ordered) {
  if (record.size() > options_.max_record_bytes) {
    return fail(Code::kTooLarge, "WAL record of " + std::to_string(record.size()) +
                                     " bytes, limit " + std::to_string(options_.max_record_bytes));
  }
  WalSequence sequence = 0;
  {
    std::lock_guard lock(mu_);
    if (!failed_.empty()) return fail(Code::kUnavailable, failed_);
    if (!trouble_.empty()) return fail(Code::kUnavailable, trouble_);
    if (stopping_) return fail(Code::kUnavailable, "the WAL is closing");
    if (pending_bytes_ != 0 && pending_bytes_ + record.size() > options_.max_pending_bytes) {
      return fail(Code::kResourceExhausted,
                  "WAL: " + std::to_string(pending_bytes_) + " bytes wait for the disk already");
    }
    sequence = next_++;
    pending_bytes_ += record.size();
    pending_.push_back({sequence, std::move(record), std::move(done)});
    if (ordered) ordered(sequence);
  }
  wake_.notify_one();
  return sequence;
}

Result<WalSequence> Wal::append_sync(std::string record) {
  std::promise<Result<WalSequence>> promise;
  auto synced = promise.get_future();
  auto numbered = append(std::move(record), [&promise](Result<WalSequence> result) {
    promise.set_value(std::move(result));
  });
  if (!numbered) return numbered;
  return synced.get();
}

void Wal::release(WalSequence sequence) {
  std::vector<WalSegment> old;
  {
    std::lock_guard lock(mu_);
    // A segment is done with when the one after it starts at or before the next record that is
    // still needed.
    size_t n = 0;
    while (n + 1 < segments_.size() && segments_[n + 1].first - 1 <= sequence) ++n;
    const auto end = segments_.begin() + static_cast<ptrdiff_t>(n);
    old.assign(segments_.begin(), end);
    segments_.erase(segments_.begin(), end);
  }
  if (old.empty()) return;
  // Oldest first and up to the first that stays, so that what is left never has a hole.
  size_t removed = 0;
  while (removed < old.size() && fs_.remove(old[removed].path)) ++removed;
  // A folder that cannot be synced brings old segments back after a power loss; they are replayed
  // and released again.
  (void)fs_.sync_dir(options_.dir);
  if (removed == old.size()) return;
  std::lock_guard lock(mu_);
  segments_.insert(segments_.begin(), old.begin() + static_cast<ptrdiff_t>(removed), old.end());
}

WalSequence Wal::last_sequence() const {
  std::lock_guard lock(mu_);
  return next_ - 1;
}

WalSequence Wal::durable_sequence() const {
  std::lock_guard lock(mu_);
  return durable_;
}

uint64_t Wal::bytes_on_disk() const {
  std::lock_guard lock(mu_);
  uint64_t total = 0;
  for (const WalSegment& segment : segments_) total += segment.bytes;
  return total;
}

std::string Wal::failure() const {
  std::lock_guard lock(mu_);
  return failed_;
}

std::string Wal::trouble() const {
  std::lock_guard lock(mu_);
  return trouble_;
}

void Wal::wait_told(WalSequence sequence) const {
  std::unique_lock lock(mu_);
  progress_.wait(lock, [&] { return told_ >= sequence; });
}

bool Wal::retry() {
  std::unique_lock lock(mu_);
  if (!trouble_.empty() && failed_.empty()) {
    retrying_ = true;
    wake_.notify_one();
    progress_.wait(lock, [&] { return !retrying_; });
  }
  return trouble_.empty() && failed_.empty();
}

void Wal::run() {
  std::vector<Pending> group;
  while (take_group(group)) {
    if (group.empty()) {
      probe();
      continue;
    }
    const auto committed = commit(group);
    finish_group(group, committed);
    group.clear();
  }
}

// Waits for records; false once the log is closing and nothing is left. Nothing but true: somebody
// waits in retry(), and what was pending has been refused.
bool Wal::take_group(std::vector<Pending>& group) {
  std::unique_lock lock(mu_);
  wake_.wait(lock, [&] { return stopping_ || retrying_ || !pending_.empty(); });
  group.swap(pending_);
  return !group.empty() || !stopping_;
}

// Requires mu_.
void Wal::note(const Failure& failure) {
  if (!failure.is_final)
    trouble_ = failure.error.message;
  else if (failed_.empty())
    failed_ = "WAL stopped after a failed write: " + failure.error.message;
}

// A new segment is what the next records need anyway.
void Wal::probe() {
  WalSequence next = 0;
  {
    std::lock_guard lock(mu_);
    next = next_;  // nobody is given a number meanwhile
  }
  const auto started = start_segment(next);
  {
    std::lock_guard lock(mu_);
    if (started)
      trouble_.clear();
    else
      note(started.error());
    retrying_ = false;
  }
  progress_.notify_all();
}

Wal::Attempt<> Wal::commit(const std::vector<Pending>& group) {
  bool is_full = false;
  {
    std::lock_guard lock(mu_);
    if (!failed_.empty()) return std::unexpected(Failure{{Code::kIo, failed_}, true});
    if (!trouble_.empty()) return std::unexpected(Failure{{Code::kIo, trouble_}, false});
    const uint64_t bytes = segments_.back().bytes;
    is_full = bytes >= options_.segment_bytes && bytes > kWalSegmentHeaderBytes;
  }
  if (is_full) {
    if (auto started = start_segment(group.front().sequence); !started) return started;
  }
  return write_and_sync(group);
}

Wal::Attempt<> Wal::write_and_sync(const std::vector<Pending>& group) {
  WalSegment segment;
  {
    std::lock_guard lock(mu_);
    segment = segments_.back();
  }
  auto written = write(group);
  if (written) return written;
  // Nobody was told that these records are safe: without this cut a restart could still find them,
  // and the numbers that follow would look like damage.
  file_.reset();
  if (auto cut = fs_.truncate(segment.path, segment.bytes); !cut) written.error().is_final = true;
  return written;
}

Wal::Attempt<> Wal::write(const std::vector<Pending>& group) {
  std::string joined;
  auto flush = [&]() -> Result<> {
    auto done = file_->append(joined);
    joined.clear();
    return done;
  };
  for (const Pending& pending : group) {
    append_wal_record_header(joined, pending.sequence, pending.record);
    const bool joins = pending.record.size() < kJoinBytes;
    if (joins) joined.append(pending.record);
    if (joins && joined.size() < kJoinBytes) continue;
    auto done = flush();
    if (done && !joins) done = file_->append(pending.record);
    if (!done) return refused(std::move(done.error()));
  }
  if (!joined.empty()) {
    if (auto done = flush(); !done) return refused(std::move(done.error()));
  }
  if (auto done = file_->sync(); !done) return not_synced(std::move(done.error()));
  return {};
}

void Wal::finish_group(std::vector<Pending>& group, const Attempt<>& committed) {
  const WalSequence last = group.back().sequence;
  {
    std::lock_guard lock(mu_);
    for (const Pending& pending : group) pending_bytes_ -= pending.record.size();
    if (committed) {
      durable_ = follows_ = last;
      segments_.back().bytes = file_->size();
    } else {
      note(committed.error());
    }
  }
  for (Pending& pending : group) {
    if (!pending.done) continue;
    if (committed)
      pending.done(pending.sequence);
    else
      pending.done(fail(Code::kUnavailable, committed.error().error.message));
  }
  {
    std::lock_guard lock(mu_);
    told_ = last;
  }
  progress_.notify_all();
}

}  // namespace tripod::base
