// The bounds of one running query: its deadline and the memory it may hold, of its own bound and of the process's budget.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/memory_budget.h"
#include "store/events/event_store.h"
#include "store/events/plan.h"

namespace tripod::store {

// Not thread-safe. What was reserved is given back on destruction.
class QueryLimits {
 public:
  QueryLimits(const QueryBounds& bounds, const base::Clock& clock, base::MemoryBudget& budget)
      : bounds_(bounds), clock_(clock), budget_(budget) {}

  // True from the moment the deadline has passed; notes it in the query's warnings once.
  bool expired(QueryStats& stats);
  // False when the query would hold too much; notes it in the warnings once.
  bool reserve(size_t bytes, QueryStats& stats);
  void give_back(size_t bytes) { held_ -= bytes; }

 private:
  // The shared budget is charged in steps: one atomic operation for many small rows.
  static constexpr size_t kStep = 1u << 20;

  const QueryBounds bounds_;
  const base::Clock& clock_;
  base::MemoryBudget& budget_;
  std::vector<base::MemoryCharge> charges_;
  size_t charged_ = 0;
  size_t held_ = 0;
  bool noted_deadline_ = false;
  bool noted_memory_ = false;
};

// Sets `incomplete` and keeps the warning (at most 20 of them, the last saying that there are more).
void warn_incomplete(QueryStats& stats, std::string warning);

}  // namespace tripod::store
