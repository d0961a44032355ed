// Issues and events by Sentry's web API: what scripts do with them beside listing. https://docs.sentry.io/api/events/
#include "serve/api/sentry_issues.h"

#include <algorithm>

#include "insight/traces.h"
#include "serve/api/bounds.h"
#include "serve/api/issue_actions.h"
#include "serve/api/issue_search.h"
#include "serve/api/issue_tags.h"
#include "serve/api/json_body.h"
#include "serve/api/sentry/routes.h"
#include "serve/api/thinned.h"

namespace tripod::serve {

using base::Code;
using base::JsonWriter;
using base::Result;
using store::Predicate;

namespace {

constexpr size_t kMostAtOnce = 1000;
constexpr size_t kMostHistory = 100;
constexpr size_t kMostHashes = 100;
constexpr size_t kTagValues = 10;
constexpr size_t kTagValuesOfOne = 1000;

std::unexpected<base::Error> nowhere() { return base::fail(Code::kNotFound, "The requested resource does not exist"); }

Result<HttpResponse> answer_issue(const Api& api, const HttpRequest& request, int64_t id) {
  const auto issue = api.meta.issue(id);
  if (!issue) return base::fail(issue.error());
  auto trends = app::trends_of(api, request, {&*issue, 1});
  if (!trends) return base::fail(std::move(trends.error()));
  const auto history = api.meta.issue_activity(id, kMostHistory);
  if (!history) return base::fail(history.error());
  std::string body;
  JsonWriter w(body);
  write_sentry_issue(w, api, *issue, (*trends)[issue->id], true);
  w.key("activity").begin_array();
  for (const store::IssueActivity& entry : *history) write_sentry_activity(w, entry);
  w.end_array().field("numComments", static_cast<uint64_t>(std::ranges::count(*history, store::ActivityKind::kComment, &store::IssueActivity::kind)));
  for (const auto& [key, version] : {std::pair("firstRelease", &issue->first_release), {"lastRelease", &issue->last_release}}) {
    w.key(key);
    if (version->empty()) w.null();
    else w.begin_object().field("version", *version).end_object();
  }
  for (const char* key : {"seenBy", "pluginActions", "pluginIssues", "pluginContexts", "participants"}) w.key(key).begin_array().end_array();
  w.end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> show(const Api& api, const HttpRequest& request) {
  const auto id = sentry_issue_of(api, request);
  if (!id) return base::fail(id.error());
  return answer_issue(api, request, *id);
}

Result<HttpResponse> update(const Api& api, const HttpRequest& request) {
  const auto id = sentry_issue_of(api, request);
  if (!id) return base::fail(id.error());
  const auto body = JsonBody::parse_nested(request.body);
  if (!body) return base::fail(body.error());
  const auto edit = sentry_issue_edit_of(api, request, *body);
  if (!edit) return base::fail(edit.error());
  if (auto ok = edit_issues(api, request, {&*id, 1}, *edit); !ok) return base::fail(std::move(ok.error()));
  return answer_issue(api, request, *id);
}

Result<HttpResponse> remove(const Api& api, const HttpRequest& request) {
  const auto id = sentry_issue_of(api, request);
  if (!id) return base::fail(id.error());
  if (auto ok = delete_issues(api, {&*id, 1}); !ok) return base::fail(std::move(ok.error()));
  return HttpResponse::empty(202);
}

// Those named by `id`, or else those that `query` finds; most seen first, as a merge wants them.
Result<std::vector<store::Issue>> chosen(const Api& api, const HttpRequest& request) {
  std::vector<store::Issue> out;
  const auto named = request.parameters("id");
  if (named.size() > kMostAtOnce) return base::fail(Code::kInvalidArgument, "at most " + std::to_string(kMostAtOnce) + " issues at once");
  for (const std::string_view text : named) {
    const auto id = issue_number(text);
    const auto issue = id ? standing_issue(api, *id) : Result<store::Issue>(nowhere());
    const bool is_there = issue && std::ranges::find(out, issue->id, &store::Issue::id) == out.end();
    if (is_there) out.push_back(*issue);   // ids of nothing are left out, as Sentry does
  }
  if (named.empty()) {
    auto query = issue_query_of(api, request, request.parameter("query"), true);
    if (!query) return base::fail(std::move(query.error()));
    query->limit = kMostAtOnce;
    auto found = api.meta.issues(*query, nullptr);
    if (!found) return found;
    out = std::move(*found);
  }
  std::ranges::stable_sort(out, std::greater(), &store::Issue::count);
  return out;
}

std::vector<int64_t> ids_of(const std::vector<store::Issue>& issues) {
  std::vector<int64_t> out;
  for (const store::Issue& issue : issues) out.push_back(issue.id);
  return out;
}

Result<HttpResponse> update_many(const Api& api, const HttpRequest& request) {
  if (auto ok = check_sentry_names(request); !ok) return base::fail(std::move(ok.error()));
  const auto body = JsonBody::parse_nested(request.body);
  if (!body) return base::fail(body.error());
  const auto edit = sentry_issue_edit_of(api, request, *body);
  if (!edit) return base::fail(edit.error());
  const auto issues = chosen(api, request);
  if (!issues) return base::fail(issues.error());
  if (issues->empty()) return HttpResponse::empty(204);
  const std::vector<int64_t> ids = ids_of(*issues);
  if (auto ok = edit_issues(api, request, ids, *edit); !ok) return base::fail(std::move(ok.error()));
  std::string out;
  JsonWriter w(out);
  w.begin_object();
  if (edit->resolve) w.field("status", "resolved");
  if (edit->archive) w.field("status", "ignored");
  if (edit->reopen) w.field("status", "unresolved");
  if (edit->resolve || edit->archive || edit->reopen) {
    w.key("statusDetails").begin_object();
    if (edit->resolve && edit->resolve->kind == store::Resolution::Kind::kInNextRelease) w.field("inNextRelease", true);
    if (edit->resolve && edit->resolve->kind == store::Resolution::Kind::kInRelease) w.field("inRelease", edit->resolve->release);
    w.end_object();
  }
  if (edit->merge && ids.size() > 1) {
    w.key("merge").begin_object().field("parent", std::to_string(ids[0])).key("children").begin_array();
    for (size_t i = 1; i < ids.size(); ++i) w.string(std::to_string(ids[i]));
    w.end_array().end_object();
  }
  w.end_object();
  return HttpResponse::json(std::move(out));
}

Result<HttpResponse> remove_many(const Api& api, const HttpRequest& request) {
  if (auto ok = check_sentry_names(request); !ok) return base::fail(std::move(ok.error()));
  if (request.parameters("id").empty()) return base::fail(Code::kInvalidArgument, "name the issues to delete: ?id=1&id=2");
  const auto issues = chosen(api, request);
  if (!issues) return base::fail(issues.error());
  if (auto ok = delete_issues(api, ids_of(*issues)); !ok) return base::fail(std::move(ok.error()));
  return HttpResponse::empty(204);
}

Result<HttpResponse> hashes(const Api& api, const HttpRequest& request) {
  const auto id = sentry_issue_of(api, request);
  if (!id) return base::fail(id.error());
  const auto known = api.meta.issue_hashes_of(*id);
  if (!known) return base::fail(known.error());
  auto of_issue = events_of_issue(api, *id);
  if (!of_issue) return base::fail(std::move(of_issue.error()));
  std::string body;
  JsonWriter w(body);
  w.begin_array();
  for (size_t i = 0; i < std::min(known->size(), kMostHashes); ++i) {
    const std::string& hash = (*known)[i];
    store::ScanPlan plan{.dataset = store::Dataset::kErrors, .filter = Predicate::all_of({*of_issue, Predicate::compare(Predicate::Op::kContains, "issue.hashes", hash)}), .limit = 1};
    plan.bounds = query_bounds(api.clock, request);
    const auto latest = api.events.scan(plan);
    if (!latest) return base::fail(latest.error());
    w.begin_object().field("id", hash).key("latestEvent");
    if (latest->rows.empty()) w.null();
    else write_sentry_event(w, latest->rows[0], std::to_string(*id));
    w.end_object();
  }
  w.end_array();
  return HttpResponse::json(std::move(body));
}

// Takes out what was merged into the issue and has one of these hashes.
Result<HttpResponse> unmerge(const Api& api, const HttpRequest& request) {
  const auto id = sentry_issue_of(api, request);
  if (!id) return base::fail(id.error());
  const auto members = api.meta.issue_members(*id);
  if (!members) return base::fail(members.error());
  size_t undone = 0;
  for (const int64_t member : *members) {
    const auto issue = api.meta.issue(member);
    if (member == *id || !issue || issue->merged_into != *id) continue;
    const auto known = api.meta.issue_hashes_of(member);
    if (!known) return base::fail(known.error());
    const bool is_named = std::ranges::any_of(request.parameters("id"), [&](std::string_view hash) { return std::ranges::find(*known, hash) != known->end(); });
    if (!is_named) continue;
    if (auto ok = api.meta.unmerge_issue(member, actor_of(request)); !ok) return base::fail(std::move(ok.error()));
    ++undone;
  }
  if (undone == 0) return base::fail(Code::kUnsupported, "only what was merged into an issue can be taken out of it: none of these hashes was");
  return HttpResponse::empty(202);
}

void write_facet(JsonWriter& w, const query::search::Facet& facet) {
  const std::string key = tag_name(facet.field);
  w.begin_object().field("key", key).field("name", key).field("totalValues", facet.values.rows);
  w.field("uniqueValues", static_cast<uint64_t>(facet.values.values.size())).key("topValues").begin_array();
  for (const query::search::ValueCount& value : facet.values.values) {
    w.begin_object().field("key", key).field("name", value.text).field("value", value.text).field("count", value.count).end_object();
  }
  w.end_array().end_object();
}

Result<HttpResponse> tags(const Api& api, const HttpRequest& request) {
  const auto id = sentry_issue_of(api, request);
  if (!id) return base::fail(id.error());
  const std::string_view wanted = request.path_parameter("tag");
  const auto facets = tags_of_issue(api, request, *id, wanted.empty() ? kTagValues : kTagValuesOfOne);
  if (!facets) return base::fail(facets.error());
  std::string body;
  JsonWriter w(body);
  if (wanted.empty()) w.begin_array();
  bool found = wanted.empty();
  for (const query::search::Facet& facet : facets->facets) {
    if (facet.values.values.empty() || (!wanted.empty() && tag_name(facet.field) != wanted)) continue;
    write_facet(w, facet);
    if (!wanted.empty()) {
      found = true;
      break;
    }
  }
  if (wanted.empty()) w.end_array();
  if (!found) return nowhere();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> list_notes(const Api& api, const HttpRequest& request, bool only_comments) {
  const auto id = sentry_issue_of(api, request);
  if (!id) return base::fail(id.error());
  const auto history = api.meta.issue_activity(*id, kMostAtOnce);
  if (!history) return base::fail(history.error());
  std::string body;
  JsonWriter w(body);
  if (!only_comments) w.begin_object().key("activity");
  w.begin_array();
  for (const store::IssueActivity& entry : *history) {
    if (!only_comments || entry.kind == store::ActivityKind::kComment) write_sentry_activity(w, entry);
  }
  w.end_array();
  if (!only_comments) w.end_object();
  return HttpResponse::json(std::move(body));
}

HttpResponse note_response(const store::IssueActivity& entry, int status) {
  std::string body;
  JsonWriter w(body);
  write_sentry_activity(w, entry);
  return HttpResponse::json(std::move(body), status);
}

Result<HttpResponse> add_note(const Api& api, const HttpRequest& request) {
  const auto id = sentry_issue_of(api, request);
  if (!id) return base::fail(id.error());
  const auto body = JsonBody::parse_nested(request.body);
  if (!body) return base::fail(body.error());
  const auto entry = api.meta.add_comment(*id, body->text("text").value_or(""), actor_of(request));
  if (!entry) return base::fail(entry.error());
  return note_response(*entry, 201);
}

Result<HttpResponse> set_note(const Api& api, const HttpRequest& request) {
  const auto entry = own_comment(api, request, request.path_parameter("id"), request.path_parameter("comment"));
  if (!entry) return base::fail(entry.error());
  const auto body = JsonBody::parse_nested(request.body);
  if (!body) return base::fail(body.error());
  if (auto ok = api.meta.set_comment(entry->issue, entry->id, body->text("text").value_or("")); !ok) return base::fail(std::move(ok.error()));
  const auto changed = api.meta.comment(entry->issue, entry->id);
  if (!changed) return base::fail(changed.error());
  return note_response(*changed, 200);
}

Result<HttpResponse> remove_note(const Api& api, const HttpRequest& request) {
  const auto entry = own_comment(api, request, request.path_parameter("id"), request.path_parameter("comment"));
  if (!entry) return base::fail(entry.error());
  if (auto ok = api.meta.remove_comment(entry->issue, entry->id); !ok) return base::fail(std::move(ok.error()));
  return HttpResponse::empty(204);
}

Result<std::string> neighbour(const Api& api, const store::ScanPlan& from, const store::EventRow& row, int64_t issue, store::Order order) {
  auto filter = events_beside(api, issue);
  if (!filter) return base::fail(std::move(filter.error()));
  store::ScanPlan plan{.dataset = store::Dataset::kErrors, .filter = whole_events(std::move(*filter)), .project = {"event_id"}, .order = order, .limit = 1};
  plan.has_after = true;
  plan.after = {row.time, row.sequence};
  plan.bounds = from.bounds;
  const auto result = api.events.scan(plan);
  if (!result) return base::fail(result.error());
  return result->rows.empty() ? std::string() : result->rows[0].text("event_id");
}

Result<HttpResponse> answer_event(const Api& api, const HttpRequest& request, Predicate which, store::Order order = store::Order::kNewestFirst) {
  store::ScanPlan plan{.dataset = store::Dataset::kErrors, .filter = std::move(which), .order = order, .limit = 1};
  plan.bounds = query_bounds(api.clock, request);
  const auto result = scan_for_one(api, plan);
  if (!result) return base::fail(result.error());
  if (result->rows.empty()) return base::fail(Code::kNotFound, "Event not found");
  const store::EventRow& row = result->rows[0];
  const int64_t named = issue_number(row.text("issue.id")).value_or(0);
  const auto whole = standing_issue(api, named);
  const int64_t issue = whole ? whole->id : named;
  const auto previous = neighbour(api, plan, row, issue, store::Order::kNewestFirst);
  if (!previous) return base::fail(previous.error());
  const auto next = neighbour(api, plan, row, issue, store::Order::kOldestFirst);
  if (!next) return base::fail(next.error());
  std::string body;
  JsonWriter w(body);
  write_sentry_event_details(w, row, std::to_string(issue), {*previous, *next});
  return HttpResponse::json(std::move(body));
}

Predicate by_event_id(std::string_view id) { return Predicate::equal("event_id", insight::normalise_id(id)); }

// "latest", "oldest", "recommended" or an event's id.
Result<HttpResponse> event_of_issue(const Api& api, const HttpRequest& request) {
  const auto id = sentry_issue_of(api, request);
  if (!id) return base::fail(id.error());
  auto filter = events_of_issue(api, *id);
  if (!filter) return base::fail(std::move(filter.error()));
  const std::string_view which = request.path_parameter("event_id");
  if (which == "oldest") return answer_event(api, request, std::move(*filter), store::Order::kOldestFirst);
  if (which == "latest" || which == "recommended") return answer_event(api, request, std::move(*filter));
  return answer_event(api, request, Predicate::all_of({std::move(*filter), by_event_id(which)}));
}

Result<HttpResponse> event_of_project(const Api& api, const HttpRequest& request) {
  if (auto ok = check_sentry_names(request); !ok) return base::fail(std::move(ok.error()));
  return answer_event(api, request, by_event_id(request.path_parameter("event_id")));
}

using Answer = Result<HttpResponse> (*)(const Api&, const HttpRequest&);

void add(Router& router, const Api& api, Method method, std::string pattern, Answer answer) {
  const bool deletes = method == Method::kDelete && (answer == remove || answer == remove_many);
  const Access access = deletes ? Access::kAdmin : method == Method::kGet ? Access::kRead : Access::kWrite;
  sentry::add(router, {.method = method, .pattern = std::move(pattern), .access = access}, [api, answer](const HttpRequest& request) { return answer(api, request); });
}

}  // namespace

base::Result<> check_sentry_names(const HttpRequest& request) {
  const auto is_ours = [](std::string_view name) { return name.empty() || name == "default" || name == "1"; };
  if (is_ours(request.path_parameter("organisation")) && is_ours(request.path_parameter("project"))) return {};
  return nowhere();
}

Result<int64_t> sentry_issue_of(const Api& api, const HttpRequest& request) {
  if (auto ok = check_sentry_names(request); !ok) return base::fail(std::move(ok.error()));
  const auto id = issue_number(request.path_parameter("id"));
  if (!id) return nowhere();
  const auto issue = standing_issue(api, *id);
  if (!issue && issue.error().code == Code::kNotFound) return nowhere();
  if (!issue) return base::fail(issue.error());
  return issue->id;
}

void add_sentry_issue_routes(Router& router, const Api& api) {
  for (const std::string list : {"/projects/{organisation}/{project}/issues/", "/organizations/{organisation}/issues/"}) {
    add(router, api, Method::kPut, list, update_many);
    add(router, api, Method::kDelete, list, remove_many);
  }
  for (const std::string issue : {"/issues/{id}/", "/organizations/{organisation}/issues/{id}/"}) {
    add(router, api, Method::kGet, issue, show);
    add(router, api, Method::kPut, issue, update);
    add(router, api, Method::kDelete, issue, remove);
    add(router, api, Method::kGet, issue + "events/{event_id}/", event_of_issue);
    add(router, api, Method::kGet, issue + "hashes/", hashes);
    add(router, api, Method::kDelete, issue + "hashes/", unmerge);
    add(router, api, Method::kGet, issue + "tags/", tags);
    add(router, api, Method::kGet, issue + "tags/{tag}/", tags);
    add(router, api, Method::kGet, issue + "activities/", [](const Api& a, const HttpRequest& r) { return list_notes(a, r, false); });
    for (const std::string notes : {"comments/", "notes/"}) {
      add(router, api, Method::kGet, issue + notes, [](const Api& a, const HttpRequest& r) { return list_notes(a, r, true); });
      add(router, api, Method::kPost, issue + notes, add_note);
      add(router, api, Method::kPut, issue + notes + "{comment}/", set_note);
      add(router, api, Method::kDelete, issue + notes + "{comment}/", remove_note);
    }
  }
  add(router, api, Method::kGet, "/projects/{organisation}/{project}/events/{event_id}/", event_of_project);
}

}  // namespace tripod::serve
