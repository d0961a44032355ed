#include "scrape/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scrape/target.h"

namespace tripod::scrape {
namespace {

using testing::HasSubstr;

ScrapeConfig parse(const std::string& yaml) {
  auto config = parse_scrape_configs(yaml);
  EXPECT_TRUE(config.has_value()) << config.error().message;
  return config.value_or(ScrapeConfig{});
}

base::Error error_of(const std::string& yaml) {
  auto config = parse_scrape_configs(yaml);
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
  EXPECT_FALSE(job.follow_redirects);
  EXPECT_FALSE(job.enable_compression);
  EXPECT_EQ(job.fallback_scrape_protocol, ingest::prometheus::TextFormat::kText0_0_4);
  EXPECT_EQ(job.auth.password, "secret");
  EXPECT_TRUE(job.tls.insecure_skip_verify);
  EXPECT_EQ(job.metric_relabel_rules.size(), 1u);
  EXPECT_EQ(config.jobs[1]->auth.type, "Bearer");
  EXPECT_EQ(config.jobs[1]->scrape_interval_ns, 30 * base::kNanosPerSecond);
}

TEST(ScrapeConfig, Defaults) {
  const ScrapeConfig config =
      parse("scrape_configs: [{job_name: a, static_configs: [{targets: ['x:1']}]}]");
  const JobConfig& job = *config.jobs.at(0);
  EXPECT_EQ(job.scrape_interval_ns, 15 * base::kNanosPerSecond);
  EXPECT_EQ(job.scrape_timeout_ns, 10 * base::kNanosPerSecond);
  EXPECT_EQ(job.metrics_path, "/metrics");
  EXPECT_TRUE(job.follow_redirects);
  EXPECT_TRUE(parse("").jobs.empty());
  EXPECT_TRUE(parse("rule_files: [a]").jobs.empty());
}

TEST(ScrapeConfig, UnsupportedAndUnknownKeysAreNamedWithTheirJob) {
  auto error = error_of("scrape_configs: [{job_name: a, file_sd_configs: []}]");
  EXPECT_EQ(error.code, base::Code::kUnsupported);
  EXPECT_EQ(error.message, "job a: unsupported: file_sd_configs");
  error = error_of("scrape_configs: [{job_name: a, scrape_intervall: 1s}]");
  EXPECT_EQ(error.code, base::Code::kInvalidArgument);
  EXPECT_EQ(error.message, "job a: unknown key: scrape_intervall");
  error = error_of("global: {external_labels: {a: b}}");
  EXPECT_EQ(error.code, base::Code::kUnsupported);
  EXPECT_EQ(error.message, "global: unsupported: external_labels");
  error = error_of("scrape_configs: [{job_name: a, tls_config: {server_name: x}}]");
  EXPECT_EQ(error.message, "job a: tls_config: unsupported: server_name");
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
  EXPECT_THAT(message("static_configs: [{targets: ['http://x/']}]"), HasSubstr("not host:port"));
  EXPECT_THAT(message("static_configs: [{targets: [x], labels: {'a-b': c}}]"),
              HasSubstr("not a label"));
  EXPECT_THAT(message("target_limit: 1, static_configs: [{targets: [x, y]}]"),
              HasSubstr("target_limit"));
  EXPECT_THAT(message("basic_auth: {password: x}"), HasSubstr("username"));
  EXPECT_THAT(message("basic_auth: {username: u}, authorization: {credentials: x}"),
              HasSubstr("only one"));
  EXPECT_THAT(message("authorization: {type: Bearer}"), HasSubstr("exactly one"));
  EXPECT_THAT(message("fallback_scrape_protocol: OpenMetricsText1.0.0"),
              HasSubstr("unsupported scrape protocol"));
  EXPECT_THAT(message("relabel_configs: [{action: jump}]"),
              HasSubstr("relabel_configs[0]: action"));
  EXPECT_THAT(message("relabel_configs: [{action: replace}]"), HasSubstr("target_label"));
  EXPECT_THAT(error_of("scrape_configs: [{scheme: http}]").message,
              HasSubstr("job_name is missing"));
  EXPECT_THAT(error_of("scrape_configs: [{job_name: a}, {job_name: a}]").message,
              HasSubstr("twice"));
  EXPECT_THAT(error_of("scrape_configs: {a: b}").message, HasSubstr("a list is expected"));
  EXPECT_THAT(error_of("a: [").message, HasSubstr("configuration"));
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
  ASSERT_EQ(targets->size(), 2u);
  EXPECT_EQ((*targets)[0].url, "https://10.0.0.1:8000/metrics/?module=a%20b&module=c&q=1");
  EXPECT_EQ(show((*targets)[0].labels), "env=prod instance=10.0.0.1:8000 job=shop");
  EXPECT_EQ(show((*targets)[1].labels), "env=prod instance=host job=shop");
  EXPECT_EQ((*targets)[1].discovered_labels.get("__address__"), "host:8001");
  EXPECT_EQ((*targets)[1].interval_ns, base::kNanosPerMinute);
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
  ASSERT_EQ(targets->size(), 1u);
  EXPECT_EQ((*targets)[0].url, "http://x:1/probe?target=x%3A1");
  EXPECT_EQ((*targets)[0].interval_ns, 20 * base::kNanosPerSecond);
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
    return targets->front().identity();
  };
  EXPECT_EQ(identity("", "x"), identity("", "x, y"));
  EXPECT_NE(identity("", "x"), identity("honor_labels: true, ", "x"));
  EXPECT_NE(identity("", "x"), identity("", "y"));
}

}  // namespace
}  // namespace tripod::scrape
