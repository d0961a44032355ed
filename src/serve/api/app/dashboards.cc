// Dashboards: those that come with the program, those of the configured folder, and those that people saved (views.cc).
#include <algorithm>
#include <charconv>

#include "base/json_writer.h"
#include "dashboards/library.h"
#include "serve/api/app/routes.h"
#include "serve/api/app/saved.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;
using dashboards::Dashboard;
using dashboards::Library;
using store::View;

namespace {

constexpr std::string_view kSavedPrefix = "saved-";

std::string saved_id(const View& view) { return std::string(kSavedPrefix) + std::to_string(view.id); }

void write_tags(JsonWriter& w, const Dashboard& dashboard) {
  w.key("tags").begin_array();
  for (const std::string& tag : dashboard.tags) w.string(tag);
  w.end_array();
}

// Whose it is and where it comes from.
void write_origin(JsonWriter& w, const Library::Entry& entry) {
  w.field("source", entry.file.empty() ? "built_in" : "file").field("file", entry.file);
}

void write_origin(JsonWriter& w, const View& view, const Principal& principal) {
  w.field("source", "saved").field("view", view.id).field("name", view.name).field("owner", view.owner_name);
  w.field("shared", view.shared).field("is_mine", is_mine(view, principal));
}

void write_summary(JsonWriter& w, std::string_view id, std::string_view title, const Dashboard& dashboard) {
  w.field("id", id).field("title", title).field("description", dashboard.description);
  write_tags(w, dashboard);
}

Result<HttpResponse> list(const Api& api, const HttpRequest& request) {
  const auto views = api.meta.views();
  if (!views) return base::fail(views.error());
  Library::Listing found = api.dashboards.read();
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("dashboards").begin_array();
  for (const Library::Entry& entry : found.entries) {
    w.begin_object();
    write_summary(w, entry.id, entry.dashboard.title, entry.dashboard);
    write_origin(w, entry);
    w.end_object();
  }
  for (const View& view : *views) {
    if (view.dataset != kDashboard || !may_see(view, request.principal)) continue;
    const auto dashboard = dashboards::parse(view.query);
    if (!dashboard) {
      found.troubles.push_back({view.name, dashboard.error().message});
      continue;
    }
    w.begin_object();
    write_summary(w, saved_id(view), view.name, *dashboard);
    write_origin(w, view, request.principal);
    w.end_object();
  }
  w.end_array().key("troubles").begin_array();
  for (const auto& trouble : found.troubles) w.begin_object().field("file", trouble.file).field("message", trouble.message).end_object();
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

// With its text, for those who change it.
template <class Origin>
HttpResponse whole(std::string_view id, const Dashboard& dashboard, std::string_view text, Origin origin) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("id", id);
  origin(w);
  w.key("dashboard");
  write_json(dashboard, w);
  w.field("text", text).end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> saved(const Api& api, const HttpRequest& request, std::string_view number) {
  int64_t id = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), id);
  const auto none = base::fail(Code::kNotFound, "there is no such dashboard");
  if (error != std::errc() || end != number.data() + number.size()) return none;
  const auto views = api.meta.views();
  if (!views) return base::fail(views.error());
  const auto view = std::ranges::find(*views, id, &View::id);
  if (view == views->end() || view->dataset != kDashboard || !may_see(*view, request.principal)) return none;
  const auto dashboard = dashboards::parse(view->query);
  if (!dashboard) return base::fail(dashboard.error());
  return whole(saved_id(*view), *dashboard, view->query, [&](JsonWriter& w) { write_origin(w, *view, request.principal); });
}

Result<HttpResponse> one(const Api& api, const HttpRequest& request) {
  const std::string_view id = request.path_parameter("id");
  if (id.starts_with(kSavedPrefix)) return saved(api, request, id.substr(kSavedPrefix.size()));
  const Library::Listing found = api.dashboards.read();
  const auto entry = std::ranges::find(found.entries, id, &Library::Entry::id);
  if (entry == found.entries.end()) return base::fail(Code::kNotFound, "there is no such dashboard");
  return whole(entry->id, entry->dashboard, entry->text, [&](JsonWriter& w) { write_origin(w, *entry); });
}

}  // namespace

void add_dashboard_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/dashboards", Access::kRead, [api](const HttpRequest& r) { return list(api, r); });
  add(router, Method::kGet, "/dashboards/{id}", Access::kRead, [api](const HttpRequest& r) { return one(api, r); });
}

}  // namespace tripod::serve::app
