// Loki's HTTP API, one file a group of endpoints. Private to serve/api/loki.
// https://grafana.com/docs/loki/latest/reference/loki-http-api/
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "query/logql/engine.h"
#include "query/logql/label_set.h"
#include "query/logql/streams.h"
#include "serve/api/context.h"
#include "serve/http/message.h"
#include "store/events/plan.h"

namespace tripod::serve::loki {

// parameters.cc
// `start`, `end` and `since`: nanoseconds, seconds with decimals or RFC 3339; the last hour where they are missing. The end
// is exclusive.
base::Result<store::TimeRange> time_range(const Api& api, const HttpRequest& request);
base::Result<base::UnixNanos> instant(std::string_view text, base::UnixNanos now);
// Nanoseconds of `step` ("15s", "1234ms", "0.5"); a 250th of the range where it is missing, one second at least.
base::Result<int64_t> step(const HttpRequest& request, store::TimeRange range);
base::Result<int64_t> duration(std::string_view name, std::string_view text);
// The selector in `query`, or everything; also {} and text without any.
base::Result<std::vector<query::logql::Matcher>> selector(const HttpRequest& request);
base::Result<query::logql::ExprPtr> expression(const HttpRequest& request);
query::logql::LabelStyle label_style(const HttpRequest& request);
// All streams behind the request's selector and times.
base::Result<query::logql::StreamQuestion> stream_question(const Api& api, const HttpRequest& request);
// {"status":"success","data":[…]}
HttpResponse list_answer(const std::vector<std::string>& texts);
// One comma-separated parameter.
std::vector<std::string> words(std::string_view text);

inline constexpr int64_t kMostEntries = 5000;  // max_entries_limit_per_query
inline constexpr size_t kMostSeries = 5000;    // max_query_series

// query.cc
base::Result<HttpResponse> query(const Api& api, HttpRequest& request);
base::Result<HttpResponse> query_range(const Api& api, HttpRequest& request);
base::Result<HttpResponse> format_query(const Api& api, HttpRequest& request);

// labels.cc
base::Result<HttpResponse> labels(const Api& api, HttpRequest& request);
base::Result<HttpResponse> label_values(const Api& api, HttpRequest& request);
base::Result<HttpResponse> series(const Api& api, HttpRequest& request);

// index.cc
base::Result<HttpResponse> index_stats(const Api& api, HttpRequest& request);
base::Result<HttpResponse> index_volume(const Api& api, HttpRequest& request);
base::Result<HttpResponse> index_volume_range(const Api& api, HttpRequest& request);

// detected.cc
base::Result<HttpResponse> detected_labels(const Api& api, HttpRequest& request);
base::Result<HttpResponse> detected_fields(const Api& api, HttpRequest& request);
base::Result<HttpResponse> detected_field_values(const Api& api, HttpRequest& request);

// patterns.cc
base::Result<HttpResponse> patterns(const Api& api, HttpRequest& request);

// tail.cc: opens a websocket, or says why not
base::Result<HttpResponse> tail(const Api& api, HttpRequest& request);

// deletions.cc
base::Result<HttpResponse> delete_lines(const Api& api, HttpRequest& request);
base::Result<HttpResponse> list_deletions(const Api& api, HttpRequest& request);

// info.cc
base::Result<HttpResponse> build_info(const Api& api, HttpRequest& request);
base::Result<HttpResponse> drilldown_limits(const Api& api, HttpRequest& request);
base::Result<HttpResponse> no_rules(const Api& api, HttpRequest& request);
base::Result<HttpResponse> no_rule_groups(const Api& api, HttpRequest& request);
base::Result<HttpResponse> no_alerts(const Api& api, HttpRequest& request);

}  // namespace tripod::serve::loki
