// One policy as it was written, and how policies make a decision together. The words are those of the OpenTelemetry Collector's
// tail_sampling processor; what they mean: docs/sampling.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "model/ids.h"
#include "sampling/condition.h"
#include "sampling/trace_facts.h"

namespace tripod::sampling {

enum class PolicyKind : uint8_t {
  kAlways,
  kLatency,       // of the whole trace: first start to last end
  kRootLatency,   // ours: of the longest span without a parent
  kStatus,
  kTraceFlags,
  kSpanCount,
  kCondition,     // one that spans fulfil: attributes, trace state, OTTL, routes
  kProbabilistic,
  kRate,          // tokens: spans or bytes
  kAnd,
  kNot,
  kDrop,
  kComposite,
};

struct Policy {
  std::string name;
  PolicyKind kind = PolicyKind::kAlways;
  int line = 0;                  // of the file, 1 is the first; 0: not of a file
  uint64_t id = 0;               // names its state in RateState
  int64_t least = 0, most = 0;   // latencies: nanoseconds; counts: spans; most 0: no limit
  bool ok = false, error = false, unset = false;  // status
  bool inverted = false;         // condition: invert_match
  ConditionPtr condition;
  uint64_t threshold = kNever;   // probabilistic
  double share = 0;              // probabilistic: 0 to 1
  std::string salt;              // probabilistic: not empty: by the Collector's hash of it and the trace id
  bool counts_bytes = false;     // rate
  double per_second = 0, burst = 0;  // rate; composite: per_second is of all
  std::vector<double> allocated; // composite: spans a second of each child
  std::vector<Policy> children;  // and, not, drop, composite
};

// How much of their rates policies have used. Externally synchronised; outlives a change of policies.
struct RateState {
  struct Bucket {
    double tokens = 0;
    base::UnixNanos filled = INT64_MIN;  // INT64_MIN: it is full
    double refused = 0;                  // traces that it refused and that nothing else kept, since the last that it let pass
    int64_t second = INT64_MIN;          // composite: of the counts
    std::vector<double> used;            // composite: spans of each child in that second
  };
  std::unordered_map<uint64_t, Bucket> buckets;
};

// The Collector's: "inverted" ones come of invert_match alone.
enum class Verdict : uint8_t { kNotSampled, kSampled, kInvertNotSampled, kInvertSampled, kDropped };

// What a policy says of a trace.
struct Outcome {
  Verdict verdict = Verdict::kNotSampled;
  double share = 0;         // of traces with these facts the policy samples so many, by their randomness
  uint64_t randomness = 0;  // by which one: 0 is the trace's own, else a salt's
  uint64_t limiter = 0;     // what let it pass or refused it; 0: nothing did
};

struct Evaluation {
  const model::TraceId& id;
  const TraceFacts& facts;
  RateState& rates;
  base::UnixNanos now;
};

// `consumes`: whether rates are used up; without it they let everything pass.
Outcome evaluate(const Policy& policy, const Evaluation& trace, bool consumes);

}  // namespace tripod::sampling
