// Dashboards: those that come with the program, those of the configured folder, and those that people saved (views.cc).
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
using store::ViewQuery;

namespace {

constexpr std::string_view kSavedPrefix = "saved-";

std::string saved_id(const View& view) { return std::string(kSavedPrefix) + std::to_string(view.id); }

void write_tags(JsonWriter& w, const std::vector<std::string>& tags) {
  w.key("tags").begin_array();
  for (const std::string& tag : tags) w.string(tag);
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

void write_file(JsonWriter& w, const Library::Entry& entry) {
  w.begin_object().field("id", entry.id).field("title", entry.dashboard.title).field("description", entry.dashboard.description);
  write_tags(w, entry.dashboard.tags);
  write_origin(w, entry);
  w.end_object();
}

// Its header alone is read: its queries were looked at when it was saved. One that cannot be read any more, as after a newer
// program refuses what an older one took, stays listed with what is wrong: its owner has to mend or delete it.
void write_saved(JsonWriter& w, const View& view, const Principal& principal) {
  auto header = dashboards::parse_header(view.query);
  std::string error = header ? "" : std::move(header.error().message);
  if (!header) header.emplace();
  w.begin_object().field("id", saved_id(view)).field("title", view.name).field("description", header->description);
  write_tags(w, header->tags);
  write_origin(w, view, principal);
  if (!error.empty()) w.field("error", error);
  w.end_object();
}

Result<HttpResponse> list(const Api& api, const HttpRequest& request) {
  const auto views = api.meta.views(visible(ViewQuery::Kind::kDashboards, request.principal));
  if (!views) return base::fail(views.error());
  const Library::Listing found = api.dashboards.read();
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("dashboards").begin_array();
  for (const Library::Entry& entry : found.entries) write_file(w, entry);
  for (const View& view : *views) write_saved(w, view, request.principal);
  w.end_array().key("troubles").begin_array();
  for (const auto& trouble : found.troubles) w.begin_object().field("file", trouble.file).field("message", trouble.message).end_object();
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

// With its text, for those who change it; what is wrong instead of the dashboard where it cannot be read.
template <class Origin>
HttpResponse whole(std::string_view id, const Result<Dashboard>& dashboard, std::string_view text, Origin origin) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().field("id", id);
  origin(w);
  w.key("dashboard");
  if (dashboard) {
    write_json(*dashboard, w);
  } else {
    w.null().field("error", dashboard.error().message);
  }
  w.field("text", text).end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> saved(const Api& api, const HttpRequest& request, std::string_view number) {
  const auto none = base::fail(Code::kNotFound, "there is no such dashboard");
  const auto id = view_id(number);
  if (!id) return none;
  const auto view = api.meta.view(*id);
  if (!view && view.error().code != Code::kNotFound) return base::fail(view.error());
  if (!view || view->dataset != store::kDashboardDataset || !may_see(*view, request.principal)) return none;
  return whole(saved_id(*view), dashboards::parse(view->query), view->query, [&](JsonWriter& w) { write_origin(w, *view, request.principal); });
}

Result<HttpResponse> one(const Api& api, const HttpRequest& request) {
  const std::string_view id = request.path_parameter("id");
  if (id.starts_with(kSavedPrefix)) return saved(api, request, id.substr(kSavedPrefix.size()));
  auto entry = api.dashboards.find(id);
  if (!entry) return base::fail(std::move(entry.error()));
  const Result<Dashboard> dashboard = std::move(entry->dashboard);
  return whole(entry->id, dashboard, entry->text, [&](JsonWriter& w) { write_origin(w, *entry); });
}

}  // namespace

void add_dashboard_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/dashboards", Access::kRead, [api](const HttpRequest& r) { return list(api, r); });
  add(router, Method::kGet, "/dashboards/{id}", Access::kRead, [api](const HttpRequest& r) { return one(api, r); });
}

}  // namespace tripod::serve::app
