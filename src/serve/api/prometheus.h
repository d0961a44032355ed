// Prometheus's HTTP API over our stores. https://prometheus.io/docs/prometheus/latest/querying/api/
#pragma once

#include "serve/api/context.h"

namespace tripod::serve::prometheus {

// Each answers one endpoint, errors included, in Prometheus's shape. Also served under /api/app for
// the UI and the command line.
HttpResponse query(const Api& api, HttpRequest& request);
HttpResponse query_range(const Api& api, HttpRequest& request);
HttpResponse series(const Api& api, HttpRequest& request);
HttpResponse labels(const Api& api, HttpRequest& request);
HttpResponse label_values(const Api& api, HttpRequest& request);
HttpResponse metadata(const Api& api, HttpRequest& request);

// prometheus_expressions.cc
HttpResponse format_query(const Api& api, HttpRequest& request);
HttpResponse parse_query(const Api& api, HttpRequest& request);
HttpResponse query_exemplars(const Api& api, HttpRequest& request);
HttpResponse explain(const Api& api, HttpRequest& request);  // /api/app/promql/explain alone

// prometheus_status.cc
HttpResponse targets(const Api& api, HttpRequest& request);
HttpResponse alertmanagers(const Api& api, HttpRequest& request);
HttpResponse build_info(const Api& api, HttpRequest& request);
HttpResponse runtime_info(const Api& api, HttpRequest& request);
HttpResponse flags(const Api& api, HttpRequest& request);
HttpResponse config(const Api& api, HttpRequest& request);

// prometheus_targets.cc
HttpResponse targets_metadata(const Api& api, HttpRequest& request);

// prometheus_admin.cc
HttpResponse delete_series(const Api& api, HttpRequest& request);
HttpResponse clean_tombstones(const Api& api, HttpRequest& request);
HttpResponse snapshot(const Api& api, HttpRequest& request);

// prometheus_rules.cc
HttpResponse rules(const Api& api, HttpRequest& request);
HttpResponse alerts(const Api& api, HttpRequest& request);

// prometheus_tsdb.cc
HttpResponse tsdb(const Api& api, HttpRequest& request);
// The same with another limit on the pairs of label and value that are told apart. What is beyond
// it is not counted by pair, which the answer says.
HttpResponse tsdb(const Api& api, HttpRequest& request, size_t most_pairs);

// prometheus_federate.cc: the text format 0.0.4, errors as plain text.
HttpResponse federate(const Api& api, HttpRequest& request);

}  // namespace tripod::serve::prometheus
