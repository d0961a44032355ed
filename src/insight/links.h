// Everything that is linked to an id: by records that hold two identities (exact), or by evidence (probable). docs/joining.md
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "insight/traces.h"
#include "store/events/event_store.h"

namespace tripod::insight {

struct Identity {
  std::string kind;        // "trace_id", "sentry_trace_id", "request_id", "event_id", "task_id", "session"
  std::string value;
  bool is_exact = true;    // false: by evidence
  std::string evidence;    // why they belong together
};

struct LinkedError {
  std::string event_id;
  int64_t issue = 0;
  std::string title;
  base::UnixNanos time = 0;
  std::string trace_id;    // Sentry's
  std::string span_id;
};

struct Links {
  std::string id;
  std::vector<Identity> identities;
  std::vector<TraceSummary> traces;
  std::vector<LinkedError> errors;
  uint64_t log_count = 0;
  std::string log_query;              // in the search language; empty when no identity is carried by logs
  store::TimeRange log_range;         // around the linked records, for the query
  std::optional<std::string> hint;    // how to make a probable link exact
  std::vector<std::string> warnings;
};

// Thread-safe; all work happens in the calling thread. An id nothing is known of gives empty links.
base::Result<Links> find_links(store::EventStore& events, std::string_view id, const store::QueryBounds& bounds);

}  // namespace tripod::insight
