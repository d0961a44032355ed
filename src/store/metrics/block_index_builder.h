// Turns what a block writer has gathered into the bytes of an index file.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/metrics/block_format.h"
#include "store/metrics/block_series.h"
#include "store/metrics/symbols.h"

namespace tripod::store::metrics {

// One series as gathered: its labels (symbols of the writer's table) and chunks, in order.
struct IndexedSeries {
  std::span<const std::pair<Symbol, Symbol>> labels;
  std::span<const ChunkMeta> chunks;
};

// Not thread-safe.
class BlockIndexBuilder {
 public:
  explicit BlockIndexBuilder(const SymbolTable& symbols);
  void add_series(const IndexedSeries& series);
  // kTooLarge when a section would exceed 4 GiB.
  base::Result<std::string> finish(std::string_view page_hashes, std::string_view time_columns);

 private:
  void add_symbols();
  void add_postings();

  const SymbolTable& symbols_;
  std::vector<Symbol> sorted_;  // symbols in the order of their texts
  std::vector<uint32_t> rank_;  // place of each symbol in sorted_
  std::array<std::string, kSectionCount> sections_;
  std::vector<std::pair<uint64_t, uint32_t>> pairs_;  // (name rank << 32 | value rank, series)
  SeriesWriter series_;
  std::vector<std::pair<uint32_t, uint32_t>> labels_;  // of one series
};

}  // namespace tripod::store::metrics
