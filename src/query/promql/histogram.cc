#include "query/promql/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tripod::query::promql {
namespace {

constexpr double kSmallDelta = 1e-12;

// Equal but for rounding: relative to the sum, absolute next to zero.
bool almost_equal(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return true;
  const double sum = std::fabs(a) + std::fabs(b);
  const double difference = std::fabs(a - b);
  constexpr double kMinNormal = std::numeric_limits<double>::min();
  if (a == 0 || b == 0 || sum < kMinNormal) return difference < kSmallDelta * kMinNormal;
  return difference / std::min(sum, std::numeric_limits<double>::max()) < kSmallDelta;
}

// Buckets with the same bound become one.
void coalesce(std::vector<Bucket>& buckets) {
  size_t last = 0;
  for (size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i].upper_bound == buckets[last].upper_bound) {
      buckets[last].count += buckets[i].count;
    } else {
      buckets[++last] = buckets[i];
    }
  }
  buckets.resize(last + 1);
}

bool make_monotonic(std::vector<Bucket>& buckets) {
  bool forced = false;
  double previous = buckets.front().count;
  for (Bucket& bucket : buckets) {
    if (bucket.count == previous) continue;
    if (almost_equal(previous, bucket.count)) {
      bucket.count = previous;
    } else if (bucket.count < previous) {
      bucket.count = previous;
      forced = true;
    } else {
      previous = bucket.count;
    }
  }
  return forced;
}

}  // namespace

BucketQuantile bucket_quantile(double q, std::vector<Bucket>& buckets) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  if (std::isnan(q) || buckets.empty()) return {kNan, false};
  if (q < 0) return {-kInf, false};
  if (q > 1) return {kInf, false};
  std::ranges::stable_sort(buckets, {}, &Bucket::upper_bound);
  if (buckets.back().upper_bound != kInf) return {kNan, false};
  coalesce(buckets);
  const bool forced = make_monotonic(buckets);
  if (buckets.size() < 2) return {kNan, false};
  const double observations = buckets.back().count;
  if (observations == 0) return {kNan, false};

  double rank = q * observations;
  size_t at = 0;
  while (at + 1 < buckets.size() && !(buckets[at].count >= rank)) ++at;
  if (at == buckets.size() - 1) return {buckets[buckets.size() - 2].upper_bound, forced};
  if (at == 0 && buckets.front().upper_bound <= 0) return {buckets.front().upper_bound, forced};
  double start = 0;
  double count = buckets[at].count;
  if (at > 0) {
    start = buckets[at - 1].upper_bound;
    count -= buckets[at - 1].count;
    rank -= buckets[at - 1].count;
  }
  return {start + (buckets[at].upper_bound - start) * (rank / count), forced};
}

double bucket_fraction(double lower, double upper, std::vector<Bucket>& buckets) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInf = std::numeric_limits<double>::infinity();
  if (buckets.empty()) return kNan;
  std::ranges::stable_sort(buckets, {}, &Bucket::upper_bound);
  if (buckets.back().upper_bound != kInf) return kNan;
  coalesce(buckets);
  const double observations = buckets.back().count;
  if (observations == 0 || std::isnan(lower) || std::isnan(upper)) return kNan;
  if (lower >= upper) return 0;
  // Observations at or below a value.
  const auto rank_of = [&](double value) {
    double rank = 0;
    double from = -kInf;
    for (const Bucket& bucket : buckets) {
      if (value == from) return rank;
      if (value < bucket.upper_bound) {
        if (std::isinf(from)) return bucket.count;
        return rank + (bucket.count - rank) * (value - from) / (bucket.upper_bound - from);
      }
      rank = bucket.count;
      from = bucket.upper_bound;
    }
    return observations;
  };
  const double below_lower = std::min(rank_of(lower), observations);
  const double below_upper = std::min(rank_of(upper), observations);
  return (below_upper - below_lower) / observations;
}

}  // namespace tripod::query::promql
