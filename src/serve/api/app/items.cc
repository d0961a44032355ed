// What came beside events: items that SDKs did not send, feedback, files. docs/protocols/sentry.md
#include <charconv>

#include "insight/links.h"
#include "items/item_keeper.h"
#include "serve/api/app/routes.h"
#include "serve/api/item_json.h"
#include "serve/api/request_range.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;

namespace {

Result<HttpResponse> discarded(const Api& api, const HttpRequest& request) {
  const auto range = time_range_of(request, api.clock.now(), 30 * base::kNanosPerDay);
  if (!range) return base::fail(range.error());
  // Whole days: the one that the range begins in is of it.
  const auto rows = api.items.store.discarded(range->start - range->start % base::kNanosPerDay, range->end);
  if (!rows) return base::fail(rows.error());
  uint64_t total = 0;
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("discarded").begin_array();
  for (const store::DiscardedRow& row : *rows) {
    total += row.quantity;
    w.begin_object().key("day_ns").int64_string(row.day).field("project", row.project).field("category", row.category).field("reason", row.reason);
    w.field("quantity", row.quantity).end_object();
  }
  w.end_array().field("total", total).end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> feedback_of(const Api& api, const HttpRequest& request, int64_t issue) {
  const auto limit = int_parameter(request, "limit", 100, 1, 1000);
  if (!limit) return base::fail(limit.error());
  const auto before = int_parameter(request, "before", INT64_MAX, 1, INT64_MAX);
  if (!before) return base::fail(before.error());
  const auto rows = api.items.keeper.feedback(issue, *before, static_cast<size_t>(*limit));
  if (!rows) return base::fail(rows.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("feedback").begin_array();
  for (const store::FeedbackRow& row : *rows) write_feedback(w, row);
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> feedback_of_issue(const Api& api, const HttpRequest& request) {
  const std::string_view text = request.path_parameter("id");
  int64_t id = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (ec != std::errc() || end != text.data() + text.size() || id <= 0) return base::fail(Code::kNotFound, "no such issue");
  if (const auto issue = api.meta.issue(id); !issue) return base::fail(issue.error());
  return feedback_of(api, request, id);
}

Result<HttpResponse> attachments(const Api& api, const HttpRequest& request) {
  const auto rows = api.items.store.attachments_of(insight::normalise_id(request.path_parameter("event_id")));
  if (!rows) return base::fail(rows.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("attachments").begin_array();
  for (const store::AttachmentRow& row : *rows) write_attachment(w, row);
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace

void add_item_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/discarded", Access::kRead, [api](const HttpRequest& r) { return discarded(api, r); });
  add(router, Method::kGet, "/feedback", Access::kRead, [api](const HttpRequest& r) { return feedback_of(api, r, 0); });
  add(router, Method::kGet, "/issues/{id}/feedback", Access::kRead, [api](const HttpRequest& r) { return feedback_of_issue(api, r); });
  add(router, Method::kGet, "/events/{event_id}/attachments", Access::kRead, [api](const HttpRequest& r) { return attachments(api, r); });
  add(router, Method::kGet, "/attachments/{id}", Access::kRead, [api](const HttpRequest& r) { return download(api, std::string(r.path_parameter("id"))); });
}

}  // namespace tripod::serve::app
