// Issues and their events.
#include "base/json_writer.h"
#include "insight/traces.h"
#include "pipeline/to_events.h"
#include "serve/api/app/event_json.h"
#include "serve/api/app/issue_json.h"
#include "serve/api/app/query_text.h"
#include "serve/api/app/routes.h"
#include "serve/api/bounds.h"
#include "serve/api/issue_actions.h"
#include "serve/api/issue_search.h"
#include "serve/api/json_rows.h"
#include "serve/api/request_range.h"
#include "serve/api/thinned.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;
using store::Predicate;

namespace {

Result<int64_t> issue_id_of(const HttpRequest& request) {
  const auto id = issue_number(request.path_parameter("id"));
  if (!id) return base::fail(Code::kNotFound, "no such issue");
  return *id;
}

// `error_position`: as issue_query_of() has it.
Result<store::IssueQuery> query_of(const Api& api, const HttpRequest& request, size_t* error_position) {
  const std::string_view status = request.parameter("status");
  auto asked = issue_query_of(api, request, request.parameter("query"), status.empty(), error_position);
  if (!asked) return asked;
  store::IssueQuery query = std::move(*asked);
  if (status == "unresolved") query.status = store::IssueStatus::kUnresolved;
  else if (status == "resolved") query.status = store::IssueStatus::kResolved;
  else if (status == "ignored") query.status = store::IssueStatus::kIgnored;
  else if (!status.empty() && status != "all") return base::fail(Code::kInvalidArgument, "status must be unresolved, resolved, ignored or all");
  const std::string_view sort = request.parameter("sort");
  if (sort == "first_seen") query.sort = store::IssueQuery::Sort::kFirstSeen;
  else if (sort == "count") query.sort = store::IssueQuery::Sort::kCount;
  else if (sort == "users") query.sort = store::IssueQuery::Sort::kUsers;
  else if (!sort.empty() && sort != "last_seen") return base::fail(Code::kInvalidArgument, "sort must be last_seen, first_seen, count or users");
  const auto limit = int_parameter(request, "limit", 50, 1, 500);
  if (!limit) return base::fail(limit.error());
  const auto offset = int_parameter(request, "offset", 0, 0, 1'000'000);
  if (!offset) return base::fail(offset.error());
  query.limit = static_cast<size_t>(*limit);
  query.offset = static_cast<size_t>(*offset);
  if (!request.parameter("start").empty() || !request.parameter("end").empty()) {
    const auto range = time_range_of(request, api.clock.now());
    if (!range) return base::fail(range.error());
    query.seen_since = range->start;
    query.seen_until = range->end;
  }
  return query;
}

Result<HttpResponse> list(const Api& api, const HttpRequest& request) {
  constexpr size_t kNoPlace = SIZE_MAX;
  size_t error_position = kNoPlace;
  const auto query = query_of(api, request, &error_position);
  if (!query && error_position != kNoPlace) return wrong_query(request.parameter("query"), query.error(), error_position);
  if (!query) return base::fail(query.error());
  uint64_t total = 0;
  auto issues = api.meta.issues(*query, &total);
  if (!issues) return base::fail(std::move(issues.error()));
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("issues");
  if (auto ok = write_issues(w, api, request, *issues); !ok) return base::fail(std::move(ok.error()));
  w.field("total", total).end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> detail(const Api& api, const HttpRequest& request) {
  const auto id = issue_id_of(request);
  if (!id) return base::fail(id.error());
  const auto issue = api.meta.issue(*id);
  if (!issue) return base::fail(issue.error());
  std::string body;
  JsonWriter w(body);
  if (auto ok = write_one_issue(w, api, request, *issue); !ok) return base::fail(std::move(ok.error()));
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> events(const Api& api, const HttpRequest& request) {
  const auto id = issue_id_of(request);
  if (!id) return base::fail(id.error());
  const auto limit = int_parameter(request, "limit", 50, 1, 1000);
  if (!limit) return base::fail(limit.error());
  const auto before = int_parameter(request, "before_ns", INT64_MAX, 0, INT64_MAX);
  if (!before) return base::fail(before.error());
  auto of_issue = events_of_issue(api, *id);
  if (!of_issue) return base::fail(std::move(of_issue.error()));
  store::ScanPlan plan{.dataset = store::Dataset::kErrors,
                       .range = {INT64_MIN, *before},
                       .filter = std::move(*of_issue),
                       .limit = static_cast<size_t>(*limit)};
  plan.project = {"event_id", "title", "service.version", "deployment.environment.name", "transaction", "trace_id", "user.id", std::string(pipeline::kThinnedField)};
  plan.bounds = query_bounds(api.clock, request);
  auto result = api.events.scan(plan);
  if (!result) return base::fail(std::move(result.error()));
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("events").begin_array();
  for (const store::EventRow& row : result->rows) {
    w.begin_object().field("event_id", row.text("event_id")).key("time_ns").int64_string(row.time).field("title", row.text("title"));
    w.field("release", row.text("service.version")).field("environment", row.text("deployment.environment.name"));
    w.field("transaction", row.text("transaction")).field("trace_id", row.text("trace_id")).field("user", row.text("user.id")).field("thinned", is_thinned(row)).end_object();
  }
  w.end_array().key("warnings");
  write_warnings(w, result->stats);
  w.end_object();
  return HttpResponse::json(std::move(body));
}

// The whole event of the same issue next to `row` in time, older or newer.
Result<std::string> neighbour(const Api& api, const store::QueryBounds& bounds, const store::EventRow& row, store::Order order) {
  const store::FieldValue* id = row.find("issue.id");
  const auto* number = id != nullptr ? std::get_if<int64_t>(id) : nullptr;
  if (number == nullptr) return std::string();
  auto filter = events_beside(api, *number);
  if (!filter) return base::fail(std::move(filter.error()));
  store::ScanPlan plan{.dataset = store::Dataset::kErrors, .filter = whole_events(std::move(*filter)), .project = {"event_id"}, .order = order, .limit = 1};
  plan.has_after = true;
  plan.after = {row.time, row.sequence};
  plan.bounds = bounds;
  auto result = api.events.scan(plan);
  if (!result) return base::fail(std::move(result.error()));
  return result->rows.empty() ? std::string() : result->rows[0].text("event_id");
}

Result<HttpResponse> answer_event(const Api& api, const HttpRequest& request, Predicate which, store::Order order = store::Order::kNewestFirst) {
  store::ScanPlan plan{.dataset = store::Dataset::kErrors, .filter = std::move(which), .order = order, .limit = 1};
  plan.bounds = query_bounds(api.clock, request);
  auto result = scan_for_one(api, plan);
  if (!result) return base::fail(std::move(result.error()));
  if (result->rows.empty()) return base::fail(Code::kNotFound, "no such event");
  const store::EventRow& row = result->rows[0];
  auto previous = neighbour(api, plan.bounds, row, store::Order::kNewestFirst);
  auto next = neighbour(api, plan.bounds, row, store::Order::kOldestFirst);
  if (!previous) return base::fail(std::move(previous.error()));
  if (!next) return base::fail(std::move(next.error()));
  return HttpResponse::json(event_json(row, {std::move(*previous), std::move(*next)}));
}

Result<HttpResponse> answer_end(const Api& api, const HttpRequest& request, store::Order order) {
  const auto id = issue_id_of(request);
  if (!id) return base::fail(id.error());
  auto filter = events_of_issue(api, *id);
  if (!filter) return base::fail(std::move(filter.error()));
  return answer_event(api, request, std::move(*filter), order);
}

}  // namespace

void add_issue_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/issues", Access::kRead, [api](const HttpRequest& r) { return list(api, r); });
  add(router, Method::kGet, "/issues/{id}", Access::kRead, [api](const HttpRequest& r) { return detail(api, r); });
  add(router, Method::kGet, "/issues/{id}/events", Access::kRead, [api](const HttpRequest& r) { return events(api, r); });
  add(router, Method::kGet, "/issues/{id}/events/latest", Access::kRead, [api](const HttpRequest& r) { return answer_end(api, r, store::Order::kNewestFirst); });
  add(router, Method::kGet, "/issues/{id}/events/oldest", Access::kRead, [api](const HttpRequest& r) { return answer_end(api, r, store::Order::kOldestFirst); });
  add(router, Method::kGet, "/events/{event_id}", Access::kRead, [api](const HttpRequest& r) {
    return answer_event(api, r, Predicate::equal("event_id", insight::normalise_id(r.path_parameter("event_id"))));
  });
}

}  // namespace tripod::serve::app
