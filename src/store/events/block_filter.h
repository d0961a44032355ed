// A filter bound to one part: says of a block whether it can be passed over, and which of its rows match.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "store/events/block_reader.h"
#include "store/events/filter.h"
#include "store/events/value_memo.h"

namespace tripod::store {

// What the value counts say of a field in one block.
struct CountedState {
  enum class Kind : uint8_t {
    kUnknown,   // nothing
    kAbsent,    // no row has it
    kConstant,  // all rows have the same value
    kVaries,    // the values are counted
  };
  Kind kind = Kind::kUnknown;
  uint64_t rows = 0;    // that have it
  model::Value value;   // kConstant: views the part's counts
  uint32_t number = 0;  // kConstant: the value's place among the part's counted values
};
base::Result<CountedState> counted_state(BlockReader& block, uint32_t field, bool in_rare);

// Refers to the filter and the part's reader for its lifetime. Not thread-safe.
class BlockFilter {
 public:
  // Looks up the filter's fields in the part's directory, and which of the values that the part has counted they match.
  static base::Result<BlockFilter> bind(const Filter& filter, const PartReader& part);

  // False: no row of the block matches, as its indexes (counts, ranges, text filter) show.
  base::Result<bool> may_match(BlockReader& block) const { return may_match(filter_->root, block); }
  // Those of `candidates` that match.
  base::Result<Bitmap> match(BlockReader& block, const Bitmap& candidates) const {
    return match(filter_->root, block, candidates);
  }

  // Whether the value counts alone tell which rows of the block match. They do when every comparison asks a field that is the same
  // in all rows, or one and the same other field: that one goes to `field`, if it is not set yet.
  base::Result<bool> is_counted(BlockReader& block, uint32_t& field) const { return is_counted(filter_->root, block, field); }
  // Whether rows match whose value of `field` has this number among the part's counted values. @pre is_counted()
  bool matches_counted(uint32_t block, uint32_t field, uint32_t value) const {
    return matches_counted(filter_->root, {block, field, value});
  }
  static constexpr uint32_t kMissing = UINT32_MAX;  // instead of a value: rows that lack the field

 private:
  // A field that a comparison asks.
  struct Asked {
    uint32_t field = PartDirectory::kNoField;
    bool in_rare = false;
    const ValueCounts* counts = nullptr;  // where the field has any
    std::vector<uint8_t> hits;            // by value of `counts`: 1 when it matches
    std::unique_ptr<ValueMemo> memo;      // of the values that are not counted, where it is worth it
  };
  using Leaf = std::vector<Asked>;  // one field, or where none is named all that have texts
  // A comparison with the field "original", of which some records keep only a template.
  struct Original {
    bool composed = false;
    // What of the line is looked for stands in a value or in the template itself: where none of these fields has it, no line
    // need be composed.
    bool in_fields = false;
    Leaf fields;
  };

  explicit BlockFilter(const Filter& filter) : filter_(&filter) {}
  static base::Result<Asked> ask(const Matcher& matcher, uint32_t field, const PartReader& part);
  base::Result<bool> may_match(const FilterNode& node, BlockReader& block) const;
  base::Result<bool> leaf_may_match(uint32_t leaf, BlockReader& block) const;
  static base::Result<bool> field_may_match(const Matcher& matcher, const Asked& asked, BlockReader& block);
  struct CountedValue {
    uint32_t block, field, value;
  };
  base::Result<bool> is_counted(const FilterNode& node, BlockReader& block, uint32_t& field) const;
  bool matches_counted(const FilterNode& node, const CountedValue& value) const;
  base::Result<Bitmap> match(const FilterNode& node, BlockReader& block, const Bitmap& candidates) const;
  base::Result<Bitmap> match_all(const FilterNode& node, BlockReader& block, const Bitmap& candidates) const;
  base::Result<Bitmap> match_any(const FilterNode& node, BlockReader& block, const Bitmap& candidates) const;
  static base::Result<Leaf> ask_texts(const Matcher& matcher, const PartReader& part, bool with_template);
  static base::Result<bool> fields_may_match(const Matcher& matcher, const Leaf& fields, BlockReader& block);
  static base::Result<Bitmap> match_fields(const Matcher& matcher, const Leaf& fields, BlockReader& block, const Bitmap& candidates);
  base::Result<> match_composed(uint32_t leaf, BlockReader& block, const Bitmap& candidates, Bitmap& out) const;
  base::Result<Bitmap> match_leaf(uint32_t leaf, BlockReader& block, const Bitmap& candidates) const;
  static base::Result<> match_field(const Matcher& matcher, const Asked& asked, BlockReader& block,
                                    const Bitmap& candidates, Bitmap& out);

  const Filter* filter_;
  std::vector<Leaf> leaves_;
  std::vector<Original> originals_;  // by leaf
};

// Whether a value of this column may match, by what its entry and the block's text filter say. For columns that are not counted.
base::Result<bool> column_may_match(const Matcher& matcher, const ColumnEntry& entry, BlockReader& block);
// The same for the rare fields of a block.
base::Result<bool> rare_may_match(const Matcher& matcher, BlockReader& block);

}  // namespace tripod::store
