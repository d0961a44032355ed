#include "base/wal.h"

#include <algorithm>
#include <future>
#include <limits>
#include <utility>

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
  wal->committer_ = std::thread([raw = wal.get()] { raw->run(); });
  return wal;
}

Wal::Wal(Fs& fs, WalOptions options, WalReplayed replayed)
    : fs_(fs),
      options_(std::move(options)),
      warnings_(std::move(replayed.warnings)),
      notices_(std::move(replayed.notices)),
      next_(std::max(replayed.next, options_.least_next)),
      durable_(next_ - 1),
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
  if (!resume_) return start_segment(next_);
  auto file = fs_.open_append(segments_.back().path, Fs::Open::kAppend);
  if (!file) return fail(std::move(file.error()));
  file_ = std::move(*file);
  return {};
}

Result<> Wal::start_segment(WalSequence first) {
  WalSegment segment{first, segment_path(options_.dir, first), kWalSegmentHeaderBytes};
  auto file = fs_.open_append(segment.path, Fs::Open::kTruncate);
  if (!file) return fail(std::move(file.error()));
  std::string header;
  append_wal_segment_header(header, {first, follows_});
  if (auto done = (*file)->append(header); !done) return done;
  if (auto done = (*file)->sync(); !done) return done;
  if (auto done = fs_.sync_dir(options_.dir); !done) return done;
  file_ = std::move(*file);
  std::lock_guard lock(mu_);
  segments_.push_back(std::move(segment));
  return {};
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
    if (!failed_.empty()) return fail(Code::kIo, failed_);
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

void Wal::run() {
  std::vector<Pending> group;
  while (take_group(group)) {
    const auto committed = commit(group);
    finish_group(group, committed);
    group.clear();
  }
}

// Waits for records; false once the log is closing and nothing is left.
bool Wal::take_group(std::vector<Pending>& group) {
  std::unique_lock lock(mu_);
  wake_.wait(lock, [&] { return stopping_ || !pending_.empty(); });
  group.swap(pending_);
  return !group.empty();
}

Result<> Wal::commit(const std::vector<Pending>& group) {
  std::string path;
  uint64_t bytes = 0;
  {
    std::lock_guard lock(mu_);
    if (!failed_.empty()) return fail(Code::kIo, failed_);
    path = segments_.back().path;
    bytes = segments_.back().bytes;
    follows_ = durable_;
  }
  if (bytes >= options_.segment_bytes && bytes > kWalSegmentHeaderBytes) {
    if (auto started = start_segment(group.front().sequence); !started) return started;
    path = segment_path(options_.dir, group.front().sequence);
    bytes = kWalSegmentHeaderBytes;
  }
  if (auto written = write(group); !written) {
    // Nobody was told that these records are safe: without this cut a restart could still find
    // them.
    file_.reset();
    (void)fs_.truncate(path, bytes);
    return written;
  }
  return {};
}

Result<> Wal::write(const std::vector<Pending>& group) {
  std::string joined;
  auto flush = [&]() -> Result<> {
    auto done = file_->append(joined);
    joined.clear();
    return done;
  };
  for (const Pending& pending : group) {
    append_wal_record_header(joined, pending.sequence, pending.record);
    if (pending.record.size() < kJoinBytes) {
      joined.append(pending.record);
      if (joined.size() < kJoinBytes) continue;
      if (auto done = flush(); !done) return done;
      continue;
    }
    if (auto done = flush(); !done) return done;
    if (auto done = file_->append(pending.record); !done) return done;
  }
  if (!joined.empty()) {
    if (auto done = flush(); !done) return done;
  }
  return file_->sync();
}

void Wal::finish_group(std::vector<Pending>& group, const Result<>& committed) {
  {
    std::lock_guard lock(mu_);
    for (const Pending& pending : group) pending_bytes_ -= pending.record.size();
    if (committed) {
      durable_ = group.back().sequence;
      segments_.back().bytes = file_->size();
    } else if (failed_.empty()) {
      failed_ = "WAL stopped after a failed write: " + committed.error().message;
    }
  }
  for (Pending& pending : group) {
    if (!pending.done) continue;
    if (committed) {
      pending.done(pending.sequence);
    } else {
      pending.done(fail(committed.error().code, committed.error().message));
    }
  }
}

}  // namespace tripod::base
