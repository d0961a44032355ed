// Answers of range queries kept for the next time they are asked. A dashboard asks the same question every few seconds for a range
// that has moved on by a step or two: steps whose samples have not changed since are taken from the last answer, to the bit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/memory_budget.h"
#include "base/metrics.h"
#include "query/promql/engine.h"

namespace tripod::query::promql {

// Thread-safe. Engine, store, budget and registry outlive it. An answer is reused up to the time from which on the store says that
// it has changed; answers with warnings or infos are not kept, since it is not known which steps they are of.
class RangeCache {
 public:
  // `max_bytes` of answers, charged to the budget; what has not been asked for longest goes first.
  RangeCache(const Engine& engine, store::MetricStore& store, base::MemoryBudget& memory, base::MetricRegistry& metrics, size_t max_bytes);

  // As Engine::range().
  base::Result<QueryResult> range(const Expr& expr, std::string_view text, RangeParams range, const QueryOptions& options = {});

 private:
  // The answer for all steps from `start_ms` to `end_ms`, as of `mark`.
  struct Entry {
    std::string key;
    int64_t start_ms = 0;
    int64_t end_ms = 0;
    uint64_t mark = 0;
    std::vector<MatrixSeries> matrix;
    base::MemoryCharge charge;
  };
  using EntryPtr = std::shared_ptr<const Entry>;
  using Entries = std::list<EntryPtr>;

  EntryPtr find(const std::string& key);
  void forget(const std::string& key);
  void keep(Entry entry);
  void remove(Entries::iterator entry);  // requires mu_

  const Engine& engine_;
  store::MetricStore& store_;
  base::MemoryBudget& memory_;
  const size_t max_bytes_;
  base::Counter& reused_;
  base::Counter& evaluated_;

  std::mutex mu_;
  // guarded by mu_
  Entries entries_;  // the last one asked for first
  std::unordered_map<std::string_view, Entries::iterator> by_key_;  // keys lie in the entries
  size_t bytes_ = 0;
};

// How far beyond its own time a step of the expression looks (milliseconds, at least 0). Nullopt where a step's value depends on
// more than that: on the ends of the query, or on a fixed time.
std::optional<int64_t> looks_ahead_ms(const Expr& expr);

}  // namespace tripod::query::promql
