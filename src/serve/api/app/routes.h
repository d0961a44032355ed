// The parts of /api/app, each in its own file.
#pragma once

#include "serve/api/context.h"

namespace tripod::serve::app {

// A query handler: works on a query worker, answers or fails. Errors become JSON {"error":{…}}.
using Answer = std::function<base::Result<HttpResponse>(const HttpRequest&)>;
void add(Router& router, Method method, std::string pattern, Access access, Answer answer);

void add_session_routes(Router& router, const Api& api);   // session, password, tokens
void add_setup_routes(Router& router, const Api& api);     // setup, status, rejected
void add_overview_routes(Router& router, const Api& api);
void add_service_map_routes(Router& router, const Api& api);
void add_issue_routes(Router& router, const Api& api);     // issues, events
void add_release_routes(Router& router, const Api& api);   // releases
void add_issue_action_routes(Router& router, const Api& api);   // what is done with issues, their history
void add_issue_detail_routes(Router& router, const Api& api);   // an issue's counts over time, tags, events
void add_grouping_routes(Router& router, const Api& api);  // events/{id}/grouping
void add_rule_routes(Router& router, const Api& api);      // projects/{id}/rules
void add_item_routes(Router& router, const Api& api);      // discarded, feedback, attachments
void add_monitor_routes(Router& router, const Api& api);   // monitors
void add_search_routes(Router& router, const Api& api);    // search, patterns, context, tail
void add_field_routes(Router& router, const Api& api);     // histogram, facets, fields, field_values, complete
void add_view_routes(Router& router, const Api& api);      // views
void add_tail_routes(Router& router, const Api& api);      // tail/stream
void add_trace_routes(Router& router, const Api& api);     // traces, links
void add_dashboard_routes(Router& router, const Api& api);  // dashboards
void add_deletion_routes(Router& router, const Api& api);  // delete, deletes
void add_series_routes(Router& router, const Api& api);    // series_statistics
void add_metric_routes(Router& router, const Api& api);    // query, query_range, series, labels

}  // namespace tripod::serve::app
