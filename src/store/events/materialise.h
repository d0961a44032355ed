// Stored records as EventRow: the fields a plan asks for, sorted by name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/events/block_reader.h"
#include "store/events/event_store.h"
#include "store/events/row_batch.h"

namespace tripod::store {

// The fields a plan wants. Thread-safe after construction.
class Projection {
 public:
  // Empty = all fields.
  explicit Projection(std::vector<std::string> names);
  bool all() const { return names_.empty(); }
  bool wants(std::string_view name) const;
  const std::vector<std::string>& names() const { return names_; }  // sorted

 private:
  std::vector<std::string> names_;
};

EventRow materialise(const RowBatch& batch, uint64_t first_sequence, size_t row,
                     const Projection& projection);

// Rows of a block, in the order of `rows`; times and sequence numbers are not read but left to the caller.
base::Result<std::vector<EventRow>> materialise(BlockReader& block, std::span<const uint32_t> rows,
                                                const Projection& projection);

// Bytes a row takes in memory, about.
size_t row_bytes(const EventRow& row);

}  // namespace tripod::store
