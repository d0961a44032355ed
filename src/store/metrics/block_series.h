// The entries of a block's index that say which labels and chunks a series has. Layout: docs/formats/metrics.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/batch.h"
#include "store/metrics/block_format.h"
#include "store/metrics/symbols_view.h"
#include "store/metrics/varint.h"

namespace tripod::store::metrics {

// One series as read. Remembers where it was read, so that the next ones are quick: use one with one index at a time, which
// lives as long.
struct BlockSeries {
  std::vector<model::Label> labels;  // texts in the index
  std::vector<ChunkMeta> chunks;

 private:
  friend class SeriesReader;
  const char* entries = nullptr;  // the section that `next` is of
  uint32_t number = 0;            // of the series read last
  size_t next = 0;                // where the one after it begins
};

// Entries stand in runs: the first of a run is whole, the others say what differs from the one before.
inline constexpr uint32_t kSeriesPerRun = 16;

class SeriesWriter {
 public:
  // Labels as numbers of symbols, name and value.
  using Labels = std::span<const std::pair<uint32_t, uint32_t>>;
  void add(Labels labels, std::span<const ChunkMeta> chunks);
  uint32_t count() const { return count_; }
  // The two sections of the index.
  std::string take_offsets();
  std::string take_entries() { return std::move(entries_); }

 private:
  void put_labels(Labels labels, bool same_names, uint64_t changed);

  std::string offsets_;
  std::string entries_;
  uint32_t count_ = 0;
  std::vector<std::pair<uint32_t, uint32_t>> last_labels_;
  std::vector<ChunkMeta> last_chunks_;
};

// A view of the two sections; thread-safe. Never reads outside them, whatever the bytes are.
class SeriesReader {
 public:
  SeriesReader() = default;
  // kDataLoss when the sections cannot be of that version.
  static base::Result<SeriesReader> open(uint32_t version, std::string_view offsets, std::string_view entries, SymbolsView symbols);

  uint32_t count() const { return count_; }
  // Fills `out`, whose vectors are used again. kDataLoss when there is none of this number, or its entry is malformed.
  base::Result<> read(uint32_t number, BlockSeries& out) const;

 private:
  uint32_t offset(size_t i) const;
  bool read_next(ByteReader& in, bool first_of_run, BlockSeries& out) const;
  bool read_labels(ByteReader& in, std::vector<model::Label>& out) const;
  bool read_v1(uint32_t number, BlockSeries& out) const;

  uint32_t version_ = 0;
  uint32_t count_ = 0;
  std::string_view offsets_;  // u32 each
  std::string_view entries_;
  SymbolsView symbols_;
};

}  // namespace tripod::store::metrics
