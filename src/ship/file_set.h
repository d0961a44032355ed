// All files that are followed: finds new ones, tells apart what was renamed, cut off, replaced or
// removed, and takes batches out of them.
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/fs.h"
#include "base/log.h"
#include "ship/config.h"
#include "ship/followed_file.h"
#include "ship/stats.h"

namespace tripod::ship {

// Not thread-safe. A file is known by device, inode and the prints of its first bytes and of those
// before the offset, never by its name alone. What was given outlives it.
class FileSet {
 public:
  struct Parts {
    base::Fs& fs;
    base::Logger& log;
    std::function<std::string()> random_id;  // 32 hexadecimal digits
  };
  FileSet(Parts parts, const Config& config, Stats& stats);

  // Files of an earlier life; before the first refresh(). Without a `remembered` state this is the
  // first start ever.
  void restore(std::vector<FileState> remembered);
  // Looks at every path and at every open file. True: states() has other files than before.
  bool refresh(Moment now);

  // Adds records of the files in turn until the batch has `most_bytes` of text. `flush`: see
  // FollowedFile::take().
  void fill(Batch& batch, size_t most_bytes, Moment now, bool flush);
  // The same batch as in an earlier life; parts whose file is not there any more are left out and
  // told.
  Batch take_again(const PendingBatch& pending);
  // Of these files, all that is taken.
  void acknowledge(const std::vector<BatchPart>& parts);

  // Adds what is left of files that nobody can open any more, as fill() does; `any` tells whether
  // there is such a file.
  bool any_removed_unread() const;
  bool takes_from_removed(const std::vector<BatchPart>& parts) const;
  void fill_from_removed(Batch& batch, size_t most_bytes, Moment now);

  std::vector<FileState> states() const;
  bool has_news(Moment now, bool flush) const;
  uint64_t unread_bytes() const;
  size_t size() const { return files_.size(); }
  // Folders in which something may happen.
  std::vector<std::string> folders() const;

 private:
  struct Found {
    std::string path;
    base::FileStatus status;
    const Input* input = nullptr;
  };
  using FilePtr = std::unique_ptr<FollowedFile>;

  std::map<FileKey, Found> find_paths();
  void look_at_known(std::map<FileKey, Found>& found, Moment now);
  void look_at_path(FollowedFile& file, const Found& at, Moment now);
  void look_elsewhere(FollowedFile& file, Moment now);
  void follow(const Found& found, Moment now);
  void content_replaced(FollowedFile& file, Moment now);
  bool find_copy(FollowedFile& file, Moment now);
  bool is_known(FileKey key) const;
  bool is_elsewhere(const FollowedFile& file) const;
  bool hold_back(const Found& found, const base::ReadFile& opened, Moment now);
  void lost(const FollowedFile& file, const char* how);
  bool drop_what_is_over(Moment now);
  bool take_from(FollowedFile& file, Batch& batch, size_t most_bytes, Moment now, bool flush);

  const Parts parts_;
  const Config& config_;
  Stats& stats_;
  std::list<FilePtr> files_;
  bool first_start_ = true;          // no state was there
  bool first_refresh_ = true;        // of this life
  std::map<FileKey, int64_t> held_;  // copies of files that are followed: since when they are there
  std::set<std::string> unreadable_;  // told already
  size_t next_ = 0;                   // which file fill() begins with
  bool told_too_many_ = false;
};

}  // namespace tripod::ship
