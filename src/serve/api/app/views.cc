// Saved views: questions of the search bar, and dashboards, that people keep.
#include <algorithm>
#include <array>
#include <charconv>

#include "base/json_writer.h"
#include "dashboards/dashboard.h"
#include "query/search/question.h"
#include "serve/api/app/query_text.h"
#include "serve/api/app/routes.h"
#include "serve/api/app/saved.h"
#include "serve/api/json_body.h"

namespace tripod::serve::app {

using base::Code;
using base::JsonWriter;
using base::Result;
using store::Dataset;
using store::View;
using store::ViewQuery;

namespace {

constexpr size_t kMostName = 200;
constexpr size_t kMostRange = 100;
constexpr size_t kMostColumns = 100;
constexpr size_t kMostColumn = 500;

void write_view(JsonWriter& w, const View& view, const Principal& principal) {
  w.begin_object().field("id", view.id).field("name", view.name).field("query", view.query).field("dataset", view.dataset).field("range", view.range);
  w.key("columns").begin_array();
  for (const std::string& column : view.columns) w.string(column);
  w.end_array().field("shared", view.shared).field("owner", view.owner_name).field("is_mine", is_mine(view, principal));
  w.key("created_ns").int64_string(view.created).key("updated_ns").int64_string(view.updated).end_object();
}

HttpResponse view_response(const View& view, const Principal& principal, int status) {
  std::string body;
  JsonWriter w(body);
  write_view(w, view, principal);
  return HttpResponse::json(std::move(body), status);
}

// The question must be one that can be read: a view that cannot be opened is of no use.
Result<> check_query(const View& view) {
  if (view.dataset == store::kDashboardDataset) {
    const auto dashboard = dashboards::parse(view.query);
    return dashboard ? Result<>() : base::fail(dashboard.error());
  }
  std::vector<Dataset> datasets;
  for (const Dataset dataset : {Dataset::kLogs, Dataset::kSpans, Dataset::kErrors}) {
    if (view.dataset == "all" || view.dataset == store::dataset_name(dataset)) datasets.push_back(dataset);
  }
  if (datasets.empty()) return base::fail(Code::kInvalidArgument, "dataset must be logs, spans, errors, all or dashboard");
  auto question = query::search::parse_question(view.query, datasets);
  if (!question) return base::fail(Code::kInvalidArgument, "query: " + question.error().message);
  return {};
}

Result<> check_columns(const std::vector<std::string>& columns) {
  if (columns.size() > kMostColumns) return base::fail(Code::kInvalidArgument, "columns: more than " + std::to_string(kMostColumns));
  for (const std::string& column : columns) {
    if (column.empty() || column.size() > kMostColumn || column.find('\n') != std::string::npos) {
      return base::fail(Code::kInvalidArgument, "columns: a name must have 1 to " + std::to_string(kMostColumn) + " bytes and no line break");
    }
  }
  return {};
}

// What a body says, into `view`.
Result<> read_view(const HttpRequest& request, View& view) {
  const auto body = JsonBody::parse(request.body);
  if (!body) return base::fail(body.error());
  view.name = body->text("name").value_or("");
  view.query = body->text("query").value_or("");
  view.dataset = body->text("dataset").value_or("logs");
  view.range = body->text("range").value_or("");
  view.columns = body->list("columns");
  view.shared = body->flag("shared").value_or(false);
  if (view.name.empty() || view.name.size() > kMostName) return base::fail(Code::kInvalidArgument, "name must have 1 to " + std::to_string(kMostName) + " bytes");
  if (view.range.size() > kMostRange) return base::fail(Code::kInvalidArgument, "range: longer than " + std::to_string(kMostRange) + " bytes");
  if (auto ok = check_columns(view.columns); !ok) return ok;
  return check_query(view);
}

// One's own; an admin's are the shared ones too. What one may not see is not there.
Result<View> view_to_change(const Api& api, const HttpRequest& request) {
  const auto id = view_id(request.path_parameter("id"));
  if (!id) return base::fail(Code::kNotFound, "no such view");
  auto found = api.meta.view(*id);
  if (!found || is_mine(*found, request.principal)) return found;
  if (!found->shared) return base::fail(Code::kNotFound, "no such view");
  if (request.principal.has(kScopeAdmin)) return found;
  return base::fail(Code::kPermissionDenied, "the view is of " + found->owner_name + ": save one of your own");
}

// `dataset=dashboard`: the dashboards alone; else the questions alone.
Result<HttpResponse> list(const Api& api, const HttpRequest& request) {
  const auto kind = request.parameter("dataset") == store::kDashboardDataset ? ViewQuery::Kind::kDashboards : ViewQuery::Kind::kQuestions;
  const auto views = api.meta.views(visible(kind, request.principal));
  if (!views) return base::fail(views.error());
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("views").begin_array();
  for (const View& view : *views) write_view(w, view, request.principal);
  w.end_array().end_object();
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> add_view(const Api& api, const HttpRequest& request) {
  View view;
  view.owned_by_token = request.principal.kind == Principal::Kind::kToken;
  view.owner = request.principal.id;
  view.owner_name = request.principal.name;
  if (auto read = read_view(request, view); !read) return base::fail(std::move(read.error()));
  view.created = view.updated = api.clock.now();
  const auto added = api.meta.add_view(view);
  if (!added) return base::fail(added.error());
  return view_response(*added, request.principal, 201);
}

Result<HttpResponse> set_view(const Api& api, const HttpRequest& request) {
  auto view = view_to_change(api, request);
  if (!view) return base::fail(std::move(view.error()));
  if (auto read = read_view(request, *view); !read) return base::fail(std::move(read.error()));
  view->updated = api.clock.now();
  if (auto set = api.meta.set_view(*view); !set) return base::fail(std::move(set.error()));
  return view_response(*view, request.principal, 200);
}

Result<HttpResponse> remove_view(const Api& api, const HttpRequest& request) {
  const auto view = view_to_change(api, request);
  if (!view) return base::fail(view.error());
  if (auto removed = api.meta.remove_view(view->id); !removed) return base::fail(std::move(removed.error()));
  return HttpResponse::empty(204);
}

}  // namespace

bool is_mine(const View& view, const Principal& principal) {
  return view.owned_by_token == (principal.kind == Principal::Kind::kToken) && view.owner == principal.id;
}

bool may_see(const View& view, const Principal& principal) { return view.shared || is_mine(view, principal); }

ViewQuery visible(ViewQuery::Kind kind, const Principal& principal) {
  return {.kind = kind, .owned_by_token = principal.kind == Principal::Kind::kToken, .owner = principal.id};
}

std::optional<int64_t> view_id(std::string_view text) {
  int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return id;
}

void add_view_routes(Router& router, const Api& api) {
  add(router, Method::kGet, "/views", Access::kRead, [api](const HttpRequest& r) { return list(api, r); });
  add(router, Method::kPost, "/views", Access::kWrite, [api](const HttpRequest& r) { return add_view(api, r); });
  add(router, Method::kPut, "/views/{id}", Access::kWrite, [api](const HttpRequest& r) { return set_view(api, r); });
  add(router, Method::kDelete, "/views/{id}", Access::kWrite, [api](const HttpRequest& r) { return remove_view(api, r); });
}

}  // namespace tripod::serve::app
