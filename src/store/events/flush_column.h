// One field of the records of a part that memory becomes.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/arena.h"
#include "store/events/column_stage.h"
#include "store/events/row_batch.h"
#include "store/events/value_table.h"

namespace tripod::store {

// Values are numbered as they come, those that repeat once; put in order are the numbers. Not thread-safe.
class FlushColumn {
 public:
  // `field`: its number in the part.
  explicit FlushColumn(uint32_t field) : field_(field) {}
  struct Numbered {
    uint32_t number;
    uint32_t bytes;  // of the value in a block
  };
  uint32_t field() const { return field_; }

  // The value's number, below values(). Short texts are copied to `texts`; others stay where they are.
  uint32_t number_of(const model::Value& value, base::Arena& texts);
  // The numbers of a batch's values, some of which may be the same, to put many rows at once.
  void numbers_of(const RowBatch& batch, std::span<const BatchColumns::Value> values, base::Arena& texts, std::vector<Numbered>& out);
  // The fields of a batch whose first row is `first`; `numbers` are of the batch's values. @pre as below
  void put(uint32_t first, std::span<const BatchColumns::Field> fields, std::span<const Numbered> numbers);
  // Now and then, between rows: whether the values repeat at all.
  void judge();
  // A row's value. @pre !has(row), and rows rise.
  void put(uint32_t row, uint32_t number) {
    rows_.push_back(row);
    numbers_.push_back(number);
  }
  // @pre no later row has one.
  bool has(uint32_t row) const { return !rows_.empty() && rows_.back() == row; }

  // Once all rows are there: row i of as many as there are places gets to places[i].
  void sort(std::span<const uint32_t> places, std::vector<uint32_t>& scratch);
  // Whether any of the next rows lies before `end`.
  bool has_before(uint32_t end) const { return next_ < rows_.size() && rows_[next_] < end; }
  // Adds the next rows, from `begin` on and before `end`. `codes` has values() elements, all kNoCode before and after.
  void take(uint32_t begin, uint32_t end, std::vector<uint32_t>& codes, ColumnStage& out);
  size_t values() const { return table_.size(); }
  size_t memory_bytes() const { return sizeof(*this) + (rows_.capacity() + numbers_.capacity()) * sizeof(uint32_t) + table_.memory_bytes(); }
  static constexpr uint32_t kNoCode = UINT32_MAX;

 private:
  // Where a text was seen: those that come again within a batch lie at one place.
  struct Seen {
    const char* text = nullptr;
    uint32_t size = 0;
    uint32_t number = 0;
    model::ValueType type = model::ValueType::kNull;
  };
  uint32_t look_up(const model::Value& value, base::Arena& texts);
  void take_values(std::span<const uint32_t> numbers, ColumnStage& out) const;
  void take_codes(std::span<const uint32_t> numbers, std::vector<uint32_t>& codes, ColumnStage& out) const;

  uint32_t field_;
  static constexpr size_t kFewValues = 1024;
  size_t next_judged_ = kFewValues;  // how many values then
  bool repeats_ = true;  // the table knows every value once; otherwise those since then are there each time
  size_t next_ = 0;
  std::vector<uint32_t> rows_;
  std::vector<uint32_t> numbers_;
  ValueTable table_;
  std::array<Seen, 16> seen_;
};

}  // namespace tripod::store
