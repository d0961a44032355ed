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
#include "base/fs.h"
#include "base/result.h"
#include "ingest/prometheus/content_type.h"
#include "scrape/http_client.h"
#include "scrape/relabel.h"
#include "scrape/target_group.h"

namespace tripod::scrape {

// 0 is "no limit" everywhere. Over a limit the whole scrape fails.
struct ScrapeLimits {
  uint64_t samples = 0;
  uint64_t labels = 0;
  uint64_t label_name_bytes = 0;
  uint64_t label_value_bytes = 0;
  uint64_t body_bytes = 0;  // decompressed
};

// file_sd_configs: patterns of files that hold target groups as JSON or YAML; only the last part of a path may have '*'.
struct FileDiscovery {
  std::vector<std::string> files;
  int64_t refresh_interval_ns = 5 * base::kNanosPerMinute;  // files are looked at more often where it is longer than 5 s
};

// http_sd_configs: a URL that answers target groups as JSON.
struct HttpDiscovery {
  std::string url;
  int64_t refresh_interval_ns = base::kNanosPerMinute;
  HttpClientConfig http;
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
  std::vector<ingest::prometheus::TextFormat> scrape_protocols;  // best first, of those that are read; empty: all of them
  std::optional<ingest::prometheus::TextFormat> fallback_scrape_protocol;
  HttpClientConfig http;
  ScrapeLimits limits;
  uint64_t target_limit = 0;  // 0: none; over it none of the job's targets is scraped
  std::vector<TargetGroup> static_configs;
  std::vector<FileDiscovery> file_discoveries;
  std::vector<HttpDiscovery> http_discoveries;
  std::vector<RelabelRule> relabel_rules;
  std::vector<RelabelRule> metric_relabel_rules;
  std::string fingerprint;  // equal for jobs that are configured alike, target lists left out
};

struct ScrapeConfig {
  std::vector<std::shared_ptr<const JobConfig>> jobs;
  std::vector<std::string> notes;  // keys that were read and have no effect, each with its place and why
};

// Reads the sections `global`, `scrape_configs` and `scrape_config_files` of a YAML document; the sections that only Prometheus has
// are noted, others are not looked at. `file` is the document's name: errors and notes begin with it, line and column, and paths in the
// document are relative to its folder. A key whose absence would change what is scraped is kUnsupported, one that nobody knows
// kInvalidArgument. Defaults are Prometheus's but for the interval, which is 15s.
base::Result<ScrapeConfig> parse_scrape_configs(const std::string& yaml, const std::string& file, base::Fs& fs);

}  // namespace tripod::scrape
