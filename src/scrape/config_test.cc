#include "scrape/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/mem_fs.h"
#include "scrape/target.h"

namespace tripod::scrape {
namespace {

using testing::HasSubstr;

ScrapeConfig parse(const std::string& yaml) {
  base::MemFs fs;
  auto config = parse_scrape_configs(yaml, "tripod.yml", fs);
  EXPECT_TRUE(config.has_value()) << config.error().message;
  return config.value_or(ScrapeConfig{});
}

base::Error error_of(const std::string& yaml) {
  base::MemFs fs;
  auto config = parse_scrape_configs(yaml, "tripod.yml", fs);
  return config ? base::Error{base::Code::kInternal, "no error"} : config.error();
}

constexpr char kFull[] = R"(
global:
  scrape_interval: 30s
  scrape_timeout: 5s
  evaluation_interval: 1m
scrape_configs:
  - job_name: shop
    scrape_interval: 1m
    metrics_path: /metrics/
    scheme: https
    params: {module: [a b, c], q: ['1']}
    honor_labels: true
    honor_timestamps: false
    sample_limit: 10
    label_limit: 20
    label_name_length_limit: 30
    label_value_length_limit: 40
    body_size_limit: 10MB
    target_limit: 3
    follow_redirects: false
    enable_compression: false
    fallback_scrape_protocol: PrometheusText0.0.4
    basic_auth: {username: u, password: secret}
    tls_config: {ca_file: ca.pem, insecure_skip_verify: true}
    static_configs:
      - targets: ['10.0.0.1:8000', 'host:8001']
        labels: {env: prod}
    relabel_configs:
      - source_labels: [__address__]
        regex: '(.*):8001'
        target_label: instance
        replacement: '$1'
    metric_relabel_configs:
      - {action: labeldrop, regex: tmp_.*}
  - job_name: other
    authorization: {credentials: token}
)";

TEST(ScrapeConfig, EverySupportedKey) {
  const ScrapeConfig config = parse(kFull);
  ASSERT_EQ(config.jobs.size(), 2u);
  const JobConfig& job = *config.jobs[0];
  EXPECT_EQ(job.scrape_interval_ns, base::kNanosPerMinute);
  EXPECT_EQ(job.scrape_timeout_ns, 5 * base::kNanosPerSecond);
  EXPECT_TRUE(job.honor_labels);
  EXPECT_FALSE(job.honor_timestamps);
  EXPECT_EQ(job.limits.samples, 10u);
  EXPECT_EQ(job.limits.body_bytes, 10u << 20);
  EXPECT_FALSE(job.http.follow_redirects);
  EXPECT_FALSE(job.enable_compression);
  EXPECT_EQ(job.fallback_scrape_protocol, ingest::prometheus::TextFormat::kText0_0_4);
  EXPECT_EQ(job.http.auth.password, "secret");
  EXPECT_TRUE(job.http.tls.insecure_skip_verify);
  EXPECT_EQ(job.metric_relabel_rules.size(), 1u);
  EXPECT_EQ(config.jobs[1]->http.auth.type, "Bearer");
  EXPECT_EQ(config.jobs[1]->scrape_interval_ns, 30 * base::kNanosPerSecond);
}

TEST(ScrapeConfig, Defaults) {
  const ScrapeConfig config =
      parse("scrape_configs: [{job_name: a, static_configs: [{targets: ['x:1']}]}]");
  const JobConfig& job = *config.jobs.at(0);
  EXPECT_EQ(job.scrape_interval_ns, 15 * base::kNanosPerSecond);
  EXPECT_EQ(job.scrape_timeout_ns, 10 * base::kNanosPerSecond);
  EXPECT_EQ(job.metrics_path, "/metrics");
  EXPECT_TRUE(job.http.follow_redirects);
  EXPECT_TRUE(parse("").jobs.empty());
  EXPECT_TRUE(parse("rule_files: [a]").jobs.empty());
}

TEST(ScrapeConfig, UnsupportedAndUnknownKeysAreNamedWithTheirPlace) {
  auto error = error_of("scrape_configs:\n  - job_name: a\n    proxy_url: http://p\n");
  EXPECT_EQ(error.code, base::Code::kUnsupported);
  EXPECT_EQ(error.message, "tripod.yml:3:5: job a: unsupported: proxy_url");
  error = error_of("scrape_configs:\n  - job_name: a\n    scrape_intervall: 1s\n");
  EXPECT_EQ(error.code, base::Code::kInvalidArgument);
  EXPECT_EQ(error.message, "tripod.yml:3:5: job a: unknown key: scrape_intervall");
  error = error_of("scrape_configs: [{job_name: a, tls_config: {server_name: x}}]");
  EXPECT_EQ(error.message, "tripod.yml:1:45: job a: tls_config: unsupported: server_name");
  error = error_of("scrape_configs:\n  - job_name: a\n    scrape_timeout: 1h\n");
  EXPECT_EQ(error.message, "tripod.yml:3:5: job a: scrape_timeout: is longer than the scrape interval");
}

// A configuration of Prometheus is taken as it is.
TEST(ScrapeConfig, KeysWithoutEffectAreNoted) {
  const ScrapeConfig config = parse(R"(
global: {scrape_interval: 10s, external_labels: {region: eu}, sample_limit: 5}
rule_files: [rules/*.yml]
remote_write: [{url: http://elsewhere/}]
alerting: {}
scrape_configs:
  - job_name: a
    ec2_sd_configs: [{region: eu}]
    enable_http2: false
  - job_name: b
    sample_limit: 7
)");
  EXPECT_THAT(config.notes, testing::UnorderedElementsAre(
                                HasSubstr("tripod.yml:2:32: global: external_labels has no effect"),
                                HasSubstr("tripod.yml:4:1: remote_write has no effect"), HasSubstr("tripod.yml:5:1: alerting has no effect"),
                                HasSubstr("tripod.yml:8:5: job a: ec2_sd_configs has no effect: this discovery is not supported"),
                                HasSubstr("tripod.yml:9:5: job a: enable_http2 has no effect")));
  EXPECT_EQ(config.jobs.at(0)->limits.samples, 5u);
  EXPECT_EQ(config.jobs.at(1)->limits.samples, 7u);
}

TEST(ScrapeConfig, FilesOfJobs) {
  base::MemFs fs;
  const auto write = [&](const std::string& path, const std::string& text) {
    ASSERT_TRUE(fs.create_dirs(base::parent_dir(path)) && fs.write_atomically(path, text));
  };
  write("/etc/jobs/a.yml", "scrape_configs: [{job_name: a, basic_auth: {username: u, password_file: secret}}]");
  write("/etc/jobs/b.yml", "scrape_configs: [{job_name: b, http_headers: {X-Scope: {values: [one], files: [/run/two]}}}]");
  const std::string yaml = "global: {scrape_interval: 20s}\nscrape_config_files: ['jobs/*.yml']\n";
  auto config = parse_scrape_configs(yaml, "/etc/tripod.yml", fs);
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->jobs.size(), 2u);
  EXPECT_EQ(config->jobs[0]->scrape_interval_ns, 20 * base::kNanosPerSecond);
  EXPECT_EQ(config->jobs[0]->http.auth.password_file, "/etc/jobs/secret");
  EXPECT_EQ(config->jobs[1]->http.headers.at(0).files.at(0), "/run/two");
  write("/etc/jobs/b.yml", "scrape_configs: [{job_name: a}]");
  EXPECT_EQ(parse_scrape_configs(yaml, "/etc/tripod.yml", fs).error().message, "/etc/jobs/b.yml:1:18: job a is there twice");
}

TEST(ScrapeConfig, ClientsOverTlsAndWithTokens) {
  const ScrapeConfig config = parse(R"(
scrape_configs:
  - job_name: a
    bearer_token: old
    tls_config: {ca: PEM, min_version: TLS12, max_version: TLS13}
    scrape_protocols: [PrometheusProto, OpenMetricsText1.0.0, PrometheusText0.0.4]
    http_sd_configs: [{url: 'http://sd/', authorization: {credentials_file: token}}]
    file_sd_configs: [{files: [/t/*.json], refresh_interval: 1m}]
)");
  const JobConfig& job = *config.jobs.at(0);
  EXPECT_EQ(job.http.auth.type + job.http.auth.credentials, "Bearerold");
  EXPECT_EQ(job.http.tls.least, TlsVersion::k1_2);
  EXPECT_EQ(ingest::prometheus::scrape_accept(job.scrape_protocols),
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1");
  EXPECT_EQ(job.http_discoveries.at(0).http.auth.credentials_file, "token");
  EXPECT_EQ(job.file_discoveries.at(0).refresh_interval_ns, base::kNanosPerMinute);
  const auto message = [](const std::string& text) { return error_of("scrape_configs: [{job_name: a, " + text + "}]").message; };
  EXPECT_THAT(message("bearer_token: x, authorization: {credentials: y}"), HasSubstr("only one"));
  EXPECT_THAT(message("scrape_protocols: [PrometheusProto]"), HasSubstr("none of these is read"));
  EXPECT_THAT(message("scrape_protocols: [Text]"), HasSubstr("unknown scrape protocol"));
  EXPECT_THAT(message("file_sd_configs: [{files: ['/*/a.json']}]"), HasSubstr("in a folder's name"));
  EXPECT_THAT(message("http_sd_configs: [{url: 'file:///etc'}]"), HasSubstr("url: is not http"));
  EXPECT_THAT(message("tls_config: {min_version: SSL3}"), HasSubstr("none of TLS10"));
}

TEST(Targets, WithTooManyNoneIsScraped) {
  const auto list = make_targets(parse("scrape_configs: [{job_name: a, target_limit: 1, static_configs: [{targets: [x, y]}]}]"));
  ASSERT_EQ(list->targets.size(), 2u);
  EXPECT_EQ(list->targets[0].refused, "target_limit 1 exceeded: the job has 2 targets");
}

TEST(ScrapeConfig, WrongValuesAreNamed) {
  auto message = [](const std::string& job) {
    return error_of("scrape_configs: [{job_name: a, " + job + "}]").message;
  };
  EXPECT_THAT(message("scrape_interval: soon"), HasSubstr("job a: scrape_interval"));
  EXPECT_THAT(message("scrape_interval: 0s"), HasSubstr("above zero"));
  EXPECT_THAT(message("scrape_timeout: 1h"), HasSubstr("longer than the scrape interval"));
  EXPECT_THAT(message("honor_labels: perhaps"), HasSubstr("true or false"));
  EXPECT_THAT(message("sample_limit: -1"), HasSubstr("whole number"));
  EXPECT_THAT(message("body_size_limit: 10 cats"), HasSubstr("a size such as"));
  EXPECT_THAT(message("scheme: ftp"), HasSubstr("neither http nor https"));
  EXPECT_THAT(message("metrics_path: metrics"), HasSubstr("begin with /"));
  EXPECT_THAT(message("static_configs: [{targets: ['']}]"), HasSubstr("an empty address"));
  EXPECT_THAT(message("http_sd_configs: [{url: 'http://u:hunter2@sd/'}]"), testing::AllOf(HasSubstr("use basic_auth"), testing::Not(HasSubstr("hunter2"))));
  EXPECT_THAT(message("static_configs: [{targets: [x], labels: {'a-b': c}}]"),
              HasSubstr("not a label"));
  EXPECT_THAT(message("basic_auth: {password: x}"), HasSubstr("username"));
  EXPECT_THAT(message("basic_auth: {username: u}, authorization: {credentials: x}"),
              HasSubstr("only one"));
  EXPECT_THAT(message("authorization: {type: Bearer}"), HasSubstr("exactly one"));
  EXPECT_THAT(message("fallback_scrape_protocol: PrometheusProto"),
              HasSubstr("unsupported scrape protocol"));
  EXPECT_THAT(message("relabel_configs: [{action: jump}]"),
              HasSubstr("relabel_configs[0]: action"));
  EXPECT_THAT(message("relabel_configs: [{action: replace}]"), HasSubstr("target_label"));
  EXPECT_THAT(error_of("scrape_configs: [{scheme: http}]").message,
              HasSubstr("job_name is missing"));
  EXPECT_THAT(error_of("scrape_configs: [{job_name: a}, {job_name: a}]").message,
              HasSubstr("twice"));
  EXPECT_THAT(error_of("scrape_configs: {a: b}").message, HasSubstr("a list is expected"));
  EXPECT_THAT(error_of("a: [").message, testing::StartsWith("tripod.yml:1:1: "));
}

TEST(ScrapeConfig, ErrorsDoNotShowSecrets) {
  const auto error = error_of(
      "scrape_configs: [{job_name: a, basic_auth: {username: u, password: hunter2, password_file: "
      "f}}]");
  EXPECT_THAT(error.message, HasSubstr("only one of"));
  EXPECT_THAT(error.message, testing::Not(HasSubstr("hunter2")));
}

std::string show(const LabelSet& labels) {
  std::string out;
  for (const auto& [name, value] : labels.pairs())
    out += (out.empty() ? "" : " ") + name + "=" + value;
  return out;
}

TEST(Targets, LabelsAndUrl) {
  auto targets = make_targets(parse(kFull));
  ASSERT_TRUE(targets.has_value()) << targets.error().message;
  ASSERT_EQ(targets->targets.size(), 2u);
  EXPECT_EQ(targets->targets[0].url, "https://10.0.0.1:8000/metrics/?module=a%20b&module=c&q=1");
  EXPECT_EQ(show(targets->targets[0].labels), "env=prod instance=10.0.0.1:8000 job=shop");
  EXPECT_EQ(show(targets->targets[1].labels), "env=prod instance=host job=shop");
  EXPECT_EQ(targets->targets[1].discovered_labels.get("__address__"), "host:8001");
  EXPECT_EQ(targets->targets[1].interval_ns, base::kNanosPerMinute);
}

TEST(Targets, RelabellingDropsAndRewrites) {
  auto targets = make_targets(parse(R"(
scrape_configs:
  - job_name: a
    static_configs: [{targets: ['x:1', 'y:2', 'x:1']}]
    relabel_configs:
      - {action: drop, source_labels: [__address__], regex: 'y.*'}
      - {target_label: __metrics_path__, replacement: /probe}
      - {target_label: __param_target, source_labels: [__address__]}
      - {target_label: __scrape_interval__, replacement: 20s}
)"));
  ASSERT_TRUE(targets.has_value()) << targets.error().message;
  ASSERT_EQ(targets->targets.size(), 1u);
  EXPECT_EQ(targets->targets[0].url, "http://x:1/probe?target=x%3A1");
  EXPECT_EQ(targets->targets[0].interval_ns, 20 * base::kNanosPerSecond);
}

// The blackbox exporter's way: what is probed is listed, who probes it is scraped.
TEST(Targets, AddressesMayBeMadeByRelabelling) {
  auto list = make_targets(parse(R"(
scrape_configs:
  - job_name: probes
    metrics_path: /probe
    static_configs: [{targets: ['https://example.com/a']}]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__param_target], target_label: instance}
      - {target_label: __address__, replacement: '127.0.0.1:9115'}
)"));
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->targets.at(0).url, "http://127.0.0.1:9115/probe?target=https%3A%2F%2Fexample.com%2Fa");
  auto plain = make_targets(parse("scrape_configs: [{job_name: a, static_configs: [{targets: ['http://x/']}]}]"));
  EXPECT_THAT(plain.error().message, HasSubstr("not host:port"));
}

TEST(Targets, WhatAGroupSaysGoesBeforeItsJob) {
  auto list = make_targets(parse("scrape_configs: [{job_name: a, static_configs: [{targets: ['x:1'], labels: {__metrics_path__: /probe, __scrape_interval__: 20s, job: b}}]}]"));
  ASSERT_TRUE(list) << list.error().message;
  EXPECT_EQ(list->targets.at(0).url, "http://x:1/probe");
  EXPECT_EQ(list->targets.at(0).interval_ns, 20 * base::kNanosPerSecond);
  EXPECT_EQ(list->targets.at(0).labels.get("job"), "b");
}

TEST(Targets, WhatCannotBeScrapedIsAnError) {
  auto targets = make_targets(parse(R"(
scrape_configs:
  - job_name: a
    static_configs: [{targets: ['x:1']}]
    relabel_configs: [{target_label: __scheme__, replacement: gopher}]
)"));
  ASSERT_FALSE(targets.has_value());
  EXPECT_THAT(targets.error().message, HasSubstr("job a: target \"x:1\""));
}

TEST(Targets, IdentityFollowsTheSettingsButNotTheListOfTargets) {
  const auto identity = [](const std::string& extra, const std::string& target_list) {
    auto targets = make_targets(parse("scrape_configs: [{job_name: a, " + extra +
                                      "static_configs: [{targets: [" + target_list + "]}]}]"));
    return targets->targets.front().identity();
  };
  EXPECT_EQ(identity("", "x"), identity("", "x, y"));
  EXPECT_NE(identity("", "x"), identity("honor_labels: true, ", "x"));
  EXPECT_NE(identity("", "x"), identity("", "y"));
}

}  // namespace
}  // namespace tripod::scrape
