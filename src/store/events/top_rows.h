// The first rows of a result in its order, out of any number seen in any order.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "store/events/plan.h"

namespace tripod::store {

// Where a matching record is: `source` counts the units (memory batches, blocks of parts) of one query.
struct RowRef {
  Position position;
  uint32_t source = 0;
  uint32_t row = 0;
};

// Not thread-safe.
class TopRows {
 public:
  TopRows(Order order, size_t capacity) : order_(order), capacity_(capacity) {}

  // Whether a record here would be among the first.
  bool wants(const Position& position) const {
    return rows_.size() < capacity_ || comes_before(position, rows_.front().position);
  }
  void add(const RowRef& row) {
    const auto later_first = [this](const RowRef& a, const RowRef& b) {
      return comes_before(a.position, b.position);
    };
    if (rows_.size() == capacity_) {
      if (!wants(row.position)) return;
      std::ranges::pop_heap(rows_, later_first);
      rows_.pop_back();
    }
    rows_.push_back(row);
    std::ranges::push_heap(rows_, later_first);
  }
  // No record with these times can be among the first any more.
  bool closed_to(base::UnixNanos min_time, base::UnixNanos max_time) const {
    if (rows_.size() < capacity_) return false;
    const base::UnixNanos last = rows_.front().position.time;
    return order_ == Order::kNewestFirst ? max_time < last : min_time > last;
  }
  // What a record must come before to be wanted; nullopt while nothing has to give way yet.
  std::optional<Position> bound() const {
    if (rows_.size() < capacity_) return std::nullopt;
    return rows_.front().position;
  }
  size_t size() const { return rows_.size(); }
  // In the result's order; leaves nothing behind.
  std::vector<RowRef> take() {
    std::ranges::sort(rows_, [this](const RowRef& a, const RowRef& b) {
      return comes_before(a.position, b.position);
    });
    return std::move(rows_);
  }

 private:
  bool comes_before(const Position& a, const Position& b) const {
    return order_ == Order::kNewestFirst ? a > b : a < b;
  }

  const Order order_;
  const size_t capacity_;
  std::vector<RowRef> rows_;  // a heap whose front is the last of them in the result's order
};

}  // namespace tripod::store
