#include "serve/api/context.h"
#include "serve/ingest/intake.h"
#include "serve/ui/routes.h"

namespace tripod::serve {

void add_all_routes(Router& router, const Intake& intake, const Api& api) {
  add_otlp_routes(router, intake);
  add_sentry_routes(router, intake);
  add_loki_push_routes(router, intake);
  add_json_lines_routes(router, intake);
  add_metrics_text_routes(router, intake);
  add_remote_write_routes(router, intake);
  add_syslog_push_routes(router, intake);
  add_elasticsearch_routes(router, intake);
  add_cloudwatch_routes(router, intake, api.meta);
  add_app_routes(router, api);
  add_prometheus_routes(router, api);
  add_loki_routes(router, api);
  add_jaeger_routes(router, api);
  add_sentry_api_routes(router, api);
  add_sentry_monitor_routes(router, api);
  add_sentry_feedback_routes(router, api);
  add_health_routes(router, api);
  // APIs that clients probe for and that are not served: 404, not the UI's page.
  for (const char* prefix : {"/tempo/", "/alertmanager/", "/federate"}) router.shape_prefix(prefix, ErrorShape::kPlain);
  // Of no API that is known: also what an older Loki was asked under.
  router.shape_prefix("/api/", ErrorShape::kApp);
  router.shape_prefix("/api/prom/", ErrorShape::kLoki);
  add_ui_routes(router, [intake](const HttpRequest& request) { return elastic_root(intake, request); });
}

}  // namespace tripod::serve
