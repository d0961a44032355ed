// The blocks of a folder: found at start, added by cuts and merges, dropped by retention.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/fs.h"
#include "base/log.h"
#include "base/result.h"
#include "store/metrics/block.h"
#include "store/metrics/change_log.h"

namespace tripod::store::metrics {

using Blocks = std::vector<std::shared_ptr<Block>>;

// Thread-safe. Readers hold a snapshot; files of a block that was dropped stay readable for them.
class BlockList {
 public:
  // `changes` is told of samples that are no longer shown.
  BlockList(base::Fs& fs, base::Logger& logger, ChangeLog& changes, std::string dir);

  // Opens every block, removes what crashes left over, and sets damaged blocks aside (renamed to
  // *.damaged, with a warning).
  base::Result<> load();

  // Ordered by when their samples came in, oldest first.
  std::shared_ptr<const Blocks> snapshot() const;
  base::Result<std::shared_ptr<Block>> open(uint64_t id) const;
  // Shows a finished block in place of those it replaces. No I/O.
  void show(std::shared_ptr<Block> block);
  // Durable, and seen by snapshots taken from now on. @pre no merge of the block is under way
  base::Result<> set_tombstones(const Block& block, Tombstones tombstones);
  // Removes the files of those it replaced.
  void remove_replaced(const Block& block);
  // Removes the files of a block that could not be finished or opened: its samples are elsewhere still.
  void discard(uint64_t id) { remove_files(id); }
  // No longer shown, and its files removed. What it says of the log is kept where no other block says as much.
  void remove(const Block& block);
  // A block found damaged while reading: no longer shown, its files kept under another name.
  void set_aside(const Block& block, const base::Error& why);

  uint64_t next_id();
  // Makes durable that WAL records up to this one are not to be read again, whatever becomes of the blocks that hold them:
  // deleted samples would come back. Not to be called twice at a time.
  base::Result<> keep_position(uint64_t wal_sequence);
  // WAL records up to this one are in blocks, or not wanted any more.
  uint64_t wal_sequence() const;
  std::vector<std::string> warnings() const;
  const std::string& dir() const { return dir_; }

 private:
  base::Result<> load_position();
  void remove_superseded(Blocks& blocks);
  void remove_files(uint64_t id);
  void rename_damaged(uint64_t id, const base::Error& why);
  base::Result<> remove_leftovers(const std::vector<std::string>& names);

  base::Fs& fs_;
  base::Logger& logger_;
  ChangeLog& changes_;
  const std::string dir_;
  mutable std::mutex mu_;
  // guarded by mu_
  std::shared_ptr<const Blocks> blocks_;
  uint64_t next_id_ = 1;
  uint64_t position_ = 0;  // as last kept
  std::vector<std::string> warnings_;
};

}  // namespace tripod::store::metrics
