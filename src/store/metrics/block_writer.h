// Writes one block: series in label order, each with all its samples, then the index, then the meta
// file that makes it count.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/fs.h"
#include "base/result.h"
#include "model/batch.h"
#include "store/metrics/block_format.h"
#include "store/metrics/symbols.h"

namespace tripod::store::metrics {

// What the meta file says besides what the writer counts itself.
struct BlockOrigin {
  uint64_t id = 0;
  uint64_t wal_sequence = 0;
  uint64_t level = 0;
  std::vector<uint64_t> replaces;
};

// Not thread-safe. Destroyed without a successful finish(), it leaves files that the next start
// removes.
class BlockWriter {
 public:
  static base::Result<std::unique_ptr<BlockWriter>> create(base::Fs& fs, std::string dir,
                                                           BlockOrigin origin);

  // @pre labels are sorted and come after those of the call before; samples are ascending, without
  // equal times, not empty
  base::Result<> add_series(std::span<const model::Label> labels,
                            std::span<const model::Sample> samples);
  // Everything is durable when it returns. @pre at least one series was added
  base::Result<BlockMeta> finish();

 private:
  struct Entry {
    uint32_t first_label = 0;
    uint32_t labels = 0;
    uint32_t first_chunk = 0;
    uint32_t chunks = 0;
  };

  BlockWriter(base::Fs& fs, std::string dir, BlockOrigin origin);
  std::string path(std::string_view suffix) const {
    return dir_ + "/" + name_ + std::string(suffix);
  }
  base::Result<> write(std::string_view bytes);
  base::Result<> flush_page(size_t size);
  base::Result<> add_chunk(std::span<const model::Sample> samples);
  base::Result<> write_index();
  uint64_t position() const { return flushed_ + page_.size(); }

  base::Fs& fs_;
  const std::string dir_;
  const std::string name_;
  BlockMeta meta_;
  std::unique_ptr<base::AppendFile> chunks_;
  std::string page_;  // not yet in the file
  uint64_t flushed_ = 0;
  std::string page_hashes_;

  SymbolTable symbols_;
  std::vector<std::pair<Symbol, Symbol>> labels_;
  std::vector<ChunkMeta> chunk_metas_;
  std::vector<Entry> entries_;
  struct TimeColumn {
    uint32_t number = 0;
    std::string bytes;
  };
  boost::unordered_flat_map<uint64_t, TimeColumn> time_columns_;  // by hash; not all, see add_chunk
  std::string time_column_places_;
};

}  // namespace tripod::store::metrics
