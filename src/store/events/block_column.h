// A column placed into its block: which rows have a value, and which.
#pragma once

#include <optional>
#include <utility>

#include "store/events/encoding/column.h"

namespace tripod::store {

// Movable; immutable otherwise.
class BlockColumn {
 public:
  // Every row has a value.
  explicit BlockColumn(ColumnPtr column) : column_(std::move(column)) {}
  // `present` has a bit per row of the block, as many as the column has values.
  BlockColumn(ColumnPtr column, Bitmap present) : column_(std::move(column)), present_(std::move(present)) {}

  const Column& values() const { return *column_; }
  const Bitmap* present() const { return present_ ? &*present_ : nullptr; }  // nullptr: all rows

  // The row's value, null when it has none. Text views the column or `scratch`.
  model::Value at(size_t row, ValueScratch& scratch) const {
    if (!present_) return column_->at(row, scratch);
    if (!present_->test(row)) return {};
    return column_->at(present_->count_below(row), scratch);
  }

  // Adds to `out` those rows of `candidates` that have a matching value.
  void match(const Matcher& matcher, const Bitmap& candidates, Bitmap& out) const;

  // The same where the matching codes are known: see Column::match_codes().
  void match_codes(std::span<const uint8_t> hits, const Bitmap& candidates, Bitmap& out) const;

  // Calls `fn(row, index of its value)` for every row of `rows` that has a value, rising.
  template <class Fn>
  void for_each(const Bitmap& rows, Fn&& fn) const {
    if (!present_) {
      rows.for_each([&](size_t row) { fn(row, row); });
      return;
    }
    size_t before = 0;
    for (size_t w = 0; w < rows.words().size(); ++w) {
      const uint64_t there = present_->words()[w];
      for (uint64_t both = rows.words()[w] & there; both != 0; both &= both - 1) {
        const auto bit = static_cast<unsigned>(std::countr_zero(both));
        const uint64_t lower = there & ((uint64_t{1} << bit) - 1);
        fn(w * 64 + bit, before + static_cast<size_t>(std::popcount(lower)));
      }
      before += static_cast<size_t>(std::popcount(there));
    }
  }

 private:
  ColumnPtr column_;
  std::optional<Bitmap> present_;
};

}  // namespace tripod::store
