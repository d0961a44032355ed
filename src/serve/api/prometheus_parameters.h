// What the endpoints of Prometheus's HTTP API share: parameters, answers and errors in Prometheus's
// words.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "query/promql/engine.h"
#include "serve/api/context.h"

namespace tripod::serve::prometheus {

inline constexpr const char* kTruncated = "results truncated due to limit";

// {"status":"error",...} with the status that its errorType has.
HttpResponse failure(const base::Error& error);
// Of a query that was understood: what is wrong then is a fault of its execution, not of the
// request.
HttpResponse execution_failure(base::Error error);
// invalid parameter "name": why
std::unexpected<base::Error> invalid_parameter(std::string_view name, const std::string& why);

// {"status":"success","data": ... what `write` writes, and the warning unless it is empty.
template <class Write>
HttpResponse success_with_warning(Write write, std::string_view warning) {
  std::string body;
  base::JsonWriter w(body);
  w.begin_object().field("status", "success").key("data");
  write(w);
  if (!warning.empty()) w.key("warnings").begin_array().string(warning).end_array();
  w.end_object();
  return HttpResponse::json(std::move(body));
}
// The same with the warning that results were cut.
template <class Write>
HttpResponse success(Write write, bool truncated = false) {
  return success_with_warning(std::move(write), truncated ? kTruncated : "");
}

// "counter", "gauge" and so on.
std::string_view type_name(model::MetricType type);

// Fails where the client is gone or the deadline, in steady nanoseconds, passed: between the steps
// of what the query engine does not run.
base::Result<> poll(const Api& api, const HttpRequest& request, int64_t deadline_steady);
// What a label set holds of memory, about.
size_t memory_of(const store::Labels& labels);
// Bytes of the process's budget, or kResourceExhausted.
base::Result<base::MemoryCharge> charge(base::MemoryBudget& memory, size_t bytes);

// `limit`: how many results are asked for at most; 0, or missing: all of them.
base::Result<size_t> limit_of(const HttpRequest& request, std::string_view name = "limit");
// Takes away what is beyond the limit, and says whether there was any.
template <class Results>
bool cut(Results& results, size_t limit) {
  if (limit == 0 || results.size() <= limit) return false;
  results.erase(std::next(results.begin(), static_cast<std::ptrdiff_t>(limit)), results.end());
  return true;
}

// Unix seconds, RFC 3339, or our relative forms; milliseconds. Without `fallback` it has to be
// there.
base::Result<int64_t> time_of(const HttpRequest& request, std::string_view name,
                              base::UnixNanos now, std::optional<int64_t> fallback);
// Seconds with decimals, or a Prometheus duration; milliseconds, above 0.
base::Result<int64_t> step_of(const HttpRequest& request);
// `timeout` and `lookback_delta`.
base::Result<query::promql::QueryOptions> options_of(const Api& api, const HttpRequest& request);
// `start` and `end`, all time where they are missing.
base::Result<store::TimeRangeMs> range_of(const Api& api, const HttpRequest& request);
// One entry per match[].
base::Result<std::vector<std::vector<store::LabelMatcher>>> matchers_of(const HttpRequest& request);
// `query`, parsed.
base::Result<query::promql::ExprPtr> query_of(const HttpRequest& request);

}  // namespace tripod::serve::prometheus
