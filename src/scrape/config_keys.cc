// What Prometheus's configuration has and this does not read. Refused is a key without which something else would be scraped than is
// meant, or in another way; the others are noted.
#include "scrape/config_reader.h"

namespace tripod::scrape {

namespace {

constexpr std::string_view kNoNative = "native histograms are not kept";
constexpr std::string_view kNoDiscovery = "this discovery is not supported: its targets are not scraped";

}  // namespace

const OtherKeys& other_job_keys() {
  static const OtherKeys kKeys = {
      {"proxy_url", "proxy_from_environment", "no_proxy", "proxy_connect_header", "oauth2"},
      {{"scrape_classic_histograms", kNoNative},
       {"always_scrape_classic_histograms", kNoNative},
       {"convert_classic_histograms_to_nhcb", kNoNative},
       {"scrape_native_histograms", kNoNative},
       {"native_histogram_bucket_limit", kNoNative},
       {"native_histogram_min_bucket_factor", kNoNative},
       {"extra_scrape_metrics", "the additional metrics of a scrape are not written"},
       {"metric_name_validation_scheme", "names are UTF-8 (RFC 3629) and checked as such"},
       {"metric_name_escaping_scheme", "names are asked for as they are"},
       {"keep_dropped_targets", "dropped targets are not listed"},
       {"scrape_failure_log_file", "the target's page and `tripod targets` say why a scrape failed"},
       {"enable_http2", "scrapes use HTTP/1.1"},
       {"azure_sd_configs", kNoDiscovery},
       {"consul_sd_configs", kNoDiscovery},
       {"digitalocean_sd_configs", kNoDiscovery},
       {"dns_sd_configs", kNoDiscovery},
       {"docker_sd_configs", kNoDiscovery},
       {"dockerswarm_sd_configs", kNoDiscovery},
       {"ec2_sd_configs", kNoDiscovery},
       {"eureka_sd_configs", kNoDiscovery},
       {"gce_sd_configs", kNoDiscovery},
       {"hetzner_sd_configs", kNoDiscovery},
       {"ionos_sd_configs", kNoDiscovery},
       {"kubernetes_sd_configs", kNoDiscovery},
       {"kuma_sd_configs", kNoDiscovery},
       {"lightsail_sd_configs", kNoDiscovery},
       {"linode_sd_configs", kNoDiscovery},
       {"marathon_sd_configs", kNoDiscovery},
       {"nerve_sd_configs", kNoDiscovery},
       {"nomad_sd_configs", kNoDiscovery},
       {"openstack_sd_configs", kNoDiscovery},
       {"ovhcloud_sd_configs", kNoDiscovery},
       {"puppetdb_sd_configs", kNoDiscovery},
       {"scaleway_sd_configs", kNoDiscovery},
       {"serverset_sd_configs", kNoDiscovery},
       {"stackit_sd_configs", kNoDiscovery},
       {"triton_sd_configs", kNoDiscovery},
       {"uyuni_sd_configs", kNoDiscovery},
       {"vultr_sd_configs", kNoDiscovery}}};
  return kKeys;
}

const OtherKeys& other_global_keys() {
  static const OtherKeys kKeys = {
      {},
      {{"external_labels", "they are for what is sent to other systems"},
       {"query_log_file", "slow questions are in Tripod's own log"},
       {"scrape_failure_log_file", "the target's page and `tripod targets` say why a scrape failed"},
       {"keep_dropped_targets", "dropped targets are not listed"},
       {"runtime", "it is for Go's runtime"},
       {"metric_name_validation_scheme", "names are UTF-8 (RFC 3629) and checked as such"},
       {"metric_name_escaping_scheme", "names are asked for as they are"},
       {"scrape_classic_histograms", kNoNative},
       {"scrape_native_histograms", kNoNative},
       {"always_scrape_classic_histograms", kNoNative},
       {"convert_classic_histograms_to_nhcb", kNoNative},
       {"extra_scrape_metrics", "the additional metrics of a scrape are not written"}}};
  return kKeys;
}

const OtherKeys& other_top_keys() {
  static const OtherKeys kKeys = {{},
                                  {{"alerting", "no notifications are sent yet; the state of alerts is at /api/v1/alerts"},
                                   {"remote_write", "samples are sent nowhere else"},
                                   {"remote_read", "samples are read from nowhere else"},
                                   {"storage", "Tripod's own settings say how long samples are kept"},
                                   {"tracing", "Tripod does not trace itself"},
                                   {"otlp", "OTLP metrics are named as Prometheus names them by default"}}};
  return kKeys;
}

}  // namespace tripod::scrape
