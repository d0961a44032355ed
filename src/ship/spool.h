// Batches that have no file to be read from again, on disk until the server has them: a queue of
// bounded size. docs/formats/ship-state.md
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/fs.h"
#include "base/log.h"
#include "base/result.h"
#include "ship/batch.h"
#include "ship/state.h"
#include "ship/stats.h"

namespace tripod::ship {

// Not thread-safe. Blocks, each a batch, in segment files that are removed once all of their blocks
// are acknowledged. Every start begins a new segment.
class Spool {
 public:
  struct Parts {
    base::Fs& fs;
    base::Logger& log;
    Stats& stats;
  };
  // Finds what an earlier life left behind `first_unacknowledged`. Damaged blocks are told and left
  // out; only I/O errors are errors.
  static base::Result<std::unique_ptr<Spool>> open(Parts parts, std::string folder,
                                                   uint64_t most_bytes,
                                                   SpoolPosition first_unacknowledged);

  // On disk when it returns. A full spool drops its oldest segment first, except what front() gave,
  // and counts its lines. An error: nothing was kept.
  base::Result<> append(const Batch& batch);

  // The oldest batch; nothing where there is none. Damaged ones are told, counted and dropped.
  // Stays the same until pop().
  std::optional<Batch> front();
  // What front() gave is acknowledged.
  void pop();

  bool empty() const { return blocks_.empty(); }
  uint64_t lines() const { return lines_; }
  uint64_t bytes() const { return bytes_; }
  // Of the oldest block, or of the next one: to be saved before the segments before it may be
  // removed.
  SpoolPosition position() const;
  // Removes segments before `saved`, which is on disk now.
  void forget(SpoolPosition saved);

 private:
  struct Block {
    SpoolPosition at;
    uint64_t size = 0;  // in its file
    uint64_t lines = 0;
  };
  struct Segment {
    uint64_t number = 0;
    uint64_t bytes = 0;
  };

  Spool(Parts parts, std::string folder, uint64_t most_bytes);
  std::string path_of(uint64_t segment) const;
  base::Result<> scan(uint64_t segment, SpoolPosition first);
  base::Result<> write(const std::string& block, uint64_t lines);
  base::Result<> begin_segment();
  bool drop_oldest();
  void remove(uint64_t segment);

  const Parts parts_;
  const std::string folder_;
  const uint64_t most_bytes_;
  const uint64_t segment_bytes_;
  std::deque<Segment> segments_;            // on disk, oldest first
  std::deque<Block> blocks_;                // not acknowledged, oldest first
  std::unique_ptr<base::AppendFile> file_;  // the last segment, of this life
  uint64_t next_segment_ = 1;
  uint64_t lines_ = 0;
  uint64_t bytes_ = 0;  // of the segments
  bool front_given_ = false;
};

// One block as bytes and back. kDataLoss: damaged or cut off.
std::string encode_block(const Batch& batch);
struct BlockHeader {
  uint64_t size = 0;  // of the whole block
  uint64_t lines = 0;
};
inline constexpr size_t kBlockHeaderBytes = 64;
base::Result<BlockHeader> decode_block_header(std::string_view bytes);
base::Result<Batch> decode_block(std::string_view bytes);

}  // namespace tripod::ship
