// The values of one series' windows, each of its samples (from, to). Private to query/logql.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "query/logql/ast.h"
#include "query/promql/numeric.h"

namespace tripod::query::logql {

struct Sample {
  int64_t time = 0;
  double value = 0;
};

// A query's deadline and cancellation.
using Poll = std::function<base::Result<>()>;

struct Reduction {
  RangeOp op = RangeOp::kSumOverTime;
  double param = 0;    // quantile_over_time
  double seconds = 1;  // of the range: rates are per second
};

// Sums, least and greatest values are made of blocks, each reduced once however many windows hold it. Not thread-safe.
class WindowReducer {
 public:
  // Asks `poll`, unless empty, about every million samples that were looked at, over all series.
  WindowReducer(const Reduction& reduction, Poll poll) : reduction_(reduction), poll_(std::move(poll)) {}

  // The series from now on; views it.
  base::Result<> begin(std::span<const Sample> samples);
  // @pre from < to <= samples.
  base::Result<double> reduce(size_t from, size_t to);

 private:
  bool is_sum() const;
  bool is_best() const;
  base::Result<> count(size_t samples);
  double best(size_t from, size_t to) const;
  double better(double a, double b) const;
  promql::KahanSum sum(size_t from, size_t to) const;
  promql::KahanSum plain_sum(size_t from, size_t to) const;
  double plain(std::span<const Sample> window) const;

  const Reduction reduction_;
  const Poll poll_;
  std::span<const Sample> samples_;
  std::vector<promql::KahanSum> sums_;  // of whole blocks
  std::vector<double> bests_;
  size_t since_poll_ = 0;
};

}  // namespace tripod::query::logql
