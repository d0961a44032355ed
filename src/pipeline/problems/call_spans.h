// What of a batch performance problems are found in: queries, HTTP calls, and the requests that they are part of.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/batch.h"
#include "pipeline/problems/problems.h"

namespace tripod::pipeline::problems {

// Who sent spans. Environment and release may be empty.
struct Sender {
  uint64_t project = 0;
  std::string service, release, environment;
  std::string language;   // telemetry.sdk.language, for the platform
  bool operator==(const Sender&) const = default;
};

// A request or a job as its service sees it: a span of kind server or consumer, or one without a parent.
struct Entry {
  uint64_t span_id = 0;
  base::UnixNanos start = 0;
  base::UnixNanos end = 0;
  std::string route;      // http.route, else the span's name
};

// Where in the code a call was made, as its span says it.
struct Place {
  uint64_t span_id = 0;
  std::string text;       // "shop/views.py:41 in order_list"
};

// Spans of one trace by one sender. What one service does for one trace is judged by itself: the parent of a call is a span of the same service.
struct TracePart {
  model::TraceId trace_id;
  size_t sender = 0;      // in Tally::senders
  std::vector<CallSpan> calls;
  std::vector<Entry> entries;
  std::vector<Place> places;
};

// What a batch adds. Texts are views into the batch.
struct Tally {
  std::vector<Sender> senders;
  std::vector<TracePart> parts;
  std::unordered_map<uint64_t, std::string_view> texts;   // of patterns
  std::unordered_map<uint64_t, std::string> call_texts;   // of patterns of HTTP calls
};

// Thread-safe. Spans have current names (pipeline/normalise) and their statements (pipeline/db_statements.h). `project` is whose spans they are.
Tally tally_of(const model::Batch& batch, uint64_t project);

// A URL without what differs from one row to the next: no query, no fragment, and `{id}` for segments of the path that are numbers, UUIDs or long
// hexadecimal words. "GET http://stock/items/{id}".
std::string call_text(std::string_view method, std::string_view url);

}  // namespace tripod::pipeline::problems
