// A finished block on disk: immutable, found by its meta file.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "store/metrics/block_format.h"
#include "store/metrics/block_index.h"
#include "store/metrics/paged_file.h"
#include "store/metrics/tombstones.h"

namespace tripod::store::metrics {

// Time columns decoded last: series of one target share theirs. Not thread-safe; one per query.
class TimeColumnCache {
 public:
  struct Slot {
    uint64_t number_plus_one = 0;  // 0: free
    std::vector<int64_t> times;
  };
  Slot& slot(uint64_t number) { return slots_[number % slots_.size()]; }

 private:
  std::array<Slot, 16> slots_;
};

// Thread-safe. Files stay readable while the object lives, even after they were removed.
class Block {
 public:
  // Verifies meta, index, what was deleted and the sizes of files. kNotFound without a meta file, kDataLoss when
  // damaged.
  static base::Result<std::shared_ptr<Block>> open(base::Fs& fs, const std::string& dir,
                                                   uint64_t id);

  const BlockMeta& meta() const { return meta_; }
  const BlockIndex& index() const { return *index_; }
  uint64_t bytes_on_disk() const { return meta_.chunks_bytes + meta_.index_bytes; }
  bool overlaps(int64_t start, int64_t end) const {
    return meta_.min_time <= end && meta_.max_time >= start;
  }

  // What was deleted of it; read_series() leaves it out.
  const Tombstones& tombstones() const { return *tombstones_; }
  // The same block with another list; both may be read.
  std::shared_ptr<Block> with(Tombstones tombstones) const;
  // Whether something of it in [start, end] was not deleted, as far as the chunks' times tell.
  bool has_series_in(uint32_t series, const BlockSeries& entry, int64_t start, int64_t end) const;

  // Every page of the chunks (the rest was verified by open()): see PagedFile::check().
  base::Result<> check_chunks(const std::function<void(uint64_t, uint64_t)>& damaged) const {
    return chunks_->check(damaged);
  }
  // Appends the samples of series `number`, whose entry in the index is `entry`, within [start, end], without those that were
  // deleted. kDataLoss when damaged.
  base::Result<> read_series(uint32_t number, const BlockSeries& entry, TimeRangeMs range,
                             TimeColumnCache& cache, std::vector<model::Sample>& out) const;
  // The same of the series' newest chunk that has any.
  base::Result<> read_newest(uint32_t number, const BlockSeries& entry, TimeRangeMs range,
                             TimeColumnCache& cache, std::vector<model::Sample>& out) const;

 private:
  Block(BlockMeta meta, std::shared_ptr<const BlockIndex> index,
        std::shared_ptr<const PagedFile> chunks, Tombstones tombstones);
  base::Result<> read_chunk(const ChunkMeta& chunk, int64_t start, int64_t end,
                            TimeColumnCache& cache, std::vector<model::Sample>& out) const;

  const BlockMeta meta_;
  const std::shared_ptr<const BlockIndex> index_;
  const std::shared_ptr<const PagedFile> chunks_;
  const std::shared_ptr<const Tombstones> tombstones_;  // never null
};

}  // namespace tripod::store::metrics
