// delete: log lines by selector and filters. Requests are carried out at once and cannot be taken back, so that there is no cancelling.
// https://grafana.com/docs/loki/latest/reference/loki-http-api/#compactor
#include "base/json_writer.h"
#include "query/logql/parser.h"
#include "query/logql/pushdown.h"
#include "serve/api/loki/endpoints.h"
#include "serve/api/request_range.h"

namespace tripod::serve::loki {

using base::Code;
using base::JsonWriter;
using base::Result;

namespace {

// The start must be said: a forgotten one must not stand for an hour or for everything.
Result<store::TimeRange> deletion_range(const Api& api, const HttpRequest& request) {
  const base::UnixNanos now = api.clock.now();
  if (request.parameter("start").empty()) return base::fail(Code::kInvalidArgument, "start time not set");
  const auto start = instant(request.parameter("start"), now);
  if (!start) return base::fail(Code::kInvalidArgument, "start: " + start.error().message);
  store::TimeRange range{.start = *start, .end = now + 1};
  if (const auto text = request.parameter("end"); !text.empty()) {
    const auto end = instant(text, now);
    if (!end) return base::fail(Code::kInvalidArgument, "end: " + end.error().message);
    if (*end > now) return base::fail(Code::kInvalidArgument, "deletes in the future are not allowed");
    range.end = *end + 1;  // Loki's end is part of the range
  }
  if (range.start >= range.end) return base::fail(Code::kInvalidArgument, "start time can't be greater than end time");
  return bounded(range);
}

Result<store::Predicate> deletion_filter(const Api& api, const HttpRequest& request, store::TimeRange range) {
  const std::string_view text = request.parameter("query");
  if (text.empty()) return base::fail(Code::kInvalidArgument, "query not set");
  auto query = query::logql::parse_log_query(text);
  if (!query) return base::fail(Code::kInvalidArgument, query.error().message);
  if (query->matchers.empty()) return base::fail(Code::kInvalidArgument, "a deletion needs a selector with at least one matcher");
  auto fields = api.events.fields(store::Dataset::kLogs, range);
  if (!fields) return base::fail(std::move(fields.error()));
  query::logql::LogPlan plan = query::logql::plan_logs(*query, query::logql::FieldCatalog(*fields));
  if (!plan.stages.empty()) {
    return base::fail(Code::kInvalidArgument, "a deletion takes a selector, line filters (|= != |~ !~) and label filters on stored fields");
  }
  return std::move(plan.filter);
}

// Seconds with milliseconds, as Loki writes times.
void write_time(JsonWriter& w, std::string_view name, base::UnixNanos time) {
  w.field(name, static_cast<double>(time / base::kNanosPerMilli) / 1000.0);
}

}  // namespace

Result<HttpResponse> delete_lines(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const auto range = deletion_range(api, request);
  if (!range) return base::fail(range.error());
  auto filter = deletion_filter(api, request, *range);
  if (!filter) return base::fail(std::move(filter.error()));
  const auto removed = api.events.remove(
      {.dataset = store::Dataset::kLogs, .range = *range, .filter = std::move(*filter), .text = std::string(request.parameter("query"))});
  if (!removed) return base::fail(removed.error());
  return HttpResponse::empty(204);
}

Result<HttpResponse> list_deletions(const Api& api, HttpRequest&) {
  std::string body;
  JsonWriter w(body);
  w.begin_array();
  for (const store::Removal& removal : api.events.removals(store::Dataset::kLogs)) {
    w.begin_object().field("request_id", std::to_string(removal.id));
    write_time(w, "start_time", removal.plan.range.start);
    write_time(w, "end_time", removal.plan.range.end - 1);
    w.field("query", removal.plan.text).field("status", "received");
    write_time(w, "created_at", removal.created);
    w.end_object();
  }
  w.end_array();
  return HttpResponse::json(std::move(body));
}

}  // namespace tripod::serve::loki
