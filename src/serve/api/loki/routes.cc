#include "serve/api/context.h"
#include "serve/api/loki/endpoints.h"

namespace tripod::serve {

namespace {

using Endpoint = base::Result<HttpResponse> (*)(const Api&, HttpRequest&);

Route route_of(const Api& api, Method method, std::string pattern, Endpoint endpoint) {
  return {.method = method,
          .pattern = std::move(pattern),
          .access = Access::kRead,
          .handler =
              [api, endpoint](HttpRequest&& request, Responder responder) {
                auto response = endpoint(api, request);
                responder(response ? std::move(*response) : error_response(ErrorShape::kLoki, response.error(), request));
              },
          .errors = ErrorShape::kLoki};
}

void add(Router& router, const Api& api, Method method, std::string pattern, Endpoint endpoint, StreamKind stream = StreamKind::kNone) {
  Route route = route_of(api, method, std::move(pattern), endpoint);
  route.stream = stream;
  router.add(std::move(route));
}

void add_for_admins(Router& router, const Api& api, Method method, std::string pattern, Endpoint endpoint) {
  Route route = route_of(api, method, std::move(pattern), endpoint);
  route.access = Access::kAdmin;
  router.add(std::move(route));
}

// What is asked with a query that may be too long for a URL.
constexpr std::pair<const char*, Endpoint> kQueries[] = {
    {"query", loki::query},
    {"query_range", loki::query_range},
    {"format_query", loki::format_query},
    {"labels", loki::labels},
    {"label", loki::labels},
    {"series", loki::series},
    {"index/stats", loki::index_stats},
    {"index/volume", loki::index_volume},
    {"index/volume_range", loki::index_volume_range},
    {"detected_labels", loki::detected_labels},
    {"detected_fields", loki::detected_fields},
    {"detected_field/{name}/values", loki::detected_field_values},
    {"patterns", loki::patterns},
};

constexpr std::pair<const char*, Endpoint> kLookups[] = {
    {"/loki/api/v1/label/{name}/values", loki::label_values},
    {"/loki/api/v1/drilldown-limits", loki::drilldown_limits},
    {"/loki/api/v1/status/buildinfo", loki::build_info},
    {"/loki/api/v1/rules", loki::no_rules},
    {"/prometheus/api/v1/rules", loki::no_rule_groups},
    {"/prometheus/api/v1/alerts", loki::no_alerts},
};

}  // namespace

void add_loki_routes(Router& router, const Api& api) {
  router.shape_prefix("/loki/", ErrorShape::kLoki);
  for (const auto& [name, endpoint] : kQueries) {
    for (const Method method : {Method::kGet, Method::kPost}) add(router, api, method, std::string("/loki/api/v1/") + name, endpoint);
  }
  for (const auto& [pattern, endpoint] : kLookups) add(router, api, Method::kGet, pattern, endpoint);
  for (const Method method : {Method::kPost, Method::kPut}) add_for_admins(router, api, method, "/loki/api/v1/delete", loki::delete_lines);
  add_for_admins(router, api, Method::kGet, "/loki/api/v1/delete", loki::list_deletions);
  add(router, api, Method::kGet, "/loki/api/v1/tail", loki::tail, StreamKind::kWebsocket);
}

}  // namespace tripod::serve
