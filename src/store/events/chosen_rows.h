// The rows of a block that a query has chosen, numbered from 0: what is gathered of them lies in arrays by that number.
#pragma once

#include <cstdint>
#include <vector>

#include "store/events/block_column.h"

namespace tripod::store {

// Refers to the rows for its lifetime. Not thread-safe.
class ChosenRows {
 public:
  explicit ChosenRows(const Bitmap& rows) : rows_(rows), count_(rows.count()) {}

  size_t count() const { return count_; }
  bool all() const { return count_ == rows_.size(); }

  // `fn(number of the row, the row)`, rising.
  template <class Fn>
  void for_each(Fn&& fn) const {
    if (all()) {
      for (size_t i = 0; i < count_; ++i) fn(i, i);
      return;
    }
    size_t number = 0;
    rows_.for_each([&](size_t row) { fn(number++, row); });
  }
  // `fn(number of the row, index of its value)` for the rows that have a value, rising.
  template <class Fn>
  void for_each_value(const BlockColumn& column, Fn&& fn) {
    if (column.present() == nullptr) return for_each(std::forward<Fn>(fn));
    if (all()) return column.for_each(rows_, std::forward<Fn>(fn));
    if (numbers_.empty()) {
      numbers_.resize(rows_.size());
      for_each([this](size_t number, size_t row) { numbers_[row] = static_cast<uint32_t>(number); });
    }
    column.for_each(rows_, [&](size_t row, size_t value) { fn(numbers_[row], value); });
  }

 private:
  const Bitmap& rows_;
  const size_t count_;
  std::vector<uint32_t> numbers_;  // by row, where needed
};

}  // namespace tripod::store
