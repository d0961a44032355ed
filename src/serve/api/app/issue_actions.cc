// What people do with issues, and what was done.
#include <charconv>

#include "base/json_writer.h"
#include "serve/api/app/issue_json.h"
#include "serve/api/app/routes.h"
#include "serve/api/issue_actions.h"
#include "serve/api/issue_search.h"
#include "serve/api/json_body.h"
#include "serve/api/request_range.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;

namespace {

constexpr size_t kMostAtOnce = 1000;

Result<int64_t> issue_id_of(const HttpRequest& request) {
  const auto id = issue_number(request.path_parameter("id"));
  if (!id) return base::fail(Code::kNotFound, "no such issue");
  return *id;
}

Result<std::vector<int64_t>> ids_of(const JsonBody& body) {
  std::vector<int64_t> out;
  for (const std::string& text : body.list("ids")) {
    const auto id = issue_number(text);
    if (!id) return base::fail(Code::kInvalidArgument, "\"ids\" must be numbers of issues");
    out.push_back(*id);
  }
  if (out.empty()) return base::fail(Code::kInvalidArgument, "\"ids\" is missing");
  if (out.size() > kMostAtOnce) return base::fail(Code::kInvalidArgument, "\"ids\": at most " + std::to_string(kMostAtOnce));
  return out;
}

Result<HttpResponse> answer_issue(const Api& api, const HttpRequest& request, int64_t id) {
  const auto issue = api.meta.issue(id);
  if (!issue) return base::fail(issue.error());
  std::string body;
  JsonWriter w(body);
  if (auto ok = write_one_issue(w, api, request, *issue); !ok) return base::fail(std::move(ok.error()));
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> update(const Api& api, const HttpRequest& request) {
  const auto id = issue_id_of(request);
  if (!id) return base::fail(id.error());
  const auto body = JsonBody::parse_nested(request.body);
  if (!body) return base::fail(body.error());
  const auto edit = issue_edit_of(api, request, *body);
  if (!edit) return base::fail(edit.error());
  if (auto ok = edit_issues(api, request, {&*id, 1}, *edit); !ok) return base::fail(std::move(ok.error()));
  return answer_issue(api, request, *id);
}

HttpResponse count_response(const char* key, size_t count) {
  std::string out;
  JsonWriter w(out);
  w.begin_object().field(key, static_cast<uint64_t>(count)).end_object();
  return HttpResponse::json(std::move(out));
}

Result<HttpResponse> update_many(const Api& api, const HttpRequest& request) {
  const auto body = JsonBody::parse_nested(request.body);
  if (!body) return base::fail(body.error());
  const auto ids = ids_of(*body);
  if (!ids) return base::fail(ids.error());
  const auto edit = issue_edit_of(api, request, *body);
  if (!edit) return base::fail(edit.error());
  if (auto ok = edit_issues(api, request, *ids, *edit); !ok) return base::fail(std::move(ok.error()));
  return count_response("updated", ids->size());
}

Result<HttpResponse> remove(const Api& api, const HttpRequest& request) {
  const auto id = issue_id_of(request);
  if (!id) return base::fail(id.error());
  if (auto ok = delete_issues(api, {&*id, 1}); !ok) return base::fail(std::move(ok.error()));
  return HttpResponse::empty(204);
}

Result<HttpResponse> remove_many(const Api& api, const HttpRequest& request) {
  const auto body = JsonBody::parse_nested(request.body);
  if (!body) return base::fail(body.error());
  const auto ids = ids_of(*body);
  if (!ids) return base::fail(ids.error());
  if (auto ok = delete_issues(api, *ids); !ok) return base::fail(std::move(ok.error()));
  return count_response("deleted", ids->size());
}

Result<HttpResponse> merge(const Api& api, const HttpRequest& request) {
  const auto body = JsonBody::parse_nested(request.body);
  if (!body) return base::fail(body.error());
  const auto ids = ids_of(*body);
  if (!ids) return base::fail(ids.error());
  const auto into = body->number("into");
  if (!into) return base::fail(Code::kInvalidArgument, "\"into\" is missing: the number of the issue that the others become part of");
  if (auto ok = api.meta.merge_issues(*into, *ids, actor_of(request)); !ok) return base::fail(std::move(ok.error()));
  return answer_issue(api, request, *into);
}

Result<HttpResponse> unmerge(const Api& api, const HttpRequest& request) {
  const auto id = issue_id_of(request);
  if (!id) return base::fail(id.error());
  if (auto ok = api.meta.unmerge_issue(*id, actor_of(request)); !ok) return base::fail(std::move(ok.error()));
  return answer_issue(api, request, *id);
}

// Those merged into it, each with its own counts.
Result<HttpResponse> merged(const Api& api, const HttpRequest& request) {
  const auto id = issue_id_of(request);
  if (!id) return base::fail(id.error());
  const auto members = api.meta.issue_members(*id);
  if (!members) return base::fail(members.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("merged").begin_array();
  for (const int64_t member : *members) {
    if (member == *id) continue;
    const auto issue = api.meta.issue(member);
    if (!issue) continue;
    w.begin_object().field("id", issue->id).field("short_id", short_id(*issue)).field("title", issue->title).field("culprit", issue->culprit);
    w.field("count", issue->count).field("users", issue->users).field("merged_into", issue->merged_into);
    w.key("first_seen_ns").int64_string(issue->first_seen).key("last_seen_ns").int64_string(issue->last_seen).end_object();
  }
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> hashes(const Api& api, const HttpRequest& request) {
  const auto id = issue_id_of(request);
  if (!id) return base::fail(id.error());
  const auto members = api.meta.issue_members(*id);
  if (!members) return base::fail(members.error());
  const auto known = api.meta.issue_hashes_of(*id);
  if (!known) return base::fail(known.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("hashes").begin_array();
  for (const std::string& hash : *known) w.string(hash);
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> activity(const Api& api, const HttpRequest& request) {
  const auto id = issue_id_of(request);
  if (!id) return base::fail(id.error());
  const auto limit = int_parameter(request, "limit", 100, 1, 1000);
  if (!limit) return base::fail(limit.error());
  const auto entries = api.meta.issue_activity(*id, static_cast<size_t>(*limit));
  if (!entries) return base::fail(entries.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("activity").begin_array();
  for (const store::IssueActivity& entry : *entries) write_activity(w, api, entry);
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

HttpResponse comment_response(const Api& api, const store::IssueActivity& entry, int status) {
  std::string body;
  JsonWriter w(body);
  write_activity(w, api, entry);
  return HttpResponse::json(std::move(body), status);
}

Result<HttpResponse> add_comment(const Api& api, const HttpRequest& request) {
  const auto id = issue_id_of(request);
  if (!id) return base::fail(id.error());
  const auto body = JsonBody::parse(request.body);
  if (!body) return base::fail(body.error());
  const auto entry = api.meta.add_comment(*id, body->text("text").value_or(""), actor_of(request));
  if (!entry) return base::fail(entry.error());
  return comment_response(api, *entry, 201);
}

// One's own; an admin's are all.
Result<store::IssueActivity> comment_to_change(const Api& api, const HttpRequest& request) {
  return own_comment(api, request, request.path_parameter("id"), request.path_parameter("comment"));
}

Result<HttpResponse> set_comment(const Api& api, const HttpRequest& request) {
  const auto entry = comment_to_change(api, request);
  if (!entry) return base::fail(entry.error());
  const auto body = JsonBody::parse(request.body);
  if (!body) return base::fail(body.error());
  if (auto ok = api.meta.set_comment(entry->issue, entry->id, body->text("text").value_or("")); !ok) return base::fail(std::move(ok.error()));
  const auto changed = api.meta.comment(entry->issue, entry->id);
  if (!changed) return base::fail(changed.error());
  return comment_response(api, *changed, 200);
}

Result<HttpResponse> remove_comment(const Api& api, const HttpRequest& request) {
  const auto entry = comment_to_change(api, request);
  if (!entry) return base::fail(entry.error());
  if (auto ok = api.meta.remove_comment(entry->issue, entry->id); !ok) return base::fail(std::move(ok.error()));
  return HttpResponse::empty(204);
}

Result<HttpResponse> assignees(const Api& api) {
  const auto users = api.meta.users();
  if (!users) return base::fail(users.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("users").begin_array();
  for (const store::User& user : *users) w.begin_object().field("id", user.id).field("email", user.email).end_object();
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace

void add_issue_action_routes(Router& router, const Api& api) {
  add(router, Method::kPut, "/issues", Access::kWrite, [api](const HttpRequest& r) { return update_many(api, r); });
  add(router, Method::kDelete, "/issues", Access::kAdmin, [api](const HttpRequest& r) { return remove_many(api, r); });
  add(router, Method::kPost, "/issues/merge", Access::kWrite, [api](const HttpRequest& r) { return merge(api, r); });
  add(router, Method::kPut, "/issues/{id}", Access::kWrite, [api](const HttpRequest& r) { return update(api, r); });
  add(router, Method::kDelete, "/issues/{id}", Access::kAdmin, [api](const HttpRequest& r) { return remove(api, r); });
  add(router, Method::kPost, "/issues/{id}/unmerge", Access::kWrite, [api](const HttpRequest& r) { return unmerge(api, r); });
  add(router, Method::kGet, "/issues/{id}/merged", Access::kRead, [api](const HttpRequest& r) { return merged(api, r); });
  add(router, Method::kGet, "/issues/{id}/hashes", Access::kRead, [api](const HttpRequest& r) { return hashes(api, r); });
  add(router, Method::kGet, "/issues/{id}/activity", Access::kRead, [api](const HttpRequest& r) { return activity(api, r); });
  add(router, Method::kPost, "/issues/{id}/comments", Access::kWrite, [api](const HttpRequest& r) { return add_comment(api, r); });
  add(router, Method::kPut, "/issues/{id}/comments/{comment}", Access::kWrite, [api](const HttpRequest& r) { return set_comment(api, r); });
  add(router, Method::kDelete, "/issues/{id}/comments/{comment}", Access::kWrite, [api](const HttpRequest& r) { return remove_comment(api, r); });
  add(router, Method::kGet, "/assignees", Access::kRead, [api](const HttpRequest&) { return assignees(api); });
}

}  // namespace tripod::serve::app
