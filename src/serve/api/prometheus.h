// Prometheus's HTTP API over our stores. https://prometheus.io/docs/prometheus/latest/querying/api/
#pragma once

#include "serve/api/context.h"

namespace tripod::serve::prometheus {

// Each answers one endpoint, errors included, in Prometheus's shape. Also served under /api/app for the UI and the command line.
HttpResponse query(const Api& api, HttpRequest& request);
HttpResponse query_range(const Api& api, HttpRequest& request);
HttpResponse series(const Api& api, HttpRequest& request);
HttpResponse labels(const Api& api, HttpRequest& request);
HttpResponse label_values(const Api& api, HttpRequest& request);
HttpResponse metadata(const Api& api, HttpRequest& request);
HttpResponse build_info(const Api& api, HttpRequest& request);

}  // namespace tripod::serve::prometheus
