// What to scrape, in Prometheus's own `scrape_configs` syntax.
// https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ingest/prometheus/content_type.h"
#include "scrape/label_set.h"
#include "scrape/relabel.h"

namespace YAML {
class Node;
}

namespace tripod::scrape {

// Secrets: never to be logged or shown.
struct HttpAuth {
  std::string username;  // basic_auth
  std::string password;
  std::string password_file;  // read at every scrape
  std::string
      type;  // authorization: "Bearer" unless said otherwise; empty: no authorization section
  std::string credentials;
  std::string credentials_file;  // read at every scrape
};

struct TlsConfig {
  std::string ca_file;
  std::string cert_file;
  std::string key_file;
  bool insecure_skip_verify = false;
};

// 0 is "no limit" everywhere. Over a limit the whole scrape fails.
struct ScrapeLimits {
  uint64_t samples = 0;
  uint64_t labels = 0;
  uint64_t label_name_bytes = 0;
  uint64_t label_value_bytes = 0;
  uint64_t body_bytes = 0;  // decompressed
};

struct StaticConfig {
  std::vector<std::string> targets;
  LabelSet labels;
};

struct JobConfig {
  std::string job_name;
  int64_t scrape_interval_ns = 15 * base::kNanosPerSecond;
  int64_t scrape_timeout_ns = 10 * base::kNanosPerSecond;
  std::string metrics_path = "/metrics";
  std::string scheme = "http";
  std::vector<std::pair<std::string, std::vector<std::string>>> params;
  bool honor_labels = false;
  bool honor_timestamps = true;
  bool track_timestamps_staleness = false;
  bool enable_compression = true;
  bool follow_redirects = true;
  std::optional<ingest::prometheus::TextFormat> fallback_scrape_protocol;
  HttpAuth auth;
  TlsConfig tls;
  ScrapeLimits limits;
  std::vector<StaticConfig> static_configs;
  std::vector<RelabelRule> relabel_rules;
  std::vector<RelabelRule> metric_relabel_rules;
  std::string fingerprint;  // equal for jobs that are configured alike, target lists left out
};

struct ScrapeConfig {
  std::vector<std::shared_ptr<const JobConfig>> jobs;
};

// Reads the sections `global` and `scrape_configs` of a YAML document; other sections of the
// document are not looked at. A key of Prometheus that has no meaning here is kUnsupported,
// "unsupported: <key>", an unknown one kInvalidArgument; both name the job. Defaults are
// Prometheus's but for the interval, which is 15s.
base::Result<ScrapeConfig> parse_scrape_configs(const std::string& yaml);
// The same of a document (or a part of one) already parsed.
base::Result<ScrapeConfig> parse_scrape_configs(const YAML::Node& document);

}  // namespace tripod::scrape
