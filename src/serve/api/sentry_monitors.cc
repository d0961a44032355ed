// Sentry's API of cron monitors, as far as it reads. https://docs.sentry.io/api/crons/
#include "monitor/service.h"
#include "serve/api/context.h"
#include "serve/api/monitor_json.h"
#include "serve/api/request_range.h"
#include "serve/api/sentry/routes.h"

namespace tripod::serve {

namespace {

using base::Code;
using base::JsonWriter;
using base::Result;
using monitor::Board;

constexpr std::string_view kDefault = "default";

Result<> check_path(const HttpRequest& request) {
  const std::string_view project = request.path_parameter("project");
  if (request.path_parameter("organisation") == kDefault && (project.empty() || project == kDefault)) return {};
  return base::fail(Code::kNotFound, "The requested resource does not exist");
}

// By its slug, or its id.
Result<Board::View> monitor_of(const Api& api, const HttpRequest& request) {
  if (auto ok = check_path(request); !ok) return base::fail(std::move(ok.error()));
  const std::string_view name = request.path_parameter("monitor");
  for (Board::View& view : api.monitors.service.monitors()) {
    if (view.monitor.slug == name || std::to_string(view.monitor.id) == name) return std::move(view);
  }
  return base::fail(Code::kNotFound, "The requested resource does not exist");
}

Result<HttpResponse> list(const Api& api, const HttpRequest& request) {
  if (auto ok = check_path(request); !ok) return base::fail(std::move(ok.error()));
  const std::string_view text = request.parameter("query");
  std::string body;
  JsonWriter w(body);
  w.begin_array();
  for (const Board::View& view : api.monitors.service.monitors()) {
    if (text.empty() || view.monitor.slug.find(text) != std::string::npos) write_sentry_monitor(w, view);
  }
  w.end_array();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> detail(const Api& api, const HttpRequest& request) {
  const auto view = monitor_of(api, request);
  if (!view) return base::fail(view.error());
  std::string body;
  JsonWriter w(body);
  write_sentry_monitor(w, *view);
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> check_ins(const Api& api, const HttpRequest& request) {
  const auto view = monitor_of(api, request);
  if (!view) return base::fail(view.error());
  const auto limit = int_parameter(request, "per_page", 100, 1, 100);
  if (!limit) return base::fail(limit.error());
  const auto rows = api.monitors.store.check_ins({.monitor = view->monitor.id,
                                                  .environment = std::string(request.parameter("environment")),
                                                  .limit = static_cast<size_t>(*limit)});
  if (!rows) return base::fail(rows.error());
  std::string body;
  JsonWriter w(body);
  w.begin_array();
  for (const store::CheckInRow& row : *rows) write_sentry_check_in(w, row);
  w.end_array();
  return HttpResponse::json(std::move(body));
}

using Answer = Result<HttpResponse> (*)(const Api&, const HttpRequest&);

void add(Router& router, const Api& api, std::string pattern, Answer answer) {
  sentry::add(router, {.pattern = std::move(pattern)}, [api, answer](const HttpRequest& request) { return answer(api, request); });
}

}  // namespace

void add_sentry_monitor_routes(Router& router, const Api& api) {
  add(router, api, "/organizations/{organisation}/monitors/", list);
  for (const std::string prefix : {"/organizations/{organisation}/monitors/{monitor}/", "/projects/{organisation}/{project}/monitors/{monitor}/"}) {
    add(router, api, prefix, detail);
    add(router, api, prefix + "checkins/", check_ins);
  }
}

}  // namespace tripod::serve
