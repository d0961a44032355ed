// Every setting of `tripod serve`, once: its flag, environment variable, key in the YAML file, default and help.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/storage_settings.h"

namespace tripod::cli {

struct Setting {
  std::string_view name;          // "otlp-http": flag --otlp-http, environment TRIPOD_OTLP_HTTP, YAML key otlp_http
  std::string_view default_value;
  std::string_view help;
  bool is_flag = false;           // takes no value on the command line; "true"/"false" elsewhere
  bool only_environment = false;  // secrets never stand on a command line or in the file
  // "syslog": the YAML key stands in this mapping, without the prefix: syslog-allow-from is syslog: {allow_from: ...}. There it may
  // be a list, which is written with commas elsewhere. "retention.logs": in the mapping logs of the mapping retention.
  std::string_view section = "";
};
std::span<const Setting> settings();

// An environment variable's text by its name; null: it is not set.
using EnvironmentOf = const char* (*)(const char* name);

// What `serve` runs with. Precedence: flag, environment, file, default.
struct ServeOptions {
  std::string data;
  std::string http;
  std::string otlp_http;
  std::string otlp_grpc;
  std::string config;             // path of the YAML file; empty: none
  uint64_t memory = 0;            // bytes
  bool enable_admin_api = false;
  bool keep_own_noise = false;
  std::string log_level;
  std::string dashboards;         // folder of dashboards; empty: none
  struct Syslog {
    std::string tcp;              // address; empty: not listened
    std::string udp;
    std::vector<std::string> allow_from;
    std::string service;
    std::string environment;
    std::string time_zone;
  } syslog;
  RetentionSettings retention;
  DiskSettings disk;
  AttachmentSettings attachments;
  SeriesSettings series;
  SamplingSettings sampling;
  struct Rules {                  // of every project, before its own
    std::string stack;            // docs/grouping.md
    std::string fingerprint;      // docs/grouping.md
    std::string scrub;            // docs/scrubbing.md
    bool scrub_ip_addresses = false;
  } rules;
  // What is taken of Sentry's items; `limits` as written: "error=600/1m".
  struct Sentry {
    std::vector<std::string> limits;
    std::vector<std::string> releases, messages;
    bool health_checks = false, localhost = false, browser_extensions = false, legacy_browsers = false;
  } sentry;
  struct Thinning {               // of floods of one issue
    uint64_t first = 0, per_minute = 0, one_of = 0;   // per_minute 0: off
  } thinning;
  std::string public_url;         // how others reach the HTTP listener; empty: its own address
  std::string admin_token;        // TRIPOD_ADMIN_TOKEN
  std::string dsn_key;            // TRIPOD_DSN_KEY
  std::string config_text;        // the file's content, for the parts with an own schema (scrape_configs)
};

using Texts = std::map<std::string, std::string, std::less<>>;   // setting name -> text

// `flags` holds what the command line gave; `environment` answers a variable's value or nullptr.
base::Result<ServeOptions> resolve(const Texts& flags, EnvironmentOf environment);

// The settings named in a YAML file. Unknown keys are errors with line and column; the sections of
// Prometheus's configuration are the scraper's.
base::Result<Texts> settings_of_yaml(const std::string& yaml);

// "1GiB", "512MiB", "64MB", "1000000": bytes, at most kMostBytes.
inline constexpr uint64_t kMostBytes = 1'000'000'000'000'000;
base::Result<uint64_t> parse_size(std::string_view text);

}  // namespace tripod::cli
