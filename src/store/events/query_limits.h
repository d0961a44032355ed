// The bounds of one running query: its deadline, its cancellation and the memory it may hold, of its own bound and of the process's
// budget. What is taken in goes before questions: one query has at most a
// quarter of that budget, and all together leave a quarter of it to others.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/memory_budget.h"
#include "store/events/event_store.h"
#include "store/events/plan.h"

namespace tripod::store {

// Thread-safe: the threads of one query share it. What was reserved is given back on destruction.
class QueryLimits {
 public:
  QueryLimits(const QueryBounds& bounds, const base::Clock& clock, base::MemoryBudget& budget);

  // True from the moment the deadline has passed or the query was cancelled.
  bool expired();
  // False when the query would hold too much.
  bool reserve(size_t bytes);
  void give_back(size_t bytes) { held_.fetch_sub(bytes, std::memory_order_relaxed); }

  // Nobody waits for the answer any more.
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  // Notes which bounds were reached. Once, at the end.
  void describe(QueryStats& stats) const;

 private:
  // The shared budget is charged in steps: one lock for many small rows.
  static constexpr size_t kStep = 1u << 20;
  bool charge(size_t held);

  const QueryBounds bounds_;
  const size_t most_;  // bytes
  const base::Clock& clock_;
  base::MemoryBudget& budget_;
  std::atomic<size_t> held_{0};
  std::atomic<size_t> charged_{0};
  std::atomic<bool> out_of_time_{false};
  std::atomic<bool> out_of_memory_{false};
  std::atomic<bool> cancelled_{false};
  std::mutex mu_;
  std::vector<base::MemoryCharge> charges_;  // guarded by mu_
};

// Sets `incomplete` and keeps the warning (at most 20 of them, the last saying that there are more).
void warn_incomplete(QueryStats& stats, std::string warning);
// Of a page that memory cut short and that another one follows: what is then still missing of the whole.
void forgive_memory(QueryStats& stats);
// Adds what another thread of the same query has seen.
void add_stats(QueryStats& stats, QueryStats&& more);

}  // namespace tripod::store
