#include "insight/evidence.h"

#include <array>
#include <cstdlib>

#include "base/clock.h"
#include "insight/spans.h"
#include "insight/traces.h"

namespace tripod::insight {

using base::Result;
using store::Dataset;
using store::EventRow;
using store::Predicate;

namespace {

constexpr int64_t kTolerance = 50 * base::kNanosPerMilli;
constexpr int64_t kLongestRequest = 5 * base::kNanosPerMinute;
constexpr size_t kMostCandidates = 200;

std::string path_of(const EventRow& row) {
  std::string path = row.text("url.path");
  return path.empty() ? path_of_url(row.text("url.full")) : path;
}

std::string method_of(const EventRow& row) { return row.text("http.request.method"); }

std::string milliseconds(int64_t nanos) { return std::to_string(std::llabs(nanos) / base::kNanosPerMilli) + " ms"; }

struct Request {
  std::string_view source;  // of the server span
  std::string path;
  std::string method;
};

// When the server span began, and how long it lasted at least.
struct Slice {
  store::TimeRange began;
  int64_t shortest = 0;
};

// nullopt: too many to tell them apart. Path, method and duration are asked of the store, so that what else went on does not count.
Result<std::optional<std::vector<EventRow>>> server_spans(store::EventStore& events, const Request& request, const Slice& slice,
                                                          const store::QueryBounds& bounds) {
  Predicate path = Predicate::any_of({Predicate::equal("url.path", request.path), Predicate::negate(Predicate::exists("url.path"))});
  store::ScanPlan plan{.dataset = Dataset::kSpans,
                       .range = slice.began,
                       .filter = Predicate::all_of({Predicate::equal("kind", std::string("server")),
                                                    Predicate::equal("source", std::string(request.source)),
                                                    Predicate::equal("http.request.method", request.method), std::move(path),
                                                    Predicate::compare(Predicate::Op::kGreaterEqual, "duration_ns", slice.shortest)}),
                       .limit = kMostCandidates};
  plan.project = {"trace_id", "duration_ns", "url.path", "url.full"};
  plan.bounds = bounds;
  auto rows = scan_spans(events, std::move(plan));
  if (!rows) return base::fail(std::move(rows.error()));
  if (rows->has_more) return std::nullopt;
  std::erase_if(rows->rows, [&](const EventRow& row) { return path_of(row) != request.path; });
  return std::move(rows->rows);
}

// Where the request of an error at `time` can have begun: what began long before must have lasted that long.
std::array<Slice, 3> slices_before(base::UnixNanos time) {
  constexpr int64_t kShort = base::kNanosPerSecond;
  constexpr int64_t kLong = 30 * base::kNanosPerSecond;
  return {{{{time - kShort, time + kTolerance}, 0},
           {{time - kLong, time - kShort}, kShort - kTolerance},
           {{time - kLongestRequest, time - kLong}, kLong - kTolerance}}};
}

}  // namespace

std::string path_of_url(std::string_view url) {
  if (const size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    const size_t slash = url.find('/', scheme + 3);
    url = slash == std::string_view::npos ? "/" : url.substr(slash);
  }
  return std::string(url.substr(0, url.find_first_of("?#")));
}

Result<std::optional<Evidence>> otel_trace_of_event(store::EventStore& events, const EventRow& event, const store::QueryBounds& bounds) {
  const std::string path = path_of(event);
  const std::string method = method_of(event);
  if (path.empty() || method.empty()) return std::nullopt;
  std::optional<Evidence> found;
  for (const Slice& slice : slices_before(event.time)) {
    auto spans = server_spans(events, {"otel", path, method}, slice, bounds);
    if (!spans) return base::fail(std::move(spans.error()));
    if (!*spans) return std::nullopt;
    for (const EventRow& span : **spans) {
      if (event.time > span.time + duration_of(span) + kTolerance) continue;
      if (found) return std::nullopt;
      found = Evidence{span.text("trace_id"), method + " " + path + ": the error lies within the only server span of that path, " +
                                                  milliseconds(event.time - span.time) + " after its start"};
    }
  }
  return found;
}

Result<std::optional<Evidence>> twin_of_server_span(store::EventStore& events, const EventRow& span, const store::QueryBounds& bounds) {
  const std::string path = path_of(span);
  const std::string method = method_of(span);
  if (path.empty() || method.empty()) return std::nullopt;
  const std::string_view other = span.text("source") == "sentry" ? "otel" : "sentry";
  auto candidates = server_spans(events, {other, path, method}, {{span.time - kTolerance, span.time + kTolerance}, 0}, bounds);
  if (!candidates) return base::fail(std::move(candidates.error()));
  if (!*candidates) return std::nullopt;
  std::optional<Evidence> found;
  for (const EventRow& twin : **candidates) {
    const int64_t end_apart = twin.time + duration_of(twin) - span.time - duration_of(span);
    if (std::llabs(end_apart) > kTolerance) continue;
    if (found) return std::nullopt;
    found = Evidence{twin.text("trace_id"), method + " " + path + ": starts " + milliseconds(twin.time - span.time) + " and ends " +
                                                milliseconds(end_apart) + " apart, no other request fits"};
  }
  return found;
}

Result<std::vector<Evidence>> events_of_otel_span(store::EventStore& events, const EventRow& span, const store::QueryBounds& bounds) {
  store::ScanPlan plan{.dataset = Dataset::kErrors,
                       .range = {span.time, span.time + duration_of(span) + kTolerance},
                       .limit = kMostCandidates};
  plan.project = {"event_id", "url.full", "http.request.method"};
  plan.bounds = bounds;
  auto rows = events.scan(plan);
  if (!rows) return base::fail(std::move(rows.error()));
  std::vector<Evidence> out;
  for (const EventRow& event : rows->rows) {
    auto trace = otel_trace_of_event(events, event, bounds);
    if (!trace) return base::fail(std::move(trace.error()));
    if (*trace && (*trace)->value == span.text("trace_id")) out.push_back({event.text("event_id"), (*trace)->text});
  }
  return out;
}

}  // namespace tripod::insight
