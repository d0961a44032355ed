#include "cli/settings.h"

#include "base/clock.h"

#include <gtest/gtest.h>

namespace tripod::cli {
namespace {

TEST(ParseSize, TakesUnitsAndFractions) {
  EXPECT_EQ(parse_size("1000000").value(), 1'000'000u);
  EXPECT_EQ(parse_size("64MB").value(), 64'000'000u);
  EXPECT_EQ(parse_size("512MiB").value(), 512u << 20);
  EXPECT_EQ(parse_size("1.5GiB").value(), 3u << 29);
}

TEST(ParseSize, RefusesWhatIsNoNumberOfBytes) {
  for (const char* text : {"", "GiB", "-1", "-1GiB", "nan", "inf", "infGiB", "1e15GiB", "1e300",
                           "1XB", "1 GiB", "0x10"}) {
    const auto size = parse_size(text);
    ASSERT_FALSE(size.has_value()) << text;
    EXPECT_EQ(size.error().code, base::Code::kInvalidArgument) << text;
  }
}

TEST(Resolve, ThePublicUrlIsAUrl) {
  const auto resolved = [](std::string url) {
    return resolve({{"public-url", std::move(url)}}, [](const char*) -> const char* { return nullptr; });
  };
  EXPECT_EQ(resolved("https://tripod.example.com/")->public_url, "https://tripod.example.com");
  EXPECT_EQ(resolved("http://10.0.0.1:8700/errors")->public_url, "http://10.0.0.1:8700/errors");
  EXPECT_EQ(resolved("")->public_url, "");
  for (const char* url : {"tripod.example.com", "ftp://a", "http://", "http:///a", "https://u@a", "x"}) {
    ASSERT_FALSE(resolved(url).has_value()) << url;
    EXPECT_NE(resolved(url).error().message.find("public-url"), std::string::npos) << url;
  }
}

TEST(Resolve, AFloodIsThinnedUnlessSwitchedOff) {
  const auto resolved = [](Texts texts) { return resolve(texts, [](const char*) -> const char* { return nullptr; }); };
  EXPECT_EQ(resolved({})->thinning.first, 100u);
  EXPECT_EQ(resolved({})->thinning.per_minute, 600u);
  EXPECT_EQ(resolved({{"thinning-per-minute", "60"}, {"thinning-one-of", "10"}, {"thinning-first", "0"}})->thinning.one_of, 10u);
  EXPECT_EQ(resolved({{"thinning-per-minute", "off"}})->thinning.per_minute, 0u);
  for (const auto& [name, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"thinning-per-minute", "0"}, {"thinning-per-minute", "10/m"}, {"thinning-one-of", "0"}, {"thinning-one-of", "off"}, {"thinning-first", "-1"}, {"thinning-first", "1e3"}}) {
    const auto options = resolved({{name, text}});
    ASSERT_FALSE(options.has_value()) << name << " " << text;
    EXPECT_NE(options.error().message.find(name), std::string::npos);
  }
}

TEST(SettingsOfYaml, RefusesUnknownKeysAndSecrets) {
  const auto settings = settings_of_yaml("otlp_http: 127.0.0.1:1\nscrape_configs: []\n");
  ASSERT_TRUE(settings.has_value()) << settings.error().message;
  EXPECT_EQ(settings->size(), 1u);
  EXPECT_EQ(settings->at("otlp-http"), "127.0.0.1:1");
  for (const char* yaml : {"colour: red", "admin_token: abc", "config: other.yml", "[1]",
                           "memory: [1]", "memory: {a: b}", "a: b: c"}) {
    EXPECT_FALSE(settings_of_yaml(yaml).has_value()) << yaml;
  }
}

TEST(SettingsOfYaml, SyslogHasAMappingOfItsOwn) {
  const auto settings = settings_of_yaml("syslog:\n  tcp: 0.0.0.0:514\n  allow_from: [10.0.0.0/8, 'fd00::/8']\n  time_zone: Europe/Berlin\n");
  ASSERT_TRUE(settings.has_value()) << settings.error().message;
  EXPECT_EQ(settings->at("syslog-tcp"), "0.0.0.0:514");
  EXPECT_EQ(settings->at("syslog-allow-from"), "10.0.0.0/8,fd00::/8");
  EXPECT_EQ(settings->at("syslog-time-zone"), "Europe/Berlin");
  for (const char* yaml : {"syslog: on", "syslog: {tls: true}", "syslog_tcp: 0.0.0.0:514", "syslog: {tcp: {a: b}}", "syslog: [tcp]",
                           "syslog: {data: x}", "'': {data: x}"}) {
    EXPECT_FALSE(settings_of_yaml(yaml).has_value()) << yaml;
  }
}

TEST(Resolve, NetworksAreAList) {
  const auto resolved = resolve({{"syslog-allow-from", "10.0.0.0/8, 192.0.2.1,,"}}, [](const char*) -> const char* { return nullptr; });
  ASSERT_TRUE(resolved.has_value()) << resolved.error().message;
  EXPECT_EQ(resolved->syslog.allow_from, (std::vector<std::string>{"10.0.0.0/8", "192.0.2.1"}));
  EXPECT_EQ(resolved->syslog.tcp, "");
  EXPECT_EQ(resolved->syslog.time_zone, "UTC");
}

base::Result<ServeOptions> resolved(const Texts& flags) {
  return resolve(flags, [](const char*) -> const char* { return nullptr; });
}

TEST(StorageSettings, HaveDefaults) {
  const auto options = resolved({});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->retention.logs.age, 30 * base::kNanosPerDay);
  EXPECT_EQ(options->retention.logs.bytes, 0u);
  EXPECT_EQ(options->retention.metrics.age, 90 * base::kNanosPerDay);
  EXPECT_EQ(options->disk.low_water_bytes, 256u << 20);
  EXPECT_EQ(options->disk.when_low, DiskSettings::WhenLow::kRefuse);
}

TEST(StorageSettings, ComeFromNestedYaml) {
  const auto settings = settings_of_yaml(
      "retention:\n  logs: {age: 7d, size: 50GiB}\n  metrics: {age: forever}\ndisk: {low_water: 5%, when_low: drop_oldest}\n");
  ASSERT_TRUE(settings) << settings.error().message;
  EXPECT_EQ(*settings, (Texts{{"retention-logs-age", "7d"}, {"retention-logs-size", "50GiB"}, {"retention-metrics-age", "forever"},
                              {"disk-low-water", "5%"}, {"disk-when-low", "drop_oldest"}}));
  const auto options = resolved(*settings);
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->retention.logs.age, 7 * base::kNanosPerDay);
  EXPECT_EQ(options->retention.logs.bytes, 50ull << 30);
  EXPECT_EQ(options->retention.spans.age, 30 * base::kNanosPerDay);
  EXPECT_EQ(options->retention.metrics.age, INT64_MAX);
  EXPECT_DOUBLE_EQ(options->disk.low_water_share, 0.05);
  EXPECT_EQ(options->disk.low_water_bytes, 0u);
  EXPECT_EQ(options->disk.when_low, DiskSettings::WhenLow::kDropOldest);
  for (const char* yaml : {"retention: 30d", "retention: {logs: 30d}", "retention: {logz: {age: 1d}}", "retention: {logs: {length: 1d}}",
                           "retention: {age: 1d}", "disk: {low: 5%}", "'': {age: 1d}", "retention: {'': {age: 1d}}"}) {
    EXPECT_FALSE(settings_of_yaml(yaml)) << yaml;
  }
}

TEST(StorageSettings, SeriesKeptForLessAreAListOfSelectorsAndAges) {
  const auto settings = settings_of_yaml(R"(retention: {metrics: {series: ['{job="a,b", x=~"}\""} 7d', 'up   36h']}})");
  ASSERT_TRUE(settings) << settings.error().message;
  const auto options = resolved(*settings);
  ASSERT_TRUE(options) << options.error().message;
  const std::vector<SeriesRetention> expected = {{R"({job="a,b", x=~"}\""})", 7 * base::kNanosPerDay}, {"up", 36 * base::kNanosPerHour}};
  EXPECT_EQ(options->retention.series, expected);
  EXPECT_TRUE(resolved({{"retention-metrics-series", " "}})->retention.series.empty());
}

TEST(StorageSettings, AreRefusedByName) {
  for (const auto& [name, text] : Texts{{"retention-logs-age", "5m"}, {"retention-spans-age", "long"}, {"retention-links-size", "0"},
                                        {"retention-errors-size", "big"}, {"disk-low-water", "100%"}, {"disk-when-low", "panic"},
                                        {"retention-metrics-series", "7d"}, {"retention-metrics-series", "up 7d,,"}, {"retention-metrics-series", "up soon"},
                                        {"retention-metrics-series", "up 7d, {job=\"x\\"}}) {
    const auto options = resolved({{name, text}});
    ASSERT_FALSE(options) << name;
    EXPECT_EQ(options.error().message.find(name), 0u) << options.error().message;
  }
  for (const char* text : {"-1%", "%", "nan%", "5 %", "abc"}) EXPECT_FALSE(resolved({{"disk-low-water", text}})) << text;
}

TEST(Resolve, SeriesAreAsManyAsFitIntoMemoryUnlessSaid) {
  const auto resolved = [](Texts texts) { return resolve(texts, [](const char*) -> const char* { return nullptr; }); };
  const auto fitting = resolved({{"memory", "1GiB"}});
  ASSERT_TRUE(fitting.has_value()) << fitting.error().message;
  EXPECT_EQ(fitting->series.in_all, 524'288u);
  EXPECT_EQ(fitting->series.per_job, 262'144u);
  EXPECT_EQ(fitting->series.per_metric, 262'144u);
  const auto yaml = settings_of_yaml("series: {limit: 5000, limit_per_job: off, limit_per_metric: 100}\n");
  ASSERT_TRUE(yaml.has_value()) << yaml.error().message;
  const auto said = resolved(*yaml);
  ASSERT_TRUE(said.has_value()) << said.error().message;
  EXPECT_EQ(said->series.in_all, 5000u);
  EXPECT_EQ(said->series.per_job, 0u);
  EXPECT_EQ(said->series.per_metric, 100u);
  for (const char* text : {"0", "-1", "5k", "none", "1e6"}) {
    const auto refused = resolved({{"series-limit-per-metric", text}});
    ASSERT_FALSE(refused.has_value()) << text;
    EXPECT_NE(refused.error().message.find("series-limit-per-metric"), std::string::npos) << refused.error().message;
  }
}

}  // namespace
}  // namespace tripod::cli
