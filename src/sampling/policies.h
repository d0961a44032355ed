// What decides whether a trace is kept.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "model/batch.h"

namespace tripod::sampling {

// What is known of a trace's spans. Consistent probability: https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
struct TraceFacts {
  base::UnixNanos start = INT64_MAX, end = INT64_MIN;
  int64_t longest_root = 0;       // nanoseconds, of spans without a parent
  uint32_t spans = 0;
  bool has_error = false;
  uint64_t threshold = 0;         // ot=th of who sampled before, 56 bits
  uint64_t randomness = UINT64_MAX;  // ot=rv; UINT64_MAX: the trace id's low 56 bits

  void merge(const TraceFacts& other);
};

struct Decision {
  bool kept = false;
  std::string_view policy;
  double adjusted_count = 1;
};

struct RateState {};

// Immutable, thread-safe: errors and slow roots always, of the rest a share.
class Policies {
 public:
  Policies(int64_t slow, double percentage);
  void observe(const model::Span& span, const model::Resource& resource, const model::Scope& scope, TraceFacts& facts) const;
  Decision decide(const model::TraceId& id, const TraceFacts& facts, RateState& rates, base::UnixNanos now) const;

 private:
  const int64_t slow_;
  const uint64_t threshold_;
};

}  // namespace tripod::sampling
