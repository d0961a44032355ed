#include "serve/api/app/routes.h"

namespace tripod::serve {

namespace app {

void add(Router& router, Method method, std::string pattern, Access access, Answer answer) {
  router.add({.method = method,
              .pattern = "/api/app" + pattern,
              .access = access,
              .handler =
                  [answer = std::move(answer)](HttpRequest&& request, Responder responder) {
                    auto response = answer(request);
                    responder(response ? std::move(*response) : error_response(ErrorShape::kApp, response.error(), request));
                  },
              .pool = Pool::kQuery,
              .errors = ErrorShape::kApp});
}

}  // namespace app

void add_app_routes(Router& router, const Api& api) {
  router.shape_prefix("/api/app/", ErrorShape::kApp);
  app::add_session_routes(router, api);
  app::add_setup_routes(router, api);
  app::add_overview_routes(router, api);
  app::add_service_map_routes(router, api);
  app::add_issue_routes(router, api);
  app::add_release_routes(router, api);
  app::add_issue_action_routes(router, api);
  app::add_issue_detail_routes(router, api);
  app::add_grouping_routes(router, api);
  app::add_rule_routes(router, api);
  app::add_item_routes(router, api);
  app::add_monitor_routes(router, api);
  app::add_search_routes(router, api);
  app::add_field_routes(router, api);
  app::add_view_routes(router, api);
  app::add_dashboard_routes(router, api);
  app::add_tail_routes(router, api);
  app::add_trace_routes(router, api);
  app::add_deletion_routes(router, api);
  app::add_series_routes(router, api);
  app::add_metric_routes(router, api);
}

}  // namespace tripod::serve
