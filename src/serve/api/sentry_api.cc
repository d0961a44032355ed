// Sentry's web API, the parts scripts read: a project's issues and an issue's events. https://docs.sentry.io/api/events/
// Pages: https://docs.sentry.io/api/pagination/
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

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
constexpr int64_t kMostSkipped = 100'000;   // records before a page: they are read each time

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

// One page of a list: what `limit` and `cursor` ask for.
struct Page {
  size_t offset = 0;
  size_t limit = 0;
};

// A cursor is "value:offset:is_prev"; ours count records, so that the value is 0 and pages back are just earlier offsets.
Result<Page> page_of(const HttpRequest& request) {
  const auto limit = int_parameter(request, "limit", 100, 1, 100);
  if (!limit) return base::fail(limit.error());
  Page page{.limit = static_cast<size_t>(*limit)};
  const std::string_view text = request.parameter("cursor");
  if (text.empty()) return page;
  constexpr std::string_view kValue = "0:";
  const bool has_ends = text.starts_with(kValue) && (text.ends_with(":0") || text.ends_with(":1")) && text.size() > 4;
  const std::string_view digits = has_ends ? text.substr(2, text.size() - 4) : std::string_view();
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), page.offset);
  if (digits.empty() || ec != std::errc() || end != digits.data() + digits.size() || page.offset > kMostSkipped) {
    return base::fail(Code::kInvalidArgument, "Invalid cursor parameter.");
  }
  return page;
}

std::string query_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) out += c;
    else out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

// The path as it was asked for: a percent-encoded name stays so.
std::string link_header(const Api& api, const HttpRequest& request, const Page& page, bool has_more) {
  std::string url = api.addresses.http + request.target.substr(0, request.target.find('?')) + "?";
  for (const auto& [key, value] : request.query) {
    if (key != "cursor") url += query_encode(key) + "=" + query_encode(value) + "&";
  }
  const auto link = [&](const char* rel, bool results, size_t offset, bool is_prev) {
    const std::string cursor = fmt::format("0:{}:{}", offset, is_prev ? 1 : 0);
    return fmt::format("<{}cursor={}>; rel=\"{}\"; results=\"{}\"; cursor=\"{}\"", url, cursor, rel, results, cursor);
  };
  return link("previous", page.offset > 0, page.offset - std::min(page.offset, page.limit), true) + ", " +
         link("next", has_more, page.offset + page.limit, false);
}

Result<store::IssueQuery::Sort> issue_sort_of(const HttpRequest& request) {
  using enum store::IssueQuery::Sort;
  const std::string_view sort = request.parameter("sort");
  if (sort.empty() || sort == "date") return kLastSeen;
  if (sort == "new") return kFirstSeen;
  if (sort == "freq") return kCount;
  if (sort == "user") return kUsers;
  return base::fail(Code::kInvalidArgument, "Invalid sort parameter: it must be date, new, freq or user.");
}

Result<HttpResponse> issues(const Api& api, const HttpRequest& request) {
  if (request.path_parameter("organisation") != kOrganisation || request.path_parameter("project") != "default") {
    return base::fail(Code::kNotFound, "The requested resource does not exist");
  }
  bool asked = false;
  for (const auto& [key, value] : request.query) asked = asked || key == "query";
  auto query = parse_query(asked ? request.parameter("query") : "is:unresolved");
  if (!query) return base::fail(std::move(query.error()));
  const auto sort = issue_sort_of(request);
  if (!sort) return base::fail(sort.error());
  query->sort = *sort;
  const auto page = page_of(request);
  if (!page) return base::fail(page.error());
  query->offset = page->offset;
  query->limit = page->limit + 1;
  auto found = api.meta.issues(*query, nullptr);
  if (!found) return base::fail(found.error());
  const bool has_more = found->size() > page->limit;
  if (has_more) found->pop_back();
  auto trends = app::trends_of(api, request, *found);
  if (!trends) return base::fail(std::move(trends.error()));
  std::string body;
  JsonWriter w(body);
  w.begin_array();
  for (const store::Issue& issue : *found) write_group(w, api, issue, (*trends)[issue.id]);
  w.end_array();
  return HttpResponse::json(std::move(body)).with("Link", link_header(api, request, *page, has_more));
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

// Moves the plan behind the page's offset. False where there are no more records than that.
Result<bool> skip(const Api& api, size_t offset, store::ScanPlan& plan) {
  store::ScanPlan skipped = plan;
  skipped.project = {"event_id"};
  while (offset > 0) {
    skipped.limit = offset;
    const auto result = api.events.scan(skipped);
    if (!result) return base::fail(result.error());
    if (result->rows.empty() && result->stats.incomplete) return base::fail(Code::kResourceExhausted, "the events before this page are too many to read");
    if (result->rows.empty()) return false;
    offset -= std::min(offset, result->rows.size());
    skipped.has_after = true;
    skipped.after = {result->rows.back().time, result->rows.back().sequence};
  }
  plan.has_after = skipped.has_after;
  plan.after = skipped.after;
  return true;
}

Result<HttpResponse> events(const Api& api, const HttpRequest& request) {
  const std::string_view text = request.path_parameter("id");
  int64_t id = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (ec != std::errc() || end != text.data() + text.size() || !api.meta.issue(id)) {
    return base::fail(Code::kNotFound, "The requested resource does not exist");
  }
  if (!request.parameter("sort").empty()) return base::fail(Code::kInvalidArgument, "Invalid sort parameter: events are newest first.");
  const auto page = page_of(request);
  if (!page) return base::fail(page.error());
  store::ScanPlan plan{.dataset = store::Dataset::kErrors, .filter = store::Predicate::equal("issue.id", id), .limit = page->limit + 1};
  plan.bounds = query_bounds(api.clock, request);
  const auto is_there = skip(api, page->offset, plan);
  if (!is_there) return base::fail(is_there.error());
  auto result = *is_there ? api.events.scan(plan) : store::ScanResult();
  if (!result) return base::fail(result.error());
  const bool has_more = result->rows.size() > page->limit;
  if (has_more) result->rows.pop_back();
  std::string body;
  JsonWriter w(body);
  w.begin_array();
  for (const store::EventRow& row : result->rows) write_event(w, row, text);
  w.end_array();
  return HttpResponse::json(std::move(body)).with("Link", link_header(api, request, *page, has_more));
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
