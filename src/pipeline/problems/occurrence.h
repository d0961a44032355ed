// A performance problem of one request, as the event that its issue is made of.
#pragma once

#include <string>
#include <vector>

#include "model/batch.h"
#include "pipeline/problems/call_spans.h"
#include "pipeline/problems/problems.h"

namespace tripod::pipeline::problems {

struct Occurrence {
  Problem problem;
  model::TraceId trace_id;
  Sender sender;
  std::string route;                  // of the request; empty: its span never came
  int64_t request_duration = 0;       // nanoseconds; 0: not known
  std::string text;                   // the statement without values, or the call
  std::string place;                  // in the code; empty: not said
  std::vector<uint64_t> span_ids;     // the first of them, oldest first
  bool keeps_trace = false;
};

// Fields of the event beside those of an error, in the errors dataset.
namespace problem_field {
inline constexpr std::string_view kIssueType = "issue.type";
inline constexpr std::string_view kCalls = "problem.calls";                  // how many spans
inline constexpr std::string_view kCost = "problem.duration_ns";             // of wall time that they cover
inline constexpr std::string_view kShare = "problem.request_duration_ns";    // of the request that they are part of
}  // namespace problem_field

// Hash of the issue: of kind, service, route and pattern.
std::string issue_hash(const Occurrence& occurrence);
// The same for the same problem of the same trace: told twice it is stored once.
model::EventId event_id_of(const Occurrence& occurrence);
// Appends an error event with a model::Finding to `batch`, and a resource for it. `now` is when it was found.
void add_event(const Occurrence& occurrence, base::UnixNanos now, model::Batch& batch);

}  // namespace tripod::pipeline::problems
