// Sentry's web API, the parts scripts read: a project's issues and an issue's events. https://docs.sentry.io/api/events/
#include <charconv>

#include "base/json_writer.h"
#include "base/time_text.h"
#include "serve/api/app/issue_json.h"
#include "serve/api/bounds.h"
#include "serve/api/context.h"
#include "serve/api/request_range.h"

namespace tripod::serve {

namespace {

using base::Code;
using base::JsonWriter;
using base::Result;

constexpr std::string_view kOrganisation = "default";

std::string time_text(base::UnixNanos t) { return base::format_rfc3339(t); }

void write_group(JsonWriter& w, const Api& api, const store::Issue& issue, const app::Trend& trend) {
  const std::string id = std::to_string(issue.id);
  w.begin_object().field("id", id).field("shortId", app::short_id(issue)).field("title", issue.title).field("culprit", issue.culprit);
  w.field("level", issue.level).field("platform", issue.platform).field("status", store::issue_status_name(issue.status));
  w.field("count", std::to_string(issue.count)).field("userCount", issue.users).field("firstSeen", time_text(issue.first_seen));
  w.field("lastSeen", time_text(issue.last_seen)).field("type", issue.type.empty() ? "default" : "error");
  w.field("permalink", api.addresses.http + "/issues/" + id).field("logger", "");
  w.key("project").begin_object().field("id", "1").field("slug", "default").field("name", "default").end_object();
  w.key("metadata").begin_object().field("type", issue.type).field("value", issue.value).field("title", issue.title).end_object();
  w.key("stats").begin_object().key("24h").begin_array();
  for (size_t i = 0; i < trend.counts.size(); ++i) {
    const int64_t seconds = (trend.start + static_cast<int64_t>(i) * trend.step) / base::kNanosPerSecond;
    w.begin_array().int64(seconds).uint64(trend.counts[i]).end_array();
  }
  w.end_array().end_object().end_object();
}

// "is:unresolved some text": Sentry's default query and free text; other keys are said to be unsupported.
Result<store::IssueQuery> parse_query(std::string_view text) {
  store::IssueQuery query;
  while (!text.empty()) {
    const size_t blank = text.find(' ');
    const std::string_view word = text.substr(0, blank);
    text = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
    if (word.empty()) continue;
    if (word == "is:unresolved") query.status = store::IssueStatus::kUnresolved;
    else if (word == "is:resolved") query.status = store::IssueStatus::kResolved;
    else if (word == "is:ignored" || word == "is:archived") query.status = store::IssueStatus::kIgnored;
    else if (word.find(':') != std::string_view::npos) return base::fail(Code::kInvalidArgument, "unsupported search term: " + std::string(word));
    else query.text += (query.text.empty() ? "" : " ") + std::string(word);
  }
  return query;
}

Result<HttpResponse> issues(const Api& api, const HttpRequest& request) {
  if (request.path_parameter("organisation") != kOrganisation || request.path_parameter("project") != "default") {
    return base::fail(Code::kNotFound, "The requested resource does not exist");
  }
  bool asked = false;
  for (const auto& [key, value] : request.query) asked = asked || key == "query";
  auto query = parse_query(asked ? request.parameter("query") : "is:unresolved");
  if (!query) return base::fail(std::move(query.error()));
  const auto limit = int_parameter(request, "limit", 100, 1, 100);
  if (!limit) return base::fail(limit.error());
  query->limit = static_cast<size_t>(*limit);
  const auto found = api.meta.issues(*query, nullptr);
  if (!found) return base::fail(found.error());
  auto trends = app::trends_of(api, *found);
  if (!trends) return base::fail(std::move(trends.error()));
  std::string body;
  JsonWriter w(body);
  w.begin_array();
  for (const store::Issue& issue : *found) write_group(w, api, issue, (*trends)[issue.id]);
  w.end_array();
  return HttpResponse::json(std::move(body));
}

void write_event(JsonWriter& w, const store::EventRow& row, std::string_view issue) {
  const std::string id = row.text("event_id");
  w.begin_object().field("id", id).field("eventID", id).field("groupID", issue).field("projectID", row.text("project"));
  w.field("title", row.text("title")).field("message", row.text("message")).field("culprit", row.text("culprit"));
  w.field("platform", row.text("platform")).field("dateCreated", time_text(row.time)).field("type", "error");
  w.field("event.type", "error").field("location", row.text("transaction")).key("tags").begin_array();
  auto tag = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) w.begin_object().field("key", key).field("value", value).end_object();
  };
  tag("environment", row.text("deployment.environment.name"));
  tag("level", row.text("level"));
  tag("release", row.text("service.version"));
  tag("server_name", row.text("host.name"));
  tag("transaction", row.text("transaction"));
  for (const auto& [key, value] : row.fields) {
    if (key.starts_with("tags.")) tag(key.substr(5), row.text(key));
  }
  w.end_array().key("user");
  if (std::string user = row.text("user.id"); user.empty()) w.null();
  else w.begin_object().field("id", user).end_object();
  w.end_object();
}

Result<HttpResponse> events(const Api& api, const HttpRequest& request) {
  const std::string_view text = request.path_parameter("id");
  int64_t id = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (ec != std::errc() || end != text.data() + text.size() || !api.meta.issue(id)) {
    return base::fail(Code::kNotFound, "The requested resource does not exist");
  }
  const auto limit = int_parameter(request, "limit", 100, 1, 100);
  if (!limit) return base::fail(limit.error());
  store::ScanPlan plan{.dataset = store::Dataset::kErrors, .filter = store::Predicate::equal("issue.id", id), .limit = static_cast<size_t>(*limit)};
  plan.bounds = query_bounds(api.clock);
  const auto result = api.events.scan(plan);
  if (!result) return base::fail(result.error());
  std::string body;
  JsonWriter w(body);
  w.begin_array();
  for (const store::EventRow& row : result->rows) write_event(w, row, text);
  w.end_array();
  return HttpResponse::json(std::move(body));
}

void add(Router& router, std::string pattern, std::function<Result<HttpResponse>(const HttpRequest&)> answer) {
  router.add({.method = Method::kGet,
              .pattern = std::move(pattern),
              .access = Access::kRead,
              .handler =
                  [answer = std::move(answer)](HttpRequest&& request, Responder responder) {
                    auto response = answer(request);
                    responder(response ? std::move(*response) : error_response(ErrorShape::kSentryApi, response.error(), request));
                  },
              .errors = ErrorShape::kSentryApi});
}

}  // namespace

void add_sentry_api_routes(Router& router, const Api& api) {
  router.shape_prefix("/api/0/", ErrorShape::kSentryApi);
  add(router, "/api/0/projects/{organisation}/{project}/issues/", [api](const HttpRequest& r) { return issues(api, r); });
  add(router, "/api/0/issues/{id}/events/", [api](const HttpRequest& r) { return events(api, r); });
}

}  // namespace tripod::serve
