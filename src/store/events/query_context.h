// What a query runs with.
#pragma once

#include "base/clock.h"
#include "base/memory_budget.h"
#include "store/events/query_pool.h"

namespace tripod::store {

// All outlive the query.
struct QueryContext {
  const base::Clock& clock;
  base::MemoryBudget& budget;
  QueryPool* pool = nullptr;  // null: the query runs on its caller's thread alone
};

}  // namespace tripod::store
