// Names, numbers and small structures that the writer and the reader of a block share. Layout:
// docs/formats/metrics.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tripod::store::metrics {

inline constexpr uint32_t kBlockVersion = 2;  // as written; version 1 is read too
inline constexpr std::string_view kChunksMagic = "TRPMCHK1";
inline constexpr std::string_view kIndexMagic = "TRPMIDX1";
inline constexpr std::string_view kMetaMagic = "TRPMMET1";
inline constexpr size_t kPageBytes = 64u << 10;            // unit of checksums in the chunks file
inline constexpr size_t kSamplesPerBlockChunk = 512;       // most samples of a chunk written
inline constexpr size_t kMostSamplesPerBlockChunk = 4096;  // most samples of a chunk read

// A block is what its meta file says; without one the other two files are left over from a crash.
struct BlockMeta {
  uint64_t id = 0;       // blocks are numbered in the order they were written
  int64_t min_time = 0;  // of its samples, milliseconds, both inclusive
  int64_t max_time = 0;
  uint64_t series = 0;
  uint64_t samples = 0;
  uint64_t chunks_bytes = 0;  // sizes of the files
  uint64_t index_bytes = 0;
  uint64_t wal_sequence = 0;       // WAL records up to this one are in this block or in older ones
  uint64_t level = 0;              // 0: cut from memory; else merged from blocks of lower levels
  std::vector<uint64_t> replaces;  // ids of the blocks it was merged from
};

std::string encode_block_meta(const BlockMeta& meta);
// kDataLoss when damaged, kUnsupported when of a later version.
base::Result<BlockMeta> decode_block_meta(std::string_view bytes);

// "0000000000000001": the files are <name>.chunks, <name>.index, <name>.meta.
std::string block_name(uint64_t id);
std::optional<uint64_t> parse_block_name(std::string_view name);
inline constexpr std::string_view kChunksSuffix = ".chunks";
inline constexpr std::string_view kIndexSuffix = ".index";
inline constexpr std::string_view kMetaSuffix = ".meta";

// Beside the blocks: up to which WAL record nothing is to be read again, whatever becomes of them.
inline constexpr std::string_view kPositionFile = "/position";
inline constexpr std::string_view kPositionMagic = "TRPMPOS1";
inline constexpr uint32_t kPositionVersion = 1;
std::string encode_position(uint64_t wal_sequence);
// kDataLoss when damaged, kUnsupported when of a later version.
base::Result<uint64_t> decode_position(std::string_view bytes);

// Sections of the index file, in file order.
enum class Section : uint8_t {
  kSymbolOffsets,  // u32 * (symbols + 1): where each symbol begins in kSymbols
  kSymbols,        // sorted texts
  kSeriesOffsets,  // where each run of series begins in kSeries: block_series.h
  kSeries,         // sorted by labels
  kPostingsTable,  // PostingsEntry, sorted by name, value
  kPostings,       // series numbers: posting_codec.h
  kTimeColumns,    // u64 offset, u32 size of each: chunks name them by number
  kPages,          // u32 per page of the chunks file: low half of its hash
};
inline constexpr size_t kSectionCount = 8;

struct SectionPlace {
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t hash = 0;
};
struct SectionTable {
  std::array<SectionPlace, kSectionCount> places;
  uint32_t version = kBlockVersion;
};

// At the end of the index file: the table, version, hash of both, magic.
inline constexpr size_t kFooterBytes = kSectionCount * 24 + 4 + 8 + 8;
std::string encode_footer(const SectionTable& table);
// kDataLoss when damaged, kUnsupported when of a later version.
base::Result<SectionTable> decode_footer(std::string_view bytes);

struct PostingsEntry {
  uint32_t name = 0;  // symbol numbers
  uint32_t value = 0;
  uint32_t offset = 0;  // in kPostings
  uint32_t count = 0;
};
static_assert(sizeof(PostingsEntry) == 16);

// A time column in the chunks file; many chunks share one.
struct TimeColumnPlace {
  uint64_t offset = 0;
  uint32_t size = 0;
};
inline constexpr size_t kTimeColumnPlaceBytes = 12;

// Where the samples of one chunk are: a value column in the chunks file that names its time column.
struct ChunkMeta {
  int64_t min_time = 0;
  int64_t max_time = 0;
  uint32_t count = 0;
  uint32_t size = 0;
  uint64_t offset = 0;
};

}  // namespace tripod::store::metrics
