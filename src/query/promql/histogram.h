// Quantiles of classic histograms: cumulative buckets with their upper bounds.
#pragma once

#include <vector>

namespace tripod::query::promql {

struct Bucket {
  double upper_bound = 0;
  double count = 0;  // of observations up to the bound
};

struct BucketQuantile {
  double value = 0;
  bool forced_monotonic =
      false;  // a count fell from one bound to the next by more than rounding explains
};

// Linear inside a bucket; in the +Inf bucket the highest finite bound. Counts that fall are raised
// to their predecessor's, and differences below 1e-12 are taken for rounding. NaN where there is no
// +Inf bucket or no observation. Reorders and repairs `buckets`.
BucketQuantile bucket_quantile(double q, std::vector<Bucket>& buckets);

// The share of observations between two values, by the same linear interpolation; what lies in a
// bucket without a finite bound on that side is not counted. Sorts and merges `buckets`. NaN
// without a +Inf bucket or without observations.
double bucket_fraction(double lower, double upper, std::vector<Bucket>& buckets);

}  // namespace tripod::query::promql
