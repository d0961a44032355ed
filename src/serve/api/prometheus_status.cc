// What Prometheus tells of itself: /api/v1/targets, alertmanagers, status/*.
#include <unistd.h>

#include <array>
#include <map>
#include <thread>

#include "base/time_text.h"
#include "query/promql/text.h"
#include "serve/api/bounds.h"
#include "serve/api/prometheus.h"
#include "serve/api/prometheus_parameters.h"

namespace tripod::serve::prometheus {

using base::JsonWriter;
using scrape::TargetStatus;
namespace promql = query::promql;

namespace {

constexpr const char* kNever = "0001-01-01T00:00:00Z";  // Go's zero time

std::string duration_text(int64_t nanos) {
  return promql::format_duration_ms(nanos / base::kNanosPerMilli);
}

std::string_view health_name(scrape::Health health) {
  switch (health) {
    case scrape::Health::kUp:
      return "up";
    case scrape::Health::kDown:
      return "down";
    case scrape::Health::kUnknown:
      return "unknown";
  }
  return "unknown";
}

void write_labels(JsonWriter& w, std::string_view key, const scrape::LabelSet& labels) {
  w.key(key).begin_object();
  for (const auto& [name, value] : labels.pairs()) w.field(name, std::string_view(value));
  w.end_object();
}

void write_target(JsonWriter& w, const TargetStatus& target) {
  w.begin_object();
  write_labels(w, "discoveredLabels", target.discovered_labels);
  write_labels(w, "labels", target.labels);
  w.field("scrapePool", target.job).field("scrapeUrl", target.url).field("globalUrl", target.url);
  w.field("lastError", target.last_error);
  w.field("lastScrape",
          target.last_scrape == 0 ? kNever : base::format_rfc3339(target.last_scrape));
  w.field("lastScrapeDuration", static_cast<double>(target.last_duration_ns) / 1e9);
  w.field("health", health_name(target.health));
  w.field("scrapeInterval", duration_text(target.interval_ns))
      .field("scrapeTimeout", duration_text(target.timeout_ns));
  w.end_object();
}

std::string retention_text(const store::MetricStoreStats& stats) {
  std::string out;
  if (stats.retention_ns != INT64_MAX) out = duration_text(stats.retention_ns);
  if (stats.retention_bytes != 0)
    out += (out.empty() ? "" : " or ") + std::to_string(stats.retention_bytes) + "B";
  return out;
}

// Nothing but an empty list under one or two names.
HttpResponse nothing(std::initializer_list<const char*> names) {
  return success([&](JsonWriter& w) {
    w.begin_object();
    for (const char* name : names) w.key(name).begin_array().end_array();
    w.end_object();
  });
}

}  // namespace

HttpResponse targets(const Api& api, HttpRequest& request) {
  const std::string_view state = request.parameter("state");
  const std::string_view pool = request.parameter("scrapePool");
  const bool active = state != "dropped";
  std::map<std::string, int64_t> dropped;
  return success([&](JsonWriter& w) {
    w.begin_object().key("activeTargets").begin_array();
    for (const TargetStatus& target : api.scraper.targets()) {
      dropped.try_emplace(target.job, 0);
      if (active && (pool.empty() || pool == target.job)) write_target(w, target);
    }
    w.end_array().key("droppedTargets").begin_array().end_array();
    w.key("droppedTargetCounts");
    if (state == "active") {
      w.null();
    } else {
      w.begin_object();
      for (const auto& [job, count] : dropped) w.field(job, count);
      w.end_object();
    }
    w.end_object();
  });
}

HttpResponse alertmanagers(const Api&, HttpRequest&) {
  return nothing({"activeAlertmanagers", "droppedAlertmanagers"});
}

// Grafana reads the version to decide what to ask for; "features" is left out, or it would take us
// for Mimir.
HttpResponse build_info(const Api& api, HttpRequest&) {
  return success([&](JsonWriter& w) {
    w.begin_object()
        .field("version", "3.0.0")
        .field("revision", api.version)
        .field("branch", "")
        .field("buildUser", "");
    w.field("buildDate", "").field("goVersion", "").field("application", "Tripod").end_object();
  });
}

HttpResponse runtime_info(const Api& api, HttpRequest&) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return success([&](JsonWriter& w) {
    w.begin_object().field("startTime", base::format_rfc3339(api.started)).field("CWD", "");
    w.field("hostname", host.data()).field("serverTime", base::format_rfc3339(api.clock.now()));
    w.field("reloadConfigSuccess", api.config.last_read_succeeded.load())
        .field("lastConfigTime", base::format_rfc3339(api.config.in_force_since.load()));
    w.field("corruptionCount", 0).field("goroutineCount", 0);
    w.field("GOMAXPROCS", static_cast<int64_t>(std::thread::hardware_concurrency()));
    w.field("GOMEMLIMIT", static_cast<uint64_t>(api.memory.limit()))
        .field("GOGC", "")
        .field("GODEBUG", "");
    w.field("storageRetention", retention_text(api.metrics.stats())).end_object();
  });
}

HttpResponse flags(const Api& api, HttpRequest&) {
  const promql::EngineOptions& engine = api.promql.options();
  const store::MetricStoreStats stats = api.metrics.stats();
  return success([&](JsonWriter& w) {
    w.begin_object().field("query.lookback-delta", promql::format_duration_ms(engine.lookback_ms));
    w.field("query.max-samples", std::to_string(engine.max_samples))
        .field("query.timeout", duration_text(kQueryTimeout));
    w.field("storage.tsdb.retention.time",
            stats.retention_ns == INT64_MAX ? "0s" : duration_text(stats.retention_ns));
    w.field("storage.tsdb.retention.size", std::to_string(stats.retention_bytes) + "B");
    w.field("web.enable-remote-write-receiver", "true").end_object();
  });
}

// What is in force, as far as targets show it: no credentials, no relabelling rules.
HttpResponse config(const Api& api, HttpRequest&) {
  struct Job {
    int64_t interval_ns = 0;
    int64_t timeout_ns = 0;
    std::vector<std::string> addresses;
  };
  std::map<std::string, Job> jobs;
  for (const TargetStatus& target : api.scraper.targets()) {
    Job& job = jobs[target.job];
    job.interval_ns = target.interval_ns;
    job.timeout_ns = target.timeout_ns;
    job.addresses.emplace_back(target.discovered_labels.get("__address__"));
  }
  std::string yaml = jobs.empty() ? "" : "scrape_configs:\n";
  for (const auto& [name, job] : jobs) {
    yaml += "- job_name: " + promql::quote(name) +
            "\n  scrape_interval: " + duration_text(job.interval_ns);
    yaml += "\n  scrape_timeout: " + duration_text(job.timeout_ns) +
            "\n  static_configs:\n  - targets:\n";
    for (const std::string& address : job.addresses)
      yaml += "    - " + promql::quote(address) + "\n";
  }
  return success([&](JsonWriter& w) { w.begin_object().field("yaml", yaml).end_object(); });
}

}  // namespace tripod::serve::prometheus
