// Cron monitors: list, one with its check-ins, mute, delete. docs/protocols/sentry.md
#include <charconv>

#include "monitor/service.h"
#include "serve/api/app/routes.h"
#include "serve/api/json_body.h"
#include "serve/api/monitor_json.h"
#include "serve/api/request_range.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;
using monitor::Board;

namespace {

Result<Board::View> monitor_of(const Api& api, const HttpRequest& request) {
  const std::string_view text = request.path_parameter("id");
  int64_t id = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool is_number = ec == std::errc() && end == text.data() + text.size();
  for (Board::View& view : api.monitors.service.monitors()) {
    if (is_number && view.monitor.id == id) return std::move(view);
  }
  return base::fail(Code::kNotFound, "no such monitor");
}

Result<HttpResponse> list(const Api& api) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("monitors").begin_array();
  for (const Board::View& view : api.monitors.service.monitors()) write_monitor(w, view);
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

HttpResponse answer(const Board::View& view) {
  std::string body;
  JsonWriter w(body);
  write_monitor(w, view);
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> detail(const Api& api, const HttpRequest& request) {
  const auto view = monitor_of(api, request);
  if (!view) return base::fail(view.error());
  return answer(*view);
}

Result<HttpResponse> check_ins(const Api& api, const HttpRequest& request) {
  const auto view = monitor_of(api, request);
  if (!view) return base::fail(view.error());
  const auto limit = int_parameter(request, "limit", 100, 1, 10'000);
  if (!limit) return base::fail(limit.error());
  const auto range = time_range_of(request, api.clock.now(), 30 * base::kNanosPerDay);
  if (!range) return base::fail(range.error());
  const auto rows = api.monitors.store.check_ins({.monitor = view->monitor.id,
                                                  .environment = std::string(request.parameter("environment")),
                                                  .since = range->start,
                                                  .until = range->end,
                                                  .limit = static_cast<size_t>(*limit) + 1});
  if (!rows) return base::fail(rows.error());
  const size_t shown = std::min(rows->size(), static_cast<size_t>(*limit));
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("check_ins").begin_array();
  for (size_t i = 0; i < shown; ++i) write_check_in(w, (*rows)[i]);
  w.end_array().field("has_more", rows->size() > shown).end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> update(const Api& api, const HttpRequest& request) {
  const auto view = monitor_of(api, request);
  if (!view) return base::fail(view.error());
  const auto body = JsonBody::parse(request.body);
  if (!body) return base::fail(body.error());
  const auto muted = body->flag("muted");
  if (!muted) return base::fail(Code::kInvalidArgument, "\"muted\" must be true or false");
  if (auto done = api.monitors.service.set_muted(view->monitor.id, *muted); !done) return base::fail(std::move(done.error()));
  return detail(api, request);
}

Result<HttpResponse> remove(const Api& api, const HttpRequest& request) {
  const auto view = monitor_of(api, request);
  if (!view) return base::fail(view.error());
  if (auto done = api.monitors.service.remove(view->monitor.id); !done) return base::fail(std::move(done.error()));
  return HttpResponse::empty(204);
}

}  // namespace

void add_monitor_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/monitors", Access::kRead, [api](const HttpRequest&) { return list(api); });
  add(router, Method::kGet, "/monitors/{id}", Access::kRead, [api](const HttpRequest& r) { return detail(api, r); });
  add(router, Method::kGet, "/monitors/{id}/check_ins", Access::kRead, [api](const HttpRequest& r) { return check_ins(api, r); });
  add(router, Method::kPut, "/monitors/{id}", Access::kWrite, [api](const HttpRequest& r) { return update(api, r); });
  add(router, Method::kDelete, "/monitors/{id}", Access::kWrite, [api](const HttpRequest& r) { return remove(api, r); });
}

}  // namespace tripod::serve::app
