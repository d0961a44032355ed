// What a merge reads, block by block: which blocks go over as they are, and the records of the others in order.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "store/events/block_reader.h"
#include "store/events/part.h"
#include "store/events/part_writer.h"
#include "store/events/sequence_set.h"

namespace tripod::store {

// One part that is merged. Not thread-safe.
struct MergedPart {
  const Part* part = nullptr;
  std::unique_ptr<PartReader> reader;
  std::vector<uint32_t> numbers;  // of its fields in the part being written, by place behind the system columns
  std::vector<uint32_t> by_id;    // see PartWriter::BlockSource

  // Errors name the part.
  static base::Result<MergedPart> open(const Part& part, PartWriter& out);
  std::unexpected<base::Error> unreadable(const base::Error& error) const;
};

struct MergedBlock {
  const MergedPart* part = nullptr;
  uint32_t number = 0;
  RowPlace first;              // no record comes before
  RowPlace last;               // none behind
  size_t bytes = 0;            // of its records once it is decoded, about
  bool is_whole = false;       // goes over as it is
};

// All blocks of the parts, by `first`. Whole are those that are full enough, hold one stream and none of `left_out`, as long as no more than two of
// them hold the same moment of their stream: late records would otherwise never come to where they belong.
base::Result<std::vector<MergedBlock>> plan_blocks(std::span<const MergedPart> parts, const SequenceSet& left_out,
                                                   const PartWriter& out);

// What blocks that are open at the same time hold at most. Whole ones are counted too: one that does not go over in the end is opened.
size_t most_open_bytes(std::span<const MergedBlock> by_first);

// Walks one block's records, all columns decoded. Refers to the part.
class MergedRows {
 public:
  static base::Result<std::unique_ptr<MergedRows>> open(const MergedBlock& block);

  const RowPlace& place() const { return place_; }
  // The fields of the record; values view this object or the arena.
  void add_fields(PartWriter& out, base::Arena& arena);
  void leave_out();  // instead
  // False at the end.
  bool next();

 private:
  struct Place {
    uint32_t number;  // of the field in the part being written
    const BlockColumn* column;
    size_t next_value;
  };
  explicit MergedRows(std::unique_ptr<BlockReader> block) : block_(std::move(block)) {}
  base::Result<> load(std::span<const uint32_t> numbers);
  void set_place();

  const std::unique_ptr<BlockReader> block_;
  const std::vector<int64_t>* times_ = nullptr;
  const std::vector<int64_t>* sequences_ = nullptr;
  const std::vector<int64_t>* streams_ = nullptr;
  std::vector<Place> columns_;
  size_t row_ = 0;
  RowPlace place_;
};

}  // namespace tripod::store
