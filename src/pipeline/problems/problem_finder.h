// Finds performance problems in what traces are made of, before anything is sampled. docs/performance-issues.md says what it takes for one.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "model/batch.h"
#include "pipeline/problems/call_spans.h"
#include "pipeline/problems/occurrence.h"
#include "pipeline/problems/problems.h"

namespace tripod::pipeline::problems {

struct FinderLimits {
  size_t bytes = 64u << 20;                            // of calls that wait for the end of their request
  size_t calls = 20'000;                               // of one request; what is more is not looked at
  size_t texts = 50'000;                               // of patterns
  int64_t after_entry = 6 * base::kNanosPerSecond;     // a request that has ended may have calls on their way: an SDK flushes every 5 s
  int64_t most_wait = 60 * base::kNanosPerSecond;      // for the end of a request
  int64_t example_every = 10 * base::kNanosPerMinute;  // of each issue so often a trace is kept whatever is sampled
};

// Thread-safe. What one service did for one trace is judged once its request (or job) has ended and `after_entry` has passed, or after `most_wait`.
// Where too much waits, the oldest is judged by what is known. All of it is in memory: a process that is killed finds nothing in the requests of its
// last seconds.
class ProblemFinder {
 public:
  // `leave_out`: whether spans that Sentry's SDK sent of a service do not count, since OpenTelemetry tells of the same requests. May be empty.
  using LeaveOut = std::function<bool(std::string_view service)>;
  ProblemFinder(const base::Clock& clock, base::MetricRegistry& registry, LeaveOut leave_out = {}, FinderLimits limits = {}, ProblemRules rules = {});

  // Of spans that are stored. Short.
  void add(Tally&& tally);
  // Problems of what is due now, the oldest first. `is_last`: of all that waits.
  std::vector<Occurrence> collect(bool is_last = false);

  size_t waiting_bytes() const;

 private:
  struct Key {
    model::TraceId trace_id;
    uint64_t sender = 0;     // hash of project and service
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const;
  };
  struct Part {
    model::TraceId trace_id;
    Sender sender;
    std::vector<CallSpan> calls;
    std::vector<Entry> entries;
    std::vector<Place> places;
    base::UnixNanos due = 0;
    size_t bytes = 0;
  };
  struct Due {
    base::UnixNanos at = 0;
    Key key;
  };
  struct Text {
    std::string text;
    base::UnixNanos used = 0;
  };

  static size_t bytes_of(const Part& part);
  // With mu_ held:
  void learn_texts(const Tally& tally, base::UnixNanos now);
  void add_part(const Key& key, const Sender& sender, TracePart&& more, base::UnixNanos now);
  void make_room();
  bool take_oldest(std::deque<Due>& queue, base::UnixNanos until, std::vector<Part>& out);
  bool is_example(const std::string& issue, base::UnixNanos now);
  // Without:
  std::vector<Occurrence> judge(Part& part) const;

  const base::Clock& clock_;
  const LeaveOut leave_out_;
  const FinderLimits limits_;
  const ProblemRules rules_;
  base::Counter& early_;
  base::Counter& not_looked_at_;
  std::array<base::Counter*, kProblemKinds> found_;

  mutable std::mutex mu_;
  // guarded by mu_
  std::unordered_map<Key, Part, KeyHash> parts_;
  std::deque<Due> ended_, waiting_;               // the oldest first; of parts that are gone too
  std::vector<Part> early_parts_;                 // to be judged with the next collection
  size_t bytes_ = 0;
  std::unordered_map<uint64_t, Text> texts_;
  std::unordered_map<std::string, base::UnixNanos> examples_;   // of each issue: when a trace was last kept
};

}  // namespace tripod::pipeline::problems
