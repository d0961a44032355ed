// Sentry's web API, the parts scripts read: a project's issues and an issue's events. https://docs.sentry.io/api/events/
// Pages: https://docs.sentry.io/api/pagination/
#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/json_writer.h"
#include "serve/api/app/issue_json.h"
#include "serve/api/bounds.h"
#include "serve/api/context.h"
#include "serve/api/issue_search.h"
#include "serve/api/request_range.h"
#include "serve/api/sentry/routes.h"
#include "serve/api/sentry_issues.h"

namespace tripod::serve {

namespace {

using base::Code;
using base::JsonWriter;
using base::Result;

constexpr int64_t kMostSkipped = 100'000;   // records before a page: they are read each time

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
  if (auto ok = check_sentry_names(request); !ok) return base::fail(std::move(ok.error()));
  bool asked = false;
  for (const auto& [key, value] : request.query) asked = asked || key == "query";
  auto query = issue_query_of(api, request, asked ? request.parameter("query") : "is:unresolved", false);
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
  for (const store::Issue& issue : *found) write_sentry_issue(w, api, issue, (*trends)[issue.id]);
  w.end_array();
  return HttpResponse::json(std::move(body)).with("Link", link_header(api, request, *page, has_more));
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
  const auto id = sentry_issue_of(api, request);
  if (!id) return base::fail(id.error());
  auto filter = events_of_issue(api, *id);
  if (!filter) return base::fail(std::move(filter.error()));
  if (!request.parameter("sort").empty()) return base::fail(Code::kInvalidArgument, "Invalid sort parameter: events are newest first.");
  const auto page = page_of(request);
  if (!page) return base::fail(page.error());
  store::ScanPlan plan{.dataset = store::Dataset::kErrors, .filter = std::move(*filter), .limit = page->limit + 1};
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
  for (const store::EventRow& row : result->rows) write_sentry_event(w, row, std::to_string(*id));
  w.end_array();
  return HttpResponse::json(std::move(body)).with("Link", link_header(api, request, *page, has_more));
}

}  // namespace

void add_sentry_api_routes(Router& router, const Api& api) {
  router.shape_prefix("/api/0/", ErrorShape::kSentryApi);
  sentry::add_release_routes(router, api);
  sentry::add_session_routes(router, api);
  sentry::add_cli_routes(router, api);
  for (const char* list : {"/projects/{organisation}/{project}/issues/", "/organizations/{organisation}/issues/"}) {
    sentry::add(router, {.pattern = list}, [api](const HttpRequest& r) { return issues(api, r); });
  }
  for (const char* issue : {"/issues/{id}/events/", "/organizations/{organisation}/issues/{id}/events/"}) {
    sentry::add(router, {.pattern = issue}, [api](const HttpRequest& r) { return events(api, r); });
  }
  add_sentry_issue_routes(router, api);
}

}  // namespace tripod::serve
