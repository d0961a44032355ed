// query, query_range, format_query.
#include "base/json_writer.h"
#include "query/logql/parser.h"
#include "query/logql/printer.h"
#include "serve/api/bounds.h"
#include "serve/api/loki/endpoints.h"
#include "serve/api/request_range.h"

namespace tripod::serve::loki {

using base::Code;
using base::Result;
using query::logql::Engine;
using query::logql::LogOptions;

namespace {

constexpr int64_t kDefaultEntries = 100;

Engine engine_of(const Api& api) {
  return Engine(api.events, api.clock, {.max_series = kMostSeries, .memory = &api.memory});
}

Result<LogOptions> log_options(const HttpRequest& request) {
  LogOptions out;
  const auto limit = int_parameter(request, "limit", kDefaultEntries, 0, kMostEntries);
  if (!limit) {
    // The word by which clients know that they asked for too much.
    return base::fail(Code::kInvalidArgument, "max entries limit per query exceeded, limit > max_entries_limit_per_query (" +
                                                  std::string(request.parameter("limit")) + " > " + std::to_string(kMostEntries) + ")");
  }
  out.limit = static_cast<size_t>(*limit);
  const auto direction = request.parameter("direction");
  if (!direction.empty() && direction != "forward" && direction != "backward" && direction != "FORWARD" && direction != "BACKWARD") {
    return base::fail(Code::kInvalidArgument, "invalid direction '" + std::string(direction) + "'");
  }
  out.order = direction.starts_with('f') || direction.starts_with('F') ? store::Order::kOldestFirst : store::Order::kNewestFirst;
  if (const auto text = request.parameter("interval"); !text.empty()) {
    const auto interval = duration("interval", text);
    if (!interval) return base::fail(interval.error());
    out.interval = *interval;
  }
  out.style = label_style(request);
  return out;
}

HttpResponse answer(const query::logql::QueryResult& result, query::logql::LabelStyle style) {
  std::string body;
  base::JsonWriter w(body);
  w.begin_object().field("status", "success");
  if (!result.warnings.empty()) {
    w.key("warnings").begin_array();
    for (const std::string& warning : result.warnings) w.string(warning);
    w.end_array();
  }
  write_json(result, style, w.key("data"));
  w.end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace

Result<HttpResponse> query_range(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const auto range = time_range(api, request);
  if (!range) return base::fail(range.error());
  const auto expr = expression(request);
  if (!expr) return base::fail(expr.error());
  const auto options = log_options(request);
  if (!options) return base::fail(options.error());
  const auto step_width = step(request, *range);
  if (!step_width) return base::fail(step_width.error());
  const auto result = engine_of(api).range(**expr, {range->start, range->end, *step_width}, *options, query_bounds(api.clock, request));
  if (!result) return base::fail(result.error());
  return answer(*result, options->style);
}

Result<HttpResponse> query(const Api& api, HttpRequest& request) {
  request.merge_form_body();
  const auto expr = expression(request);
  if (!expr) return base::fail(expr.error());
  base::UnixNanos time = api.clock.now();
  if (const auto text = request.parameter("time"); !text.empty()) {
    const auto at = instant(text, time);
    if (!at) return base::fail(Code::kInvalidArgument, "time: " + at.error().message);
    time = bounded({*at, *at}).start;
  }
  const auto result = engine_of(api).instant(**expr, time, query_bounds(api.clock, request));
  if (!result) return base::fail(result.error());
  return answer(*result, label_style(request));
}

Result<HttpResponse> format_query(const Api&, HttpRequest& request) {
  request.merge_form_body();
  const auto expr = expression(request);
  if (!expr) return base::fail(expr.error());
  std::string body;
  base::JsonWriter(body).begin_object().field("status", "success").field("data", query::logql::pretty_print(**expr)).end_object();
  return HttpResponse::json(std::move(body));
}

}  // namespace tripod::serve::loki
