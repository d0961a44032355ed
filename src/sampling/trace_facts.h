// What the spans of a trace say that policies ask for: made span by span, so that a decision needs no span.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "model/batch.h"

namespace tripod::sampling {

// Names a condition by what it asks, so that facts outlive a change of policies.
using ConditionId = uint64_t;

// Consistent probability: https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
// A trace is kept where its randomness R is at least the threshold T, both of 56 bits.
inline constexpr uint64_t kNever = uint64_t{1} << 56;

// What `ot=` of a tracestate says: "th" (T, hexadecimal without trailing zeros) and "rv" (R, 14 hexadecimal digits).
struct ProbabilityState {
  std::optional<uint64_t> threshold;
  std::optional<uint64_t> randomness;
};
// What is malformed is not there, as the specification wants it.
ProbabilityState probability_state(std::string_view trace_state);
// R of a trace whose tracestate does not say it: the low 56 bits of its id.
uint64_t randomness_of(const model::TraceId& id);
// T for a share of 0 to 1; of a share that is too small for 56 bits: kNever.
uint64_t threshold_of(double share);
double share_of(uint64_t threshold);

struct TraceFacts {
  base::UnixNanos start = INT64_MAX, end = INT64_MIN;
  int64_t longest_root = -1;         // nanoseconds, of spans without a parent; below 0: none has come
  uint32_t spans = 0;
  uint64_t bytes = 0;                // of texts and numbers of the spans; counted only where a policy asks for it
  bool has_error = false, has_ok = false, has_unset = false;  // a span with that status
  bool is_flagged = false;           // a span with W3C's flag "sampled"
  uint64_t threshold = 0;            // ot=th of who sampled before
  uint64_t randomness = UINT64_MAX;  // ot=rv; UINT64_MAX: the trace id's low 56 bits
  std::vector<ConditionId> matched;  // conditions that a span fulfilled; few, each once

  bool has(ConditionId id) const;
  void set(ConditionId id);
  void merge(const TraceFacts& other);
};

}  // namespace tripod::sampling
