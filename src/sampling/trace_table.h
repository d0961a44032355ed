// The traces that are undecided, by trace id, and what was decided of those before.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "sampling/decision_cache.h"
#include "sampling/held_rows.h"
#include "sampling/policies.h"

namespace tripod::sampling {

// What the spans of one batch say of one trace.
struct TracePart {
  model::TraceId id;
  TraceFacts facts;
  base::UnixNanos root_end = 0;   // 0: no root among them
  uint32_t client_calls = 0;      // spans of kind client
  std::vector<std::pair<uint32_t, uint32_t>> rows;  // of the batch: first and count
};

// Where spans start of which this is known.
inline store::TimeRange range_of(const TraceFacts& facts) { return {facts.start, facts.end == INT64_MAX ? facts.end : facts.end + 1}; }

struct UndecidedTrace {
  TraceFacts facts;
  base::UnixNanos arrived = 0;          // its first span
  base::UnixNanos due = INT64_MAX;      // when its root has ended and the rest had time to come
  std::optional<PastDecision> wanted;   // it is kept so, whatever the policies say
  uint32_t client_calls = 0;
  std::vector<RowRun> runs;
};

struct DecidedTrace {
  model::TraceId id;
  PastDecision decision;
  UndecidedTrace trace;
};

// Spans of a trace that was decided before they came.
struct LateSpans {
  model::TraceId id;
  PastDecision decision;
  TraceFacts facts;
  std::vector<RowRun> runs;
};

struct TraceTableOptions {
  int64_t wait_after_root = 6 * base::kNanosPerSecond;  // an SDK sends every 5 s
  int64_t least_wait = base::kNanosPerSecond;           // after the root came, however long ago it ended
  int64_t most_wait = 60 * base::kNanosPerSecond;       // after the first span came
  size_t cached_decisions = 1u << 19;
};

// Thread-safe. Decisions are made by one thread.
class TraceTable {
 public:
  explicit TraceTable(const TraceTableOptions& options);

  // Spans that came late are left to the caller.
  std::optional<LateSpans> add(const TracePart& part, std::vector<RowRun> runs, base::UnixNanos now);

  using Decide = std::function<PastDecision(const model::TraceId&, const UndecidedTrace&)>;
  // Those whose time has come.
  std::vector<DecidedTrace> decide_due(base::UnixNanos now, const Decide& decide);
  // Before their time: about `count` of those that came first.
  std::vector<DecidedTrace> decide_oldest(size_t count, const Decide& decide);

  enum class Known : uint8_t { kUndecided, kKept, kNotKept };
  // A trace is wanted: kept when it is decided, or found to be kept already; else it is from now on, so that what comes late is kept, and the
  // caller looks after what the window has.
  Known want(const model::TraceId& id, std::string_view why);
  // What is known of a trace that was decided elsewhere.
  void remember(const model::TraceId& id, const PastDecision& decision);

  size_t traces() const;
  // About, without the rows.
  size_t memory_bytes() const;

 private:
  static constexpr size_t kShards = 16;
  static constexpr int64_t kBucket = base::kNanosPerSecond / 4;
  struct Shard {
    mutable std::mutex mu;
    // guarded by mu
    std::unordered_map<model::TraceId, UndecidedTrace, TraceIdHash> traces;
    std::map<int64_t, std::vector<model::TraceId>> due;                  // by their time, in buckets; a trace may be gone, or be due later
    std::deque<std::pair<base::UnixNanos, model::TraceId>> arrivals;     // oldest first; a trace may be gone
    std::unique_ptr<DecisionCache> decided;
  };
  Shard& shard_of(const model::TraceId& id) { return shards_[hash_of(id) % kShards]; }
  void note_root(Shard& shard, const TracePart& part, UndecidedTrace& trace, base::UnixNanos now) const;
  static void forget_arrivals(Shard& shard);
  static void settle(Shard& shard, const model::TraceId& id, const Decide& decide, std::vector<DecidedTrace>& out);

  const TraceTableOptions options_;
  std::array<Shard, kShards> shards_;
};

}  // namespace tripod::sampling
