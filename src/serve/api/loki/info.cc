// What data sources ask before they query: version, limits, rules.
#include "base/json_writer.h"
#include "serve/api/bounds.h"
#include "serve/api/loki/endpoints.h"

namespace tripod::serve::loki {

using base::Code;
using base::JsonWriter;
using base::Result;

namespace {

// The Loki whose API this is: clients tell by it what they may ask for.
constexpr const char* kLokiVersion = "3.5.0";

void write_version(const Api& api, JsonWriter& w) {
  w.begin_object().field("version", kLokiVersion).field("revision", api.version).field("branch", "tripod");
  w.field("buildUser", "").field("buildDate", "").field("goVersion", "").end_object();
}

}  // namespace

Result<HttpResponse> build_info(const Api& api, HttpRequest&) {
  std::string body;
  JsonWriter w(body);
  write_version(api, w);
  return HttpResponse::json(std::move(body));
}

Result<HttpResponse> drilldown_limits(const Api& api, HttpRequest&) {
  std::string body;
  JsonWriter w(body);
  w.begin_object().key("limits").begin_object();
  w.field("discover_log_levels", true).key("discover_service_name").begin_array();
  for (const char* label : {"service_name", "service", "app", "application", "app_kubernetes_io_name", "job"}) w.string(label);
  w.end_array().field("max_entries_limit_per_query", kMostEntries).field("max_query_series", uint64_t{kMostSeries});
  // No bound: "0s" as Loki says it.
  w.field("max_query_length", "0s").field("max_query_lookback", "0s").field("max_query_range", "0s").field("max_query_bytes_read", "0B");
  w.field("query_timeout", std::to_string(kQueryTimeout / base::kNanosPerSecond) + "s");
  w.field("volume_enabled", true).field("volume_max_series", kMostEntries).field("metric_aggregation_enabled", false).end_object();
  w.field("pattern_ingester_enabled", true);
  write_version(api, w.key("version"));
  w.end_object();
  return HttpResponse::json(std::move(body));
}

// There are no rules under this API: what Loki's ruler answers where nobody made one.
Result<HttpResponse> no_rules(const Api&, HttpRequest&) { return HttpResponse::text("no rule groups found\n", 404); }

Result<HttpResponse> no_rule_groups(const Api&, HttpRequest&) {
  return HttpResponse::json(R"({"status":"success","data":{"groups":[]},"errorType":"","error":""})");
}

Result<HttpResponse> no_alerts(const Api&, HttpRequest&) {
  return HttpResponse::json(R"({"status":"success","data":{"alerts":[]},"errorType":"","error":""})");
}

}  // namespace tripod::serve::loki
