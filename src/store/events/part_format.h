// Fixed structures of a part file, written as they lie in memory (little-endian). The whole layout: docs/formats/events.md.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "store/events/encoding/column.h"

namespace tripod::store {

static_assert(std::endian::native == std::endian::little, "the store's files are little-endian");

inline constexpr char kPartMagic[8] = {'T', 'r', 'i', 'p', 'o', 'd', 'E', 'v'};
inline constexpr uint32_t kPartVersion = 2;
// What a reader takes: no writer makes larger ones, and damage must not make us allocate.
inline constexpr size_t kMaxBlockRows = 1u << 16;
inline constexpr size_t kMaxChunkBytes = 2u << 30;

struct PartHeader {
  char magic[8];
  uint32_t version;
  uint32_t reserved;
};
static_assert(sizeof(PartHeader) == 16);

// One per block, in the order of the blocks.
struct BlockEntry {
  uint32_t rows;
  uint32_t reserved;
  int64_t min_time;
  int64_t max_time;
  uint64_t min_sequence;
  uint64_t max_sequence;
  uint64_t filter_offset;    // of its text filter, from the start of the file: see text_filter.h
  uint32_t bloom_bytes;      // of values; a multiple of 32
  uint32_t gram_bytes;       // of grams, behind the values; 0 or a power of two
  uint64_t filter_checksum;
};
static_assert(sizeof(BlockEntry) == 64);

// Where one field's column of one block is, and what can be said without reading it.
struct ColumnEntry {
  enum Flag : uint16_t {
    kHasPresence = 1,   // not every row has a value: the chunk begins with a bitmap of those that do
    kCompressed = 2,    // zstd
    kIntRange = 4,      // all values are int64: least and most are theirs
    kFloatRange = 8,    // all values are float64: least and most are the bits of theirs (NaN left out)
    kHasNumbers = 16,   // among others, so that a number compares with some values by number
    kTextSizes = 32,    // all values are texts: least and most are the sizes of the shortest and longest
    kGramsKnown = 64,   // the block's text filter knows the grams of all texts among the values
    kIdentifiers = 128,  // all values are identifiers as encoding "hex" takes them: in lower case, of one word
    kValuesKnown = 256,  // the block's text filter knows the text of every value
    kCounted = 512,      // the field's value counts know the block
  };
  uint32_t block;
  uint8_t encoding;
  uint8_t types;           // TypeSet
  uint16_t flags;
  uint64_t offset;         // of the chunk, from the start of the file
  uint32_t stored_bytes;
  uint32_t raw_bytes;
  uint64_t chunk_checksum;
  uint64_t least;
  uint64_t most;
  uint32_t values;          // present ones
  uint32_t entry_checksum;  // of the bytes before

  uint32_t checksum() const;
  bool has(Flag flag) const { return (flags & flag) != 0; }
  void set(Flag flag) { flags = static_cast<uint16_t>(flags | flag); }
};
static_assert(sizeof(ColumnEntry) == 56);

struct SectionRef {
  uint64_t offset = 0;
  uint32_t stored_bytes = 0;
  uint32_t raw_bytes = 0;
  uint64_t checksum = 0;
};
static_assert(sizeof(SectionRef) == 24);

struct PartFooter {
  uint8_t dataset;
  uint8_t reserved[3];
  uint32_t blocks;
  uint64_t rows;
  int64_t min_time;
  int64_t max_time;
  uint64_t min_sequence;
  uint64_t max_sequence;
  int64_t created;         // when its newest record was written to a part first
  uint64_t raw_bytes;      // of all chunks before compression
  SectionRef block_table;  // BlockEntry[blocks], plain
  SectionRef directory;    // zstd
  uint32_t version;
  uint32_t rare_fields;    // fields that some blocks keep among their rare ones; 0 in parts that were written before it was counted
  uint64_t checksum;       // of the bytes before
  char magic[8];

  uint64_t own_checksum() const;
};
static_assert(sizeof(PartFooter) == 136);

// The columns every block has, kept like fields but found by place: the first in the directory.
enum SystemColumn : size_t { kTimeColumn, kSequenceColumn, kStreamColumn, kRareColumn, kSystemColumns };

// One field of a part: in which blocks it has a column.
struct FieldEntry {
  std::string name;
  uint32_t id = 0;             // its number among rare fields: given in order of appearance, before names were sorted
  TypeSet types = 0;
  bool in_rare = false;        // some blocks keep it among their rare fields
  uint64_t rows = 0;
  uint64_t entries_offset = 0;  // ColumnEntry[entries], rising by block
  uint32_t entries = 0;
  SectionRef counts;            // its value counts, zstd: see value_counts.h; 0 bytes: no block is counted
};

// Fields in the directory: system columns first, then by name. A field's number is its place.
struct PartDirectory {
  std::vector<FieldEntry> fields;
  // Numbers of the parts this one was merged from. The manifest says which parts count; this serves where it is lost.
  std::vector<uint64_t> replaces;

  static constexpr uint32_t kNoField = UINT32_MAX;
  uint32_t find(std::string_view name) const;  // among those with a name
  // Places in `fields` by their ids (ids are below the number of fields); kNoField where there is none.
  std::vector<uint32_t> places_by_id() const;
  std::string encode() const;
  static base::Result<PartDirectory> decode(std::string_view bytes);
};

}  // namespace tripod::store
