// Batches that the server will never take, kept for somebody to look at: one file each, as it was
// sent.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "base/fs.h"
#include "base/log.h"
#include "ship/batch.h"
#include "ship/stats.h"

namespace tripod::ship {

// Not thread-safe. Beyond its bound the oldest files go, and their lines are counted as dropped.
class Rejected {
 public:
  Rejected(base::Fs& fs, base::Logger& log, Stats& stats, std::string folder, uint64_t most_bytes);

  // Into FOLDER/<time>-<lines>-<id>.frames. `why` is the server's answer, for the log.
  void keep(const Batch& batch, base::UnixNanos now, const std::string& why);

 private:
  void drop_oldest();

  base::Fs& fs_;
  base::Logger& log_;
  Stats& stats_;
  const std::string folder_;
  const uint64_t most_bytes_;
};

}  // namespace tripod::ship
