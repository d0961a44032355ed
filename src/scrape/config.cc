#include "scrape/config.h"

#include <algorithm>
#include <set>

#include "base/utf8.h"
#include "ingest/prometheus/text_decoder.h"
#include "scrape/yaml_reader.h"

namespace tripod::scrape {

using base::Code;
using base::fail;
using base::Result;

namespace {

// Keys of Prometheus 3 without a meaning here.
const std::set<std::string_view>& unsupported_job_keys() {
  static const std::set<std::string_view> kKeys = {"scrape_protocols",
                                                   "scrape_classic_histograms",
                                                   "always_scrape_classic_histograms",
                                                   "convert_classic_histograms_to_nhcb",
                                                   "scrape_native_histograms",
                                                   "extra_scrape_metrics",
                                                   "metric_name_validation_scheme",
                                                   "metric_name_escaping_scheme",
                                                   "native_histogram_bucket_limit",
                                                   "native_histogram_min_bucket_factor",
                                                   "keep_dropped_targets",
                                                   "scrape_failure_log_file",
                                                   "proxy_url",
                                                   "proxy_from_environment",
                                                   "no_proxy",
                                                   "proxy_connect_header",
                                                   "http_headers",
                                                   "enable_http2",
                                                   "oauth2",
                                                   "bearer_token",
                                                   "bearer_token_file",
                                                   "service_discovery_role",
                                                   "azure_sd_configs",
                                                   "consul_sd_configs",
                                                   "digitalocean_sd_configs",
                                                   "dns_sd_configs",
                                                   "docker_sd_configs",
                                                   "dockerswarm_sd_configs",
                                                   "ec2_sd_configs",
                                                   "eureka_sd_configs",
                                                   "file_sd_configs",
                                                   "gce_sd_configs",
                                                   "hetzner_sd_configs",
                                                   "http_sd_configs",
                                                   "ionos_sd_configs",
                                                   "kubernetes_sd_configs",
                                                   "kuma_sd_configs",
                                                   "lightsail_sd_configs",
                                                   "linode_sd_configs",
                                                   "marathon_sd_configs",
                                                   "nerve_sd_configs",
                                                   "nomad_sd_configs",
                                                   "openstack_sd_configs",
                                                   "ovhcloud_sd_configs",
                                                   "puppetdb_sd_configs",
                                                   "scaleway_sd_configs",
                                                   "serverset_sd_configs",
                                                   "stackit_sd_configs",
                                                   "triton_sd_configs",
                                                   "uyuni_sd_configs",
                                                   "vultr_sd_configs"};
  return kKeys;
}

const std::set<std::string_view>& unsupported_global_keys() {
  static const std::set<std::string_view> kKeys = {"external_labels",
                                                   "query_log_file",
                                                   "scrape_failure_log_file",
                                                   "scrape_protocols",
                                                   "body_size_limit",
                                                   "sample_limit",
                                                   "label_limit",
                                                   "label_name_length_limit",
                                                   "label_value_length_limit",
                                                   "target_limit",
                                                   "keep_dropped_targets",
                                                   "runtime",
                                                   "metric_name_validation_scheme",
                                                   "metric_name_escaping_scheme",
                                                   "rule_query_offset",
                                                   "scrape_classic_histograms",
                                                   "scrape_native_histograms",
                                                   "always_scrape_classic_histograms",
                                                   "convert_classic_histograms_to_nhcb",
                                                   "extra_scrape_metrics"};
  return kKeys;
}

struct Defaults {
  int64_t interval_ns = 15 * base::kNanosPerSecond;
  int64_t timeout_ns = 10 * base::kNanosPerSecond;
  bool timeout_given = false;
};

RelabelRule read_relabel(const YAML::Node& node, const std::string& where) {
  YamlMap map(node, where);
  RelabelConfig config;
  if (map.has("action")) {
    const auto action = parse_relabel_action(map.text("action", ""));
    if (!action) map.wrong("action", "unknown relabel action \"" + map.text("action", "") + "\"");
    config.action = *action;
  }
  config.source_labels = map.texts("source_labels");
  config.separator = map.text("separator", config.separator);
  config.regex = map.text("regex", config.regex);
  config.modulus = map.number("modulus", 0);
  config.target_label = map.text("target_label", "");
  config.replacement = map.text("replacement", config.replacement);
  map.finish({});
  auto rule = RelabelRule::compile(std::move(config));
  if (!rule) throw ConfigError{rule.error().code, where + ": " + rule.error().message};
  return std::move(*rule);
}

std::vector<RelabelRule> read_relabels(YamlMap& job, const char* key) {
  std::vector<RelabelRule> out;
  for (const YAML::Node& node : job.list(key)) {
    out.push_back(
        read_relabel(node, job.where() + ": " + key + "[" + std::to_string(out.size()) + "]"));
  }
  return out;
}

HttpAuth read_auth(YamlMap& job) {
  HttpAuth auth;
  if (job.has("basic_auth") && job.has("authorization")) {
    job.wrong("authorization", "only one of basic_auth and authorization may be there");
  }
  if (job.has("basic_auth")) {
    YamlMap basic(job.node("basic_auth"), job.where() + ": basic_auth");
    auth.username = basic.text("username", "");
    auth.password = basic.text("password", "");
    auth.password_file = basic.text("password_file", "");
    if (!auth.password.empty() && !auth.password_file.empty()) {
      basic.wrong("password_file", "only one of password and password_file may be there");
    }
    basic.finish({"username_file", "username_ref", "password_ref"});
    if (auth.username.empty()) basic.wrong("username", "is missing");
  }
  if (job.has("authorization")) {
    YamlMap authorization(job.node("authorization"), job.where() + ": authorization");
    auth.type = authorization.text("type", "Bearer");
    auth.credentials = authorization.text("credentials", "");
    auth.credentials_file = authorization.text("credentials_file", "");
    if (auth.credentials.empty() == auth.credentials_file.empty()) {
      authorization.wrong("credentials",
                          "exactly one of credentials and credentials_file is needed");
    }
    authorization.finish({"credentials_ref"});
  }
  return auth;
}

TlsConfig read_tls(YamlMap& job) {
  YamlMap tls(job.node("tls_config"), job.where() + ": tls_config");
  TlsConfig out;
  out.ca_file = tls.text("ca_file", "");
  out.cert_file = tls.text("cert_file", "");
  out.key_file = tls.text("key_file", "");
  out.insecure_skip_verify = tls.boolean("insecure_skip_verify", false);
  if (out.cert_file.empty() != out.key_file.empty()) {
    tls.wrong("cert_file", "cert_file and key_file belong together");
  }
  tls.finish({"ca", "cert", "key", "ca_ref", "cert_ref", "key_ref", "server_name", "min_version",
              "max_version"});
  return out;
}

LabelSet read_labels(const YAML::Node& node, const std::string& where) {
  LabelSet out;
  if (!node.IsDefined() || node.IsNull()) return out;
  if (!node.IsMap()) throw ConfigError{Code::kInvalidArgument, where + ": a mapping is expected"};
  for (const auto& pair : node) {
    if (!pair.first.IsScalar() || !pair.second.IsScalar() ||
        !ingest::prometheus::is_label_name(pair.first.Scalar()) ||
        !base::is_valid_utf8(pair.second.Scalar())) {
      throw ConfigError{Code::kInvalidArgument, where + ": not a label"};
    }
    out.set(pair.first.Scalar(), pair.second.Scalar());
  }
  return out;
}

std::vector<StaticConfig> read_static_configs(YamlMap& job) {
  std::vector<StaticConfig> out;
  for (const YAML::Node& node : job.list("static_configs")) {
    YamlMap map(node, job.where() + ": static_configs");
    StaticConfig one;
    one.targets = map.texts("targets");
    for (const std::string& target : one.targets) {
      if (target.empty() || target.contains('/') || target.contains('@')) {
        map.wrong("targets", "\"" + target + "\" is not host:port");
      }
    }
    one.labels = read_labels(map.node("labels"), map.where() + ": labels");
    map.finish({});
    out.push_back(std::move(one));
  }
  return out;
}

void read_params(YamlMap& job, JobConfig& out) {
  const YAML::Node params = job.node("params");
  if (!job.has("params")) return;
  if (!params.IsMap()) job.wrong("params", "a mapping of lists is expected");
  for (const auto& pair : params) {
    if (!pair.first.IsScalar() || !pair.second.IsSequence()) {
      job.wrong("params", "a mapping of lists is expected");
    }
    std::vector<std::string> values;
    for (const YAML::Node& value : pair.second) values.push_back(value.as<std::string>());
    out.params.emplace_back(pair.first.Scalar(), std::move(values));
  }
}

void read_limits(YamlMap& job, JobConfig& out) {
  out.limits.samples = job.number("sample_limit", 0);
  out.limits.labels = job.number("label_limit", 0);
  out.limits.label_name_bytes = job.number("label_name_length_limit", 0);
  out.limits.label_value_bytes = job.number("label_value_length_limit", 0);
  out.limits.body_bytes = job.bytes("body_size_limit", 0);
  const uint64_t target_limit = job.number("target_limit", 0);
  uint64_t targets = 0;
  for (const StaticConfig& one : out.static_configs) targets += one.targets.size();
  if (target_limit > 0 && targets > target_limit) {
    job.wrong("target_limit", "there are " + std::to_string(targets) + " targets");
  }
}

void read_times(YamlMap& job, const Defaults& defaults, JobConfig& out) {
  out.scrape_interval_ns = job.duration_ns("scrape_interval", defaults.interval_ns);
  const bool timeout_given = job.has("scrape_timeout") || defaults.timeout_given;
  out.scrape_timeout_ns = job.duration_ns("scrape_timeout", defaults.timeout_ns);
  if (out.scrape_timeout_ns <= out.scrape_interval_ns) return;
  if (timeout_given && job.has("scrape_timeout")) {
    job.wrong("scrape_timeout", "is longer than the scrape interval");
  }
  // A shorter interval of the job bounds the timeout that others share, as in Prometheus.
  out.scrape_timeout_ns = out.scrape_interval_ns;
}

// The job's settings without its targets: a loop goes on over a reload while they stay the same.
std::string fingerprint_of(const YAML::Node& node, const JobConfig& job) {
  YAML::Node copy = YAML::Clone(node);
  copy.remove("static_configs");
  return YAML::Dump(copy) + "\n" + std::to_string(job.scrape_interval_ns) + " " +
         std::to_string(job.scrape_timeout_ns);
}

std::shared_ptr<const JobConfig> read_job(const YAML::Node& node, const Defaults& defaults,
                                          size_t number) {
  std::string where = "scrape_configs[" + std::to_string(number) + "]";
  auto out = std::make_shared<JobConfig>();
  out->job_name = YamlMap(node, where).text("job_name", "");
  if (out->job_name.empty())
    throw ConfigError{Code::kInvalidArgument, where + ": job_name is missing"};
  YamlMap job(node, "job " + out->job_name);
  job.text("job_name", "");
  read_times(job, defaults, *out);
  out->metrics_path = job.text("metrics_path", out->metrics_path);
  if (!out->metrics_path.starts_with('/')) job.wrong("metrics_path", "does not begin with /");
  out->scheme = job.text("scheme", out->scheme);
  if (out->scheme != "http" && out->scheme != "https")
    job.wrong("scheme", "is neither http nor https");
  read_params(job, *out);
  out->honor_labels = job.boolean("honor_labels", false);
  out->honor_timestamps = job.boolean("honor_timestamps", true);
  out->track_timestamps_staleness = job.boolean("track_timestamps_staleness", false);
  out->enable_compression = job.boolean("enable_compression", true);
  out->follow_redirects = job.boolean("follow_redirects", true);
  if (job.has("fallback_scrape_protocol")) {
    auto format =
        ingest::prometheus::parse_scrape_protocol(job.text("fallback_scrape_protocol", ""));
    if (!format) {
      throw ConfigError{format.error().code,
                        job.where() + ": fallback_scrape_protocol: " + format.error().message};
    }
    out->fallback_scrape_protocol = *format;
  }
  out->auth = read_auth(job);
  out->tls = read_tls(job);
  out->static_configs = read_static_configs(job);
  read_limits(job, *out);
  out->relabel_rules = read_relabels(job, "relabel_configs");
  out->metric_relabel_rules = read_relabels(job, "metric_relabel_configs");
  job.finish(unsupported_job_keys());
  out->fingerprint = fingerprint_of(node, *out);
  return out;
}

ScrapeConfig read_document(const YAML::Node& document) {
  ScrapeConfig out;
  if (!document.IsDefined() || document.IsNull()) return out;
  if (!document.IsMap()) throw ConfigError{Code::kInvalidArgument, "a mapping is expected"};
  YamlMap top(document, "configuration");
  YamlMap global(top.node("global"), "global");
  Defaults defaults;
  defaults.interval_ns = global.duration_ns("scrape_interval", defaults.interval_ns);
  defaults.timeout_given = global.has("scrape_timeout");
  defaults.timeout_ns = global.duration_ns("scrape_timeout", defaults.timeout_ns);
  if (defaults.timeout_given && defaults.timeout_ns > defaults.interval_ns) {
    global.wrong("scrape_timeout", "is longer than the scrape interval");
  }
  global.duration_ns("evaluation_interval", base::kNanosPerMinute);  // is for the rules
  global.finish(unsupported_global_keys());
  std::set<std::string> names;
  for (const YAML::Node& node : top.list("scrape_configs")) {
    auto job = read_job(node, defaults, out.jobs.size());
    if (!names.insert(job->job_name).second) {
      throw ConfigError{Code::kInvalidArgument, "job " + job->job_name + " is there twice"};
    }
    out.jobs.push_back(std::move(job));
  }
  return out;
}

}  // namespace

Result<ScrapeConfig> parse_scrape_configs(const YAML::Node& document) {
  try {
    return read_document(document);
  } catch (const ConfigError& e) {
    return fail(e.code, e.message);
  } catch (const YAML::Exception& e) {
    return fail(Code::kInvalidArgument, std::string("configuration: ") + e.what());
  }
}

Result<ScrapeConfig> parse_scrape_configs(const std::string& yaml) {
  try {
    return parse_scrape_configs(YAML::Load(yaml));
  } catch (const YAML::Exception& e) {
    return fail(Code::kInvalidArgument, std::string("configuration: ") + e.what());
  }
}

}  // namespace tripod::scrape
