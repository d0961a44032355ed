// Sentry's API of what came beside events: feedback of users, files. https://docs.sentry.io/api/projects/list-a-projects-user-feedback/
#include "base/time_text.h"
#include "insight/links.h"
#include "items/item_keeper.h"
#include "serve/api/item_json.h"
#include "serve/api/request_range.h"
#include "serve/api/sentry/routes.h"

namespace tripod::serve {

namespace {

using base::Code;
using base::JsonWriter;
using base::Result;

Result<> check_path(const HttpRequest& request) {
  if (request.path_parameter("organisation") == "default" && request.path_parameter("project") == "default") return {};
  return base::fail(Code::kNotFound, "The requested resource does not exist");
}

Result<HttpResponse> feedback(const Api& api, const HttpRequest& request) {
  if (auto ok = check_path(request); !ok) return base::fail(std::move(ok.error()));
  const auto limit = int_parameter(request, "limit", 100, 1, 100);
  if (!limit) return base::fail(limit.error());
  const auto rows = api.items.keeper.feedback(0, INT64_MAX, static_cast<size_t>(*limit));
  if (!rows) return base::fail(rows.error());
  std::string body;
  JsonWriter w(body);
  w.begin_array();
  for (const store::FeedbackRow& row : *rows) {
    const model::UserFeedback& f = row.feedback;
    w.begin_object().field("id", std::to_string(row.id)).field("eventID", f.event_id.empty() ? std::string() : f.event_id.hex());
    w.field("name", f.name).field("email", f.email).field("comments", f.message).field("dateCreated", base::format_rfc3339(f.time)).key("issue");
    if (row.issue == 0) w.null();
    else w.begin_object().field("id", std::to_string(row.issue)).end_object();
    w.end_object();
  }
  w.end_array();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> attachments(const Api& api, const HttpRequest& request) {
  if (auto ok = check_path(request); !ok) return base::fail(std::move(ok.error()));
  const auto rows = api.items.store.attachments_of(insight::normalise_id(request.path_parameter("event_id")));
  if (!rows) return base::fail(rows.error());
  std::string body;
  JsonWriter w(body);
  w.begin_array();
  for (const store::AttachmentRow& row : *rows) {
    w.begin_object().field("id", row.id).field("event_id", row.event_id).field("type", row.attachment_type).field("name", row.name);
    w.field("mimetype", row.content_type).field("size", row.bytes).field("dateCreated", base::format_rfc3339(row.created)).end_object();
  }
  w.end_array();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> file(const Api& api, const HttpRequest& request) {
  if (auto ok = check_path(request); !ok) return base::fail(std::move(ok.error()));
  return download(api, std::string(request.path_parameter("attachment")));
}

using Answer = Result<HttpResponse> (*)(const Api&, const HttpRequest&);

void add(Router& router, const Api& api, std::string pattern, Answer answer) {
  sentry::add(router, {.pattern = std::move(pattern)}, [api, answer](const HttpRequest& request) { return answer(api, request); });
}

}  // namespace

void add_sentry_feedback_routes(Router& router, const Api& api) {
  const std::string project = "/projects/{organisation}/{project}/";
  add(router, api, project + "user-feedback/", feedback);
  add(router, api, project + "events/{event_id}/attachments/", attachments);
  add(router, api, project + "events/{event_id}/attachments/{attachment}/", file);
}

}  // namespace tripod::serve
