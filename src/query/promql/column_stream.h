// Series of the store made into columns of one value per step, series by series: read and computed on as many threads as are free,
// handed on in order on one. Private to query/promql.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/memory_budget.h"
#include "base/result.h"
#include "model/batch.h"
#include "query/promql/engine.h"
#include "store/metrics/metric_store.h"

namespace tripod::query::promql {

struct ColumnStream {
  const store::SeriesSet& set;
  size_t steps = 1;
  size_t max_samples = 0;  // of one series
  // Charged with the samples of the series that are read, and with columns of very many steps: all others take 2 MiB at most.
  base::MemoryBudget* memory = nullptr;  // null: not charged
  // Fills `values`, all of them kAbsent; `samples` may be changed. Called on several threads at once.
  std::function<base::Result<>(std::vector<model::Sample>& samples, std::span<double> values)> make;
  // Of series with a value, in the order of the set, on the caller's thread. Texts are valid as long as the set.
  std::function<base::Result<>(std::span<const model::Label> labels, std::span<const double> values)> take;
  // Why to stop, asked every few thousand samples or few hundred series, on several threads at once.
  std::function<base::Result<>()> poll;
};

// Holds a few hundred series' columns at once, however many there are, and fewer where each has many steps. The first error ends it.
base::Result<> run(const ColumnStream& stream, const WithHelpers& with_helpers);

}  // namespace tripod::query::promql
