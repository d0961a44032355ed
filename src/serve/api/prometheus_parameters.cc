#include "serve/api/prometheus_parameters.h"

#include <charconv>
#include <cmath>

#include "base/time_text.h"
#include "query/promql/parser.h"
#include "query/promql/text.h"
#include "serve/api/bounds.h"

namespace tripod::serve::prometheus {

using base::Code;
using base::Error;
using base::JsonWriter;
using base::Result;
namespace promql = query::promql;

namespace {

int status_of(std::string_view error_type) {
  if (error_type == "execution") return 422;
  if (error_type == "timeout" || error_type == "canceled" || error_type == "unavailable")
    return 503;
  if (error_type == "internal") return 500;
  if (error_type == "not_found") return 404;
  return 400;
}

HttpResponse failure(std::string_view type, const Error& error) {
  std::string body;
  JsonWriter(body)
      .begin_object()
      .field("status", "error")
      .field("errorType", type)
      .field("error", error.message)
      .end_object();
  return HttpResponse::json(std::move(body), status_of(type));
}

// Seconds with decimals, or a Prometheus duration; milliseconds, which may be negative.
Result<int64_t> duration_of(const HttpRequest& request, std::string_view name) {
  const std::string_view text = request.parameter(name);
  double seconds = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!text.empty() && ec == std::errc() && end == text.data() + text.size()) {
    if (!std::isfinite(seconds) || std::fabs(seconds) > 1e11) {
      return invalid_parameter(
          name, "cannot parse " + promql::quote(text) + " to a valid duration. It overflows int64");
    }
    return static_cast<int64_t>(seconds * 1000);
  }
  const auto nanos = base::parse_duration(text);
  if (!nanos)
    return invalid_parameter(name, "cannot parse " + promql::quote(text) + " to a valid duration");
  return *nanos / base::kNanosPerMilli;
}

// A duration that may be missing; 0 is as missing.
Result<int64_t> optional_duration_of(const HttpRequest& request, std::string_view name) {
  if (request.parameter(name).empty()) return 0;
  const auto ms = duration_of(request, name);
  if (ms && *ms < 0) return invalid_parameter(name, "it is negative");
  return ms;
}

store::TimeRangeMs all_time() { return {INT64_MIN, INT64_MAX}; }

}  // namespace

HttpResponse failure(const Error& error) {
  return failure(promql::prometheus_error_type(error.code), error);
}

HttpResponse execution_failure(Error error) {
  const std::string_view type = promql::prometheus_error_type(error.code);
  return failure(type == "bad_data" ? "execution" : type, error);
}

std::string_view type_name(model::MetricType type) {
  using model::MetricType;
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      return "histogram";
    case MetricType::kSummary:
      return "summary";
    case MetricType::kGaugeHistogram:
      return "gaugehistogram";
    case MetricType::kInfo:
      return "info";
    case MetricType::kStateSet:
      return "stateset";
    case MetricType::kUnknown:
      return "unknown";
  }
  return "unknown";
}

Result<> poll(const Api& api, const HttpRequest& request, int64_t deadline_steady) {
  if (request.client_gone.stop_requested()) return base::fail(Code::kCancelled, "canceled");
  if (api.clock.steady() >= deadline_steady)
    return base::fail(Code::kDeadlineExceeded, "the request timed out");
  return {};
}

size_t memory_of(const store::Labels& labels) {
  // Texts that are too short for the heap are in what the pair takes already.
  constexpr size_t kInPlace = 15;
  size_t bytes = labels.size() * sizeof(store::Labels::value_type);
  for (const auto& [name, value] : labels) {
    for (const std::string* text : {&name, &value})
      bytes += text->size() > kInPlace ? text->size() + 1 : 0;
  }
  return bytes;
}

Result<base::MemoryCharge> charge(base::MemoryBudget& memory, size_t bytes) {
  base::MemoryCharge made = memory.try_charge(bytes);
  if (made || bytes == 0) return made;
  return base::fail(Code::kResourceExhausted, "the request needs more memory than is free (" +
                                                  std::to_string(bytes) + " bytes more)");
}

std::unexpected<Error> invalid_parameter(std::string_view name, const std::string& why) {
  return base::fail(Code::kInvalidArgument,
                    "invalid parameter \"" + std::string(name) + "\": " + why);
}

Result<size_t> limit_of(const HttpRequest& request, std::string_view name) {
  const std::string_view text = request.parameter(name);
  if (text.empty()) return size_t{0};
  int64_t limit = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (ec != std::errc() || end != text.data() + text.size()) {
    const char* why =
        ec == std::errc::result_out_of_range ? ": value out of range" : ": invalid syntax";
    return invalid_parameter(name, "strconv.Atoi: parsing " + promql::quote(text) + why);
  }
  if (limit < 0) return invalid_parameter(name, "limit must be non-negative");
  return static_cast<size_t>(limit);
}

Result<int64_t> time_of(const HttpRequest& request, std::string_view name, base::UnixNanos now,
                        std::optional<int64_t> fallback) {
  const std::string_view text = request.parameter(name);
  if (text.empty() && fallback) return *fallback;
  const auto time = base::parse_instant(text, now);
  if (text.empty() || !time)
    return invalid_parameter(name, "cannot parse " + promql::quote(text) + " to a valid timestamp");
  return *time / base::kNanosPerMilli;
}

Result<int64_t> step_of(const HttpRequest& request) {
  const auto ms = duration_of(request, "step");
  if (ms && *ms <= 0)
    return invalid_parameter(
        "step",
        "zero or negative query resolution step widths are not accepted. Try a positive integer");
  return ms;
}

Result<promql::QueryOptions> options_of(const Api& api, const HttpRequest& request) {
  const auto asked = optional_duration_of(request, "timeout");
  if (!asked) return base::fail(asked.error());
  const auto lookback = optional_duration_of(request, "lookback_delta");
  if (!lookback) return base::fail(lookback.error());
  promql::QueryOptions options;
  const int64_t most = kQueryTimeout / base::kNanosPerMilli;
  const int64_t timeout = *asked > 0 ? std::min(most, *asked) : most;
  options.deadline_steady = api.clock.steady() + timeout * base::kNanosPerMilli;
  options.cancel = request.client_gone;
  if (*lookback > 0) options.lookback_ms = *lookback;
  return options;
}

Result<store::TimeRangeMs> range_of(const Api& api, const HttpRequest& request) {
  const base::UnixNanos now = api.clock.now();
  const auto start = time_of(request, "start", now, all_time().start);
  if (!start) return base::fail(start.error());
  const auto end = time_of(request, "end", now, all_time().end);
  if (!end) return base::fail(end.error());
  if (*end < *start) return invalid_parameter("end", "end timestamp must not be before start time");
  return store::TimeRangeMs{*start, *end};
}

Result<std::vector<std::vector<store::LabelMatcher>>> matchers_of(const HttpRequest& request) {
  std::vector<std::vector<store::LabelMatcher>> out;
  for (std::string_view text : request.parameters("match[]")) {
    auto matchers = promql::parse_selector(text);
    if (!matchers) return invalid_parameter("match[]", matchers.error().message);
    out.push_back(std::move(*matchers));
  }
  return out;
}

Result<promql::ExprPtr> query_of(const HttpRequest& request) {
  auto expr = promql::parse(request.parameter("query"));
  if (!expr) return invalid_parameter("query", expr.error().message);
  return expr;
}

}  // namespace tripod::serve::prometheus
