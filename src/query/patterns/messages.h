// The different messages of a source with their counts over time: exactly, or out of a sample. Private to query/patterns.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "query/patterns/patterns.h"

namespace tripod::query::patterns {

struct Message {
  std::string text;
  uint64_t count = 0;
  std::vector<std::pair<uint32_t, uint64_t>> trend;  // points of the grid that have any, and how many; a point may come twice
  base::UnixNanos first_seen = 0, last_seen = 0;
};

struct Messages {
  std::vector<Message> list;   // commonest first, equal ones by their text
  uint64_t total = 0;
  uint64_t sampled = 0;        // records that were looked at; total where all were
  store::QueryStats stats;
};

// The trend's grid: `points` buckets of `step` from `range.start`.
struct Grid {
  int64_t step = 1;
  size_t points = 1;
};

// Errors: kDeadlineExceeded; kResourceExhausted where there is no memory even for a sample.
base::Result<Messages> read_messages(store::EventStore& events, const PatternSource& source, store::TimeRange range, const Grid& grid,
                                     const store::QueryBounds& bounds);

}  // namespace tripod::query::patterns
