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
// it has changed; answers with warnings or infos are not kept, since it is not known which steps they are of. Questions of
// different length about the same steps share one answer: that of the longest.
class RangeCache {
 public:
  // `max_bytes` of answers, charged to the budget; what has not been asked for longest goes first.
  RangeCache(const Engine& engine, store::MetricStore& store, base::MemoryBudget& memory, base::MetricRegistry& metrics, size_t max_bytes);

  // As Engine::range().
  base::Result<QueryResult> range(const Expr& expr, std::string_view text, RangeParams range, const QueryOptions& options = {});

 private:
  struct Answer {
    std::vector<MatrixSeries> matrix;
    base::MemoryCharge charge;
  };
  // The answer for all steps from `start_ms` to `end_ms`, as of `mark`. The matrix may hold others, which are out of date.
  struct Entry {
    std::string key;
    int64_t start_ms = 0;
    int64_t end_ms = 0;
    uint64_t mark = 0;
    int64_t span_ms = 0;    // of the longest question of late: so much is kept
    unsigned narrower = 0;  // shorter questions since
    std::shared_ptr<const Answer> answer;
  };
  using Entries = std::list<Entry>;

  std::optional<Entry> find(const std::string& key);
  void forget(const std::string& key);
  // Keeps `tail`, which begins at entry.start_ms or, where there is an answer `before` of it, behind the step `known`.
  void keep(Entry entry, const Entry* before, int64_t known, const std::vector<MatrixSeries>& tail);
  // The entry's answer holds up to `end_ms` as of `mark`, without a copy.
  void renew(const Entry& entry, int64_t end_ms, uint64_t mark);
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
