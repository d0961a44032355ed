// One file that is followed, from where its lines are acknowledged to its end.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fs.h"
#include "ship/batch.h"
#include "ship/config.h"
#include "ship/state.h"

namespace tripod::ship {

// Which file, until it is removed.
struct FileKey {
  uint64_t device = 0;
  uint64_t inode = 0;
  friend auto operator<=>(const FileKey&, const FileKey&) = default;
};
inline FileKey key_of(const base::FileStatus& status) { return {status.device, status.inode}; }

// Now, by both clocks.
struct Moment {
  int64_t steady = 0;
  base::UnixNanos wall = 0;
};

// Not thread-safe. Holds a handle on the file while there may be something to read, so that it can
// be read after it was moved or removed. Nothing of its content is kept between calls.
class FollowedFile {
 public:
  // `input` outlives it.
  FollowedFile(FileState state, const Input& input);

  // Whether `file` is the one this state is of: same beginning, and what stands before the offset
  // is what was read.
  bool recognises(const base::ReadFile& file) const;
  // From now on `file` is read; it was recognised, or is new. The times of what it holds already
  // are unknown if `is_old`.
  void attach(std::unique_ptr<base::ReadFile> file, const base::FileStatus& status, Moment now,
              bool is_old);
  void close() { file_.reset(); }
  bool is_open() const { return file_ != nullptr; }

  // Takes notice of the file's size. False: what was read of it is not there any more, another
  // content has taken its place; size() is then still the old content's.
  bool look(Moment now);

  enum class Taken : uint8_t {
    kNothing,  // all is read that can be
    kSome,
    kRewritten,  // before what was read there is something else now
    kFailed,     // error() says why
  };
  // Adds the next records to the batch, until it has `most_bytes` of text. `flush`: complete lines
  // are records at once.
  Taken take(Batch& batch, size_t most_bytes, Moment now, bool flush);
  // The records of an earlier batch once more; false where the file does not have these bytes.
  bool take_again(const BatchPart& part, Batch& batch);
  const base::Error& error() const { return error_; }

  // What is taken is now acknowledged, spooled or kept elsewhere.
  void acknowledge();
  // What is not taken never will be.
  void give_up();

  // Its path leads elsewhere: what comes now comes from a process that still has it open.
  void moved_away(int64_t wait_ns);
  void came_back() { rotated_wait_ns_ = -1; }
  bool is_moved_away() const { return rotated_wait_ns_ >= 0; }
  // Moved away, read to the end, and quiet for the time given to moved_away().
  bool is_over(Moment now) const;
  bool is_quiet(Moment now, int64_t nanos) const { return now.steady - grew_at_ >= nanos; }
  bool is_removed() const;

  const FileState& state() const { return state_; }
  const Input& input() const { return input_; }
  FileKey key() const { return {state_.device, state_.inode}; }
  // Whether what the path leads to now is what the last look saw.
  bool is_unchanged(const base::FileStatus& status) const {
    return status.size == size_ && status.modified == modified_;
  }
  uint64_t taken() const { return taken_; }
  uint64_t unread() const { return size_ > taken_ ? size_ - taken_ : 0; }
  bool all_acknowledged() const { return taken_ == state_.offset; }
  // The last look found what take() has not seen yet.
  bool has_news(Moment now, bool flush) const;
  // Starts behind what is there (Input::Start::kEnd).
  base::Result<> skip_to_end();

 private:
  Tail tail_kind(Moment now, bool flush) const;
  // Reads the print of the first bytes as far as the file has them. False: they are others than
  // before.
  base::Result<bool> read_head();

  FileState state_;
  const Input& input_;
  const std::string labels_;  // as JSON
  std::unique_ptr<base::ReadFile> file_;
  uint64_t taken_ = 0;                // bytes before are in a batch, or acknowledged
  Print taken_tail_;                  // of the bytes before taken_
  uint64_t size_ = 0;                 // at the last look
  int64_t modified_ = 0;              // at the last look
  int64_t grew_at_ = 0;               // steady time of the last look that found another size
  base::UnixNanos seen_at_ = 0;       // when what is not taken was seen; 0: unknown
  uint64_t tried_size_ = UINT64_MAX;  // what the last take() without result was asked about
  Tail tried_tail_ = Tail::kGrowing;
  int64_t rotated_wait_ns_ = -1;
  base::Error error_;
};

}  // namespace tripod::ship
