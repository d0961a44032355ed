// What a query reads, in the order in which it can end early: memory blocks and blocks of parts by their times. Parts are
// opened only when their turn comes.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <queue>
#include <vector>

#include "store/events/part.h"
#include "store/events/query_limits.h"
#include "store/events/query_window.h"
#include "store/events/snapshot.h"

namespace tripod::store {

// One memory block or one block of a part.
struct Source {
  const MemoryView* memory = nullptr;  // or
  const Part* part = nullptr;
  uint32_t block = 0;
  BlockEntry entry{};                  // of the part's block
  base::UnixNanos min_time = 0;
  base::UnixNanos max_time = 0;
};

// Newest (by max_time) first for kNewestFirst, oldest (by min_time) first for kOldestFirst. Thread-safe. Refers to what
// it was given.
class QuerySources {
 public:
  QuerySources(const Snapshot& snapshot, const QueryWindow& window);

  // nullopt at the end. Parts that cannot be read are noted as incomplete and left out.
  std::optional<Source> next();
  // What was noted: parts that are missing, blocks passed over. Once, at the end.
  QueryStats take_stats();

 private:
  struct Later {
    Order order;
    bool operator()(const Source& a, const Source& b) const {
      return order == Order::kNewestFirst ? a.max_time < b.max_time : a.min_time > b.min_time;
    }
  };
  void add_blocks(const Part& part);

  const QueryWindow& window_;
  std::mutex mu_;
  // guarded by mu_
  QueryStats stats_;
  std::priority_queue<Source, std::vector<Source>, Later> queue_;
};

// Notes that part of a query's data could not be read.
void note_unreadable(QueryStats& stats, const Part& part, const base::Error& error);

}  // namespace tripod::store
