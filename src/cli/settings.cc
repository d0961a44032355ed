#include "cli/settings.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <sstream>
#include <tuple>

namespace tripod::cli {

using base::Code;
using base::Result;

namespace {

constexpr auto kSettings = std::to_array<Setting>({
    {.name = "data", .default_value = "./tripod-data", .help = "folder of all data; made at first start"},
    {.name = "http", .default_value = "127.0.0.1:8700", .help = "address of the UI and every HTTP API; port 0 picks a free one"},
    {.name = "otlp-http", .default_value = "127.0.0.1:4318", .help = "address of OTLP over HTTP"},
    {.name = "otlp-grpc", .default_value = "127.0.0.1:4317", .help = "address of OTLP over gRPC"},
    {.name = "config", .default_value = "", .help = "YAML file: these settings, and scrape_configs in Prometheus's syntax"},
    {.name = "memory", .default_value = "1GiB", .help = "budget of all large buffers; ingest is refused beyond it"},
    {.name = "enable-admin-api", .default_value = "false", .help = "serve the administrative HTTP API", .is_flag = true},
    {.name = "log-level", .default_value = "info", .help = "debug, info, warn or error"},
    {.name = "keep-own-noise", .default_value = "false", .help = "keep root spans of telemetry exports and of a worker's broker polling", .is_flag = true},
    {.name = "public-url", .default_value = "", .help = "URL under which others reach the HTTP listener, where it is not its address"},
    {.name = "dashboards", .default_value = "", .help = "folder of dashboards, beside those that come with the program"},
    {.name = "syslog-tcp", .default_value = "", .help = "address of syslog over TCP; none: it is not taken", .section = "syslog"},
    {.name = "syslog-udp", .default_value = "", .help = "address of syslog over UDP; none: it is not taken", .section = "syslog"},
    {.name = "syslog-allow-from", .default_value = "", .help = "networks that may send syslog, with commas; none: this machine alone", .section = "syslog"},
    {.name = "syslog-service", .default_value = "", .help = "service.name of syslog messages that name no application", .section = "syslog"},
    {.name = "syslog-environment", .default_value = "", .help = "deployment.environment.name of syslog messages", .section = "syslog"},
    {.name = "syslog-time-zone", .default_value = "UTC", .help = "of syslog times that name none: UTC, +02:00 or Europe/Berlin", .section = "syslog"},
    {.name = "retention-logs-age", .default_value = "30d", .help = "how long logs are kept; or forever", .section = "retention.logs"},
    {.name = "retention-logs-size", .default_value = "", .help = "logs on disk beyond this: the oldest are dropped; none: no limit", .section = "retention.logs"},
    {.name = "retention-spans-age", .default_value = "30d", .help = "how long spans are kept; or forever", .section = "retention.spans"},
    {.name = "retention-spans-size", .default_value = "", .help = "spans on disk beyond this: the oldest are dropped; none: no limit", .section = "retention.spans"},
    {.name = "retention-errors-age", .default_value = "30d", .help = "how long errors are kept; or forever", .section = "retention.errors"},
    {.name = "retention-errors-size", .default_value = "", .help = "errors on disk beyond this: the oldest are dropped; none: no limit", .section = "retention.errors"},
    {.name = "retention-links-age", .default_value = "30d", .help = "how long links are kept; or forever", .section = "retention.links"},
    {.name = "retention-links-size", .default_value = "", .help = "links on disk beyond this: the oldest are dropped; none: no limit", .section = "retention.links"},
    {.name = "retention-sessions-age", .default_value = "90d", .help = "how long counts of user sessions are kept; or forever", .section = "retention.sessions"},
    {.name = "retention-sessions-size", .default_value = "", .help = "sessions on disk beyond this: the oldest are dropped; none: no limit", .section = "retention.sessions"},
    {.name = "retention-metrics-age", .default_value = "90d", .help = "how long metrics are kept; or forever", .section = "retention.metrics"},
    {.name = "retention-metrics-size", .default_value = "", .help = "metrics on disk beyond this: the oldest are dropped; none: no limit", .section = "retention.metrics"},
    {.name = "retention-metrics-series", .default_value = "", .help = "series kept for less: {job=\"batch\"} 7d, with commas", .section = "retention.metrics"},
    {.name = "sampling", .default_value = "off", .help = "on: of spans the traces with errors, slow ones and a share of the others are kept; off: every span", .section = "sampling"},
    {.name = "sampling-percentage", .default_value = "5", .help = "of the traces without error that are not slow, so many are kept", .section = "sampling"},
    {.name = "sampling-slow", .default_value = "1s", .help = "traces whose root takes this long are kept", .section = "sampling"},
    {.name = "sampling-policies", .default_value = "", .help = "a file of policies instead of the two: a Collector's tail_sampling in its own YAML", .section = "sampling"},
    {.name = "sampling-memory", .default_value = "auto", .help = "spans that wait for their trace's decision in memory; auto: a quarter of memory", .section = "sampling"},
    {.name = "sampling-window-age", .default_value = "30m", .help = "how long every span can be looked at, and kept after all", .section = "sampling.window"},
    {.name = "sampling-window-size", .default_value = "2GiB", .help = "spans of the window beyond this: the oldest are dropped", .section = "sampling.window"},
    {.name = "attachments-each", .default_value = "20MiB", .help = "files of events larger than this are not kept", .section = "attachments"},
    {.name = "attachments-size", .default_value = "1GiB", .help = "files of events beyond this: the oldest are dropped", .section = "attachments"},
    {.name = "attachments-age", .default_value = "30d", .help = "how long files of events are kept; or forever", .section = "attachments"},
    {.name = "disk-low-water", .default_value = "256MiB", .help = "free space, or share as 5%, below which disk-when-low happens", .section = "disk"},
    {.name = "disk-when-low", .default_value = "refuse", .help = "refuse what comes in, or drop_oldest: of what takes most room", .section = "disk"},
    {.name = "series-limit", .default_value = "auto", .help = "active series in all; new ones beyond it are refused; auto: as many as fit into memory; or off", .section = "series"},
    {.name = "series-limit-per-job", .default_value = "auto", .help = "active series of one job; auto: half of what fits into memory; or off", .section = "series"},
    {.name = "series-limit-per-metric", .default_value = "auto", .help = "active series of one metric; auto: half of what fits into memory; or off", .section = "series"},
    {.name = "grouping-stack-rules", .default_value = "", .help = "stack trace rules of every project, a line each", .section = "grouping"},
    {.name = "grouping-fingerprint-rules", .default_value = "", .help = "fingerprint rules of every project, a line each", .section = "grouping"},
    {.name = "scrub-rules", .default_value = "", .help = "what to hide besides what always is, a line each", .section = "scrub"},
    {.name = "scrub-ip-addresses", .default_value = "false", .help = "hide IP addresses", .is_flag = true, .section = "scrub"},
    {.name = "sentry-limits", .default_value = "", .help = "items of a category that each DSN key may send, with commas: error=600/1m,log_item=100000/1h", .section = "sentry"},
    {.name = "sentry-filters-releases", .default_value = "", .help = "globs of releases whose errors and spans are not taken", .section = "sentry.filters"},
    {.name = "sentry-filters-messages", .default_value = "", .help = "globs of messages of errors that are not taken", .section = "sentry.filters"},
    {.name = "sentry-filters-health-checks", .default_value = "false", .help = "do not take transactions named like /healthz", .is_flag = true, .section = "sentry.filters"},
    {.name = "sentry-filters-localhost", .default_value = "false", .help = "do not take errors of sites at localhost", .is_flag = true, .section = "sentry.filters"},
    {.name = "sentry-filters-browser-extensions", .default_value = "false", .help = "do not take errors out of browser extensions", .is_flag = true, .section = "sentry.filters"},
    {.name = "sentry-filters-legacy-browsers", .default_value = "false", .help = "do not take errors of browsers that nobody supports any more", .is_flag = true, .section = "sentry.filters"},
    {.name = "thinning-first", .default_value = "100", .help = "events of each issue that are stored whole in any case", .section = "thinning"},
    {.name = "thinning-per-minute", .default_value = "600", .help = "events of one issue a minute that are stored whole; of more the payload is left out; or off", .section = "thinning"},
    {.name = "thinning-one-of", .default_value = "100", .help = "of events beyond that one of so many is stored whole", .section = "thinning"},
    {.name = "admin-token", .default_value = "", .help = "a token with every right, for unattended starts", .only_environment = true},
    {.name = "dsn-key", .default_value = "", .help = "public key of project 1, 32 hexadecimal digits", .only_environment = true},
});

std::string with_underscores(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '-', '_');
  return out;
}

// As the YAML file has it, without its section.
std::string key_of(const Setting& setting) {
  std::string_view name = setting.name;
  if (name == setting.section) return "mode";  // --sampling is sampling: {mode: ...}
  if (!setting.section.empty()) name.remove_prefix(setting.section.size() + 1);
  return with_underscores(name);
}

std::vector<std::string> list_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    if (!part.empty()) out.emplace_back(part);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return out;
}

// A scalar, or a list as one text with commas. Throws YAML::Exception.
std::string text_of(const YAML::Node& node) {
  if (!node.IsSequence()) return node.as<std::string>();
  std::string out;
  for (const auto& item : node) out += (out.empty() ? "" : ",") + item.as<std::string>();
  return out;
}

std::string variable_of(std::string_view name) {
  std::string out = "TRIPOD_" + with_underscores(name);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return out;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path);
  if (!in) return base::fail(Code::kNotFound, "cannot read " + path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

Result<bool> parse_bool(std::string_view name, std::string_view text) {
  if (text == "true" || text == "1" || text == "yes") return true;
  if (text == "false" || text == "0" || text == "no" || text.empty()) return false;
  return base::fail(Code::kInvalidArgument, std::string(name) + " must be true or false");
}

bool is_key(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// None, or http or https with a host: DSNs are made of it.
bool is_public_url(std::string_view text) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (text.starts_with(scheme)) return text.find_first_not_of('/', scheme.size()) == scheme.size() && text.find('@') == std::string_view::npos;
  }
  return text.empty();
}

Result<ServeOptions::Sentry> sentry_settings(const Texts& texts) {
  ServeOptions::Sentry out;
  out.limits = list_of(texts.at("sentry-limits"));
  out.releases = list_of(texts.at("sentry-filters-releases"));
  out.messages = list_of(texts.at("sentry-filters-messages"));
  for (auto [name, flag] : {std::pair{"health-checks", &out.health_checks}, std::pair{"localhost", &out.localhost},
                            std::pair{"browser-extensions", &out.browser_extensions}, std::pair{"legacy-browsers", &out.legacy_browsers}}) {
    const std::string setting = std::string("sentry-filters-") + name;
    auto on = parse_bool(setting, texts.find(setting)->second);
    if (!on) return base::fail(std::move(on.error()));
    *flag = *on;
  }
  return out;
}

Result<uint64_t> whole_number(std::string_view name, std::string_view text, uint64_t least) {
  constexpr uint64_t kMost = 1'000'000'000;
  uint64_t out = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (ec == std::errc() && end == text.data() + text.size() && out >= least && out <= kMost) return out;
  return base::fail(Code::kInvalidArgument, std::string(name) + " must be a whole number of at least " + std::to_string(least));
}

Result<ServeOptions::Thinning> thinning_settings(const Texts& texts) {
  ServeOptions::Thinning out;
  const bool is_off = texts.at("thinning-per-minute") == "off";
  for (auto [name, number, least] : {std::tuple{"thinning-first", &out.first, uint64_t{0}}, {"thinning-per-minute", &out.per_minute, uint64_t{1}}, {"thinning-one-of", &out.one_of, uint64_t{1}}}) {
    if (is_off && number == &out.per_minute) continue;
    const auto value = whole_number(name, texts.find(std::string_view(name))->second, least);
    if (!value) return base::fail(value.error());
    *number = *value;
  }
  return out;
}

Result<ServeOptions> typed(const Texts& texts, std::string config_text) {
  ServeOptions out;
  out.config_text = std::move(config_text);
  out.data = texts.at("data");
  out.http = texts.at("http");
  out.otlp_http = texts.at("otlp-http");
  out.otlp_grpc = texts.at("otlp-grpc");
  out.config = texts.at("config");
  out.log_level = texts.at("log-level");
  out.dashboards = texts.at("dashboards");
  out.syslog = {.tcp = texts.at("syslog-tcp"),
                .udp = texts.at("syslog-udp"),
                .allow_from = list_of(texts.at("syslog-allow-from")),
                .service = texts.at("syslog-service"),
                .environment = texts.at("syslog-environment"),
                .time_zone = texts.at("syslog-time-zone")};
  out.rules = {.stack = texts.at("grouping-stack-rules"), .fingerprint = texts.at("grouping-fingerprint-rules"), .scrub = texts.at("scrub-rules")};
  auto addresses = parse_bool("scrub-ip-addresses", texts.at("scrub-ip-addresses"));
  if (!addresses) return base::fail(std::move(addresses.error()));
  out.rules.scrub_ip_addresses = *addresses;
  out.public_url = texts.at("public-url");
  if (!is_public_url(out.public_url)) return base::fail(Code::kInvalidArgument, "public-url must be like https://tripod.example.com");
  while (out.public_url.ends_with('/')) out.public_url.pop_back();   // paths are put behind it
  out.admin_token = texts.at("admin-token");
  out.dsn_key = texts.at("dsn-key");
  auto memory = parse_size(texts.at("memory"));
  if (!memory) return base::fail(Code::kInvalidArgument, "memory: " + memory.error().message);
  if (*memory < (64u << 20)) return base::fail(Code::kInvalidArgument, "memory: at least 64MiB are needed");
  out.memory = *memory;
  auto admin = parse_bool("enable-admin-api", texts.at("enable-admin-api"));
  if (!admin) return base::fail(std::move(admin.error()));
  out.enable_admin_api = *admin;
  auto noise = parse_bool("keep-own-noise", texts.at("keep-own-noise"));
  if (!noise) return base::fail(std::move(noise.error()));
  out.keep_own_noise = *noise;
  const TextOf text = [&](std::string_view name) -> const std::string& { return texts.find(name)->second; };
  auto retention = retention_settings(text);
  if (!retention) return base::fail(std::move(retention.error()));
  out.retention = *retention;
  auto disk = disk_settings(text);
  if (!disk) return base::fail(std::move(disk.error()));
  out.disk = *disk;
  auto attachments = attachment_settings(text);
  if (!attachments) return base::fail(std::move(attachments.error()));
  out.attachments = *attachments;
  auto series = series_settings(text, out.memory);
  if (!series) return base::fail(std::move(series.error()));
  out.series = *series;
  auto sampling = sampling_settings(text, out.memory);
  if (!sampling) return base::fail(std::move(sampling.error()));
  out.sampling = *sampling;
  auto sentry = sentry_settings(texts);
  if (!sentry) return base::fail(std::move(sentry.error()));
  out.sentry = std::move(*sentry);
  auto thinning = thinning_settings(texts);
  if (!thinning) return base::fail(std::move(thinning.error()));
  out.thinning = *thinning;
  constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warn", "error"};
  if (std::ranges::find(kLevels, out.log_level) == kLevels.end()) return base::fail(Code::kInvalidArgument, "log-level must be debug, info, warn or error");
  if (!out.dsn_key.empty() && !is_key(out.dsn_key)) return base::fail(Code::kInvalidArgument, "TRIPOD_DSN_KEY must be 32 lower-case hexadecimal digits");
  if (!out.admin_token.empty() && out.admin_token.size() < 16) return base::fail(Code::kInvalidArgument, "TRIPOD_ADMIN_TOKEN must have at least 16 characters");
  return out;
}

}  // namespace

std::span<const Setting> settings() { return kSettings; }

Result<uint64_t> parse_size(std::string_view text) {
  double value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (ec != std::errc()) return base::fail(Code::kInvalidArgument, "not a size: " + std::string(text));
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  constexpr std::array<std::pair<std::string_view, double>, 8> kUnits = {{{"", 1}, {"B", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}}};
  for (const auto& [name, factor] : kUnits) {
    if (name != unit) continue;
    // "nan" and "inf" are numbers to from_chars.
    if (!(value >= 0 && value * factor <= static_cast<double>(kMostBytes))) {
      return base::fail(Code::kInvalidArgument, "size out of range: " + std::string(text));
    }
    return static_cast<uint64_t>(value * factor);
  }
  return base::fail(Code::kInvalidArgument, "unknown unit in " + std::string(text) + ": use KiB, MiB, GiB, KB, MB or GB");
}

namespace {

// Whether settings stand in this mapping, or in mappings of it.
bool is_section(const std::string& name) {
  if (name.empty()) return false;
  return std::ranges::any_of(kSettings, [&](const Setting& s) { return s.section == name || s.section.starts_with(name + "."); });
}

// Read, or named as without effect, by the scraper.
constexpr std::array<std::string_view, 10> kPrometheusSections{"global",       "scrape_configs", "scrape_config_files", "rule_files", "alerting",
                                                               "remote_write", "remote_read",    "storage",             "tracing",    "otlp"};

// With the place in the file.
std::unexpected<base::Error> refuse(const YAML::Node& key, const std::string& why) {
  return base::fail(Code::kInvalidArgument, "line " + std::to_string(key.Mark().line + 1) + ", column " + std::to_string(key.Mark().column + 1) + ": " + why);
}

// The settings of one mapping: of the whole file (section ""), or of the mapping with that name. Throws YAML::Exception.
Result<> read_settings(const YAML::Node& mapping, const std::string& section, Texts& out) {
  const std::string place = section.empty() ? "" : section + ".";
  if (!mapping.IsMap()) return base::fail(Code::kInvalidArgument, section.empty() ? "the file must be a mapping" : section + " must be a mapping");
  for (const auto& entry : mapping) {
    const std::string key = entry.first.as<std::string>();
    if (section.empty() && std::ranges::find(kPrometheusSections, key) != kPrometheusSections.end()) continue;
    if (is_section(place + key)) {
      if (auto ok = read_settings(entry.second, place + key, out); !ok) return ok;
      continue;
    }
    const auto found = std::ranges::find_if(kSettings, [&](const Setting& s) { return s.section == section && key_of(s) == key; });
    if (found == kSettings.end() || found->name == "config") return refuse(entry.first, "unknown key \"" + place + key + "\"");
    if (found->only_environment) return refuse(entry.first, "\"" + key + "\" is a secret: set " + variable_of(found->name) + " instead");
    out[std::string(found->name)] = section.empty() ? entry.second.as<std::string>() : text_of(entry.second);
  }
  return {};
}

}  // namespace

Result<Texts> settings_of_yaml(const std::string& yaml) {
  Texts out;
  try {
    const YAML::Node root = YAML::Load(yaml);
    if (root.IsNull()) return out;
    if (auto ok = read_settings(root, "", out); !ok) return base::fail(std::move(ok.error()));
  } catch (const YAML::Exception& e) {
    return base::fail(Code::kInvalidArgument, e.what());
  }
  return out;
}

Result<ServeOptions> resolve(const Texts& flags, const char* (*environment)(const char* name)) {
  Texts texts;
  auto look_up = [&](const Setting& s) -> std::string {
    if (const auto it = flags.find(s.name); it != flags.end()) return it->second;
    if (const char* value = environment(variable_of(s.name).c_str()); value != nullptr && *value != '\0') return value;
    return "";
  };
  const auto config = std::ranges::find(kSettings, "config", &Setting::name);
  const std::string path = look_up(*config);
  std::string config_text;
  Texts file;
  if (!path.empty()) {
    auto text = read_file(path);
    if (!text) return base::fail(std::move(text.error()));
    auto parsed = settings_of_yaml(*text);
    if (!parsed) return base::fail(Code::kInvalidArgument, path + ": " + parsed.error().message);
    config_text = std::move(*text);
    file = std::move(*parsed);
  }
  for (const Setting& s : kSettings) {
    std::string value = look_up(s);
    if (value.empty()) {
      const auto it = file.find(s.name);
      value = it != file.end() ? it->second : std::string(s.default_value);
    }
    texts[std::string(s.name)] = std::move(value);
  }
  return typed(texts, std::move(config_text));
}

}  // namespace tripod::cli
