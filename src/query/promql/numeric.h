// Sums, means and quantiles with the care for rounding that Prometheus takes, so that results agree
// to the last digits.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "query/promql/value.h"

namespace tripod::query::promql {

// Kahan's compensated sum in Neumaier's form.
struct KahanSum {
  double sum = 0;
  double compensation = 0;

  void add(double value) {
    const double total = sum + value;
    if (std::isinf(total)) {
      compensation = 0;
    } else if (std::fabs(sum) >= std::fabs(value)) {
      compensation += (sum - total) + value;
    } else {
      compensation += (value - total) + sum;
    }
    sum = total;
  }
  double value() const { return sum + compensation; }
};

// Arithmetic mean: sum over count, and where the sum would overflow an incremental mean from there
// on.
struct KahanMean {
  KahanSum sum;
  double count = 0;
  bool incremental = false;

  void add(double value) {
    count += 1;
    if (!incremental) {
      KahanSum next = sum;
      next.add(value);
      if (count == 1 || !std::isinf(next.sum)) {
        sum = next;
        return;
      }
      incremental = true;
      sum.sum /= count - 1;
      sum.compensation /= count - 1;
    }
    const double keep = (count - 1) / count;
    sum.sum *= keep;
    sum.compensation *= keep;
    sum.add(value / count);
  }
  double value() const {
    return incremental ? sum.value() : sum.sum / count + sum.compensation / count;
  }
};

// Population variance by Welford's method.
struct Variance {
  double count = 0;
  KahanSum mean;
  KahanSum aux;

  void add(double value) {
    count += 1;
    const double delta = value - mean.value();
    mean.add(delta / count);
    aux.add(delta * (value - mean.value()));
  }
  double value() const { return aux.value() / count; }
};

// Go's math.Max and math.Min: an infinity that wins anyway wins over NaN too, else NaN wins.
inline double greater_of(double a, double b) {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  if (a == kInf || b == kInf) return kInf;
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<double>::quiet_NaN();
  return std::max(a, b);
}
inline double lesser_of(double a, double b) { return -greater_of(-a, -b); }

// φ-quantile with linear interpolation between neighbours; NaN sorts first. Sorts `values`.
inline double quantile_of(double q, std::vector<double>& values) {
  if (values.empty() || std::isnan(q)) return std::numeric_limits<double>::quiet_NaN();
  if (q < 0) return -std::numeric_limits<double>::infinity();
  if (q > 1) return std::numeric_limits<double>::infinity();
  std::ranges::sort(values, [](double a, double b) {
    if (std::isnan(a)) return !std::isnan(b);
    return a < b;
  });
  const double rank = q * static_cast<double>(values.size() - 1);
  const auto lower = static_cast<size_t>(std::floor(rank));
  const size_t upper = std::min(values.size() - 1, lower + 1);
  const double weight = rank - std::floor(rank);
  return values[lower] * (1 - weight) + values[upper] * weight;
}

}  // namespace tripod::query::promql
