#include "scrape/config.h"

#include <algorithm>

#include "base/glob.h"
#include "scrape/config_reader.h"

namespace tripod::scrape {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr size_t kMostFiles = 10'000;  // of one pattern

using Formats = std::vector<ingest::prometheus::TextFormat>;

struct Defaults {
  int64_t interval_ns = 15 * base::kNanosPerSecond;
  int64_t timeout_ns = 10 * base::kNanosPerSecond;
  bool timeout_given = false;
  ScrapeLimits limits;
  uint64_t target_limit = 0;
  Formats scrape_protocols;
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

// Of a job, or of `global` for all of them.
ScrapeLimits read_limits(YamlMap& map, const ScrapeLimits& defaults) {
  ScrapeLimits out;
  out.samples = map.number("sample_limit", defaults.samples);
  out.labels = map.number("label_limit", defaults.labels);
  out.label_name_bytes = map.number("label_name_length_limit", defaults.label_name_bytes);
  out.label_value_bytes = map.number("label_value_length_limit", defaults.label_value_bytes);
  out.body_bytes = map.bytes("body_size_limit", defaults.body_bytes);
  return out;
}

void read_targets(YamlMap& job, const Defaults& defaults, ConfigFile& file, JobConfig& out) {
  for (const YAML::Node& node : job.list("static_configs")) {
    out.static_configs.push_back(read_target_group(node, job.where() + ": static_configs"));
  }
  read_discoveries(job, file, out);
  out.target_limit = job.number("target_limit", defaults.target_limit);
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
  for (const char* key : {"static_configs", "file_sd_configs", "http_sd_configs", "target_limit"}) copy.remove(key);
  // With what `global` gives it.
  std::string out = YAML::Dump(copy);
  const ScrapeLimits& limits = job.limits;
  for (const auto number : {static_cast<uint64_t>(job.scrape_interval_ns), static_cast<uint64_t>(job.scrape_timeout_ns), limits.samples, limits.labels,
                            limits.label_name_bytes, limits.label_value_bytes, limits.body_bytes}) {
    out += " " + std::to_string(number);
  }
  return out + ingest::prometheus::scrape_accept(job.scrape_protocols);
}

// Best first; empty: all that are read.
Formats read_protocols(YamlMap& map, const Formats& defaults) {
  if (!map.has("scrape_protocols")) return defaults;
  Formats out;
  for (const std::string& name : map.texts("scrape_protocols")) {
    const auto format = ingest::prometheus::parse_scrape_protocol(name);
    // Prometheus's protobuf is a better one of several; alone it would be asked for in vain.
    if (!format && format.error().code != Code::kUnsupported) map.wrong("scrape_protocols", format.error().message);
    if (format) out.push_back(*format);
  }
  if (out.empty()) map.wrong("scrape_protocols", "none of these is read");
  return out;
}

std::optional<ingest::prometheus::TextFormat> read_fallback(YamlMap& job) {
  if (!job.has("fallback_scrape_protocol")) return std::nullopt;
  const auto format = ingest::prometheus::parse_scrape_protocol(job.text("fallback_scrape_protocol", ""));
  if (!format) job.wrong("fallback_scrape_protocol", format.error().message);
  return *format;
}

std::shared_ptr<const JobConfig> read_job(const YAML::Node& node, const Defaults& defaults, ConfigFile& file, size_t number) {
  std::string where = "scrape_configs[" + std::to_string(number) + "]";
  auto out = std::make_shared<JobConfig>();
  out->job_name = YamlMap(node, where).text("job_name", "");
  if (out->job_name.empty())
    throw ConfigError{Code::kInvalidArgument, where + ": job_name is missing", node.Mark()};
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
  out->scrape_protocols = read_protocols(job, defaults.scrape_protocols);
  out->fallback_scrape_protocol = read_fallback(job);
  out->http = read_http_client(job, file);
  out->limits = read_limits(job, defaults.limits);
  read_targets(job, defaults, file, *out);
  out->relabel_rules = read_relabels(job, "relabel_configs");
  out->metric_relabel_rules = read_relabels(job, "metric_relabel_configs");
  job.finish(other_job_keys(), file.notes);
  out->fingerprint = fingerprint_of(node, *out);
  return out;
}

Defaults read_global(YamlMap& top, ConfigFile& file) {
  YamlMap global(top.node("global"), "global");
  Defaults out;
  out.interval_ns = global.duration_ns("scrape_interval", out.interval_ns);
  out.timeout_given = global.has("scrape_timeout");
  out.timeout_ns = global.duration_ns("scrape_timeout", out.timeout_ns);
  if (out.timeout_given && out.timeout_ns > out.interval_ns) global.wrong("scrape_timeout", "is longer than the scrape interval");
  for (const char* key : {"evaluation_interval", "rule_query_offset"}) (void)global.has(key);  // alert/rule_file.h reads them
  out.limits = read_limits(global, {});
  out.target_limit = global.number("target_limit", 0);
  out.scrape_protocols = read_protocols(global, {});
  global.finish(other_global_keys(), file.notes);
  return out;
}

void read_jobs(YamlMap& top, const Defaults& defaults, ConfigFile& file, ScrapeConfig& out) {
  size_t number = 0;
  for (const YAML::Node& node : top.list("scrape_configs")) {
    auto job = read_job(node, defaults, file, number++);
    const bool is_known = std::ranges::any_of(out.jobs, [&](const auto& other) { return other->job_name == job->job_name; });
    if (is_known) throw ConfigError{Code::kInvalidArgument, "job " + job->job_name + " is there twice", node.Mark()};
    out.jobs.push_back(std::move(job));
  }
}

// Prometheus's other sections; the program's own settings are read elsewhere.
void note_sections(const YAML::Node& document, ConfigFile& file) {
  for (const auto& pair : document) {
    const auto known = other_top_keys().without_effect.find(pair.first.Scalar());
    if (known == other_top_keys().without_effect.end()) continue;
    file.notes.push_back({pair.first.Scalar() + " has no effect: " + std::string(known->second), pair.first.Mark()});
  }
}

// What a reader throws, as an error with its place; notes go to `out`.
template <class Read>
Result<> read_yaml(const std::string& yaml, ConfigFile& file, ScrapeConfig& out, Read read) {
  try {
    const YAML::Node document = YAML::Load(yaml);
    if (document.IsDefined() && !document.IsNull()) {
      if (!document.IsMap()) throw ConfigError{Code::kInvalidArgument, "a mapping is expected", document.Mark()};
      read(document);
    }
  } catch (const ConfigError& e) {
    return fail(e.code, place_text(file.name, e.mark) + e.message);
  } catch (const YAML::Exception& e) {
    return fail(Code::kInvalidArgument, place_text(file.name, e.mark) + e.msg);
  }
  for (const ConfigNote& note : file.notes) out.notes.push_back(place_text(file.name, note.mark) + note.text);
  return {};
}

// A file of scrape_config_files: jobs and nothing else.
Result<> read_included(const std::string& path, const Defaults& defaults, base::Fs& fs, ScrapeConfig& out) {
  ConfigFile file{path, fs, {}};
  auto yaml = fs.read_all(path);
  if (!yaml) return fail(Code::kInvalidArgument, "scrape_config_files: " + yaml.error().message);
  return read_yaml(*yaml, file, out, [&](const YAML::Node& document) {
    YamlMap top(document, "scrape_config_files");
    read_jobs(top, defaults, file, out);
    top.finish({});
  });
}

}  // namespace

Result<ScrapeConfig> parse_scrape_configs(const std::string& yaml, const std::string& name, base::Fs& fs) {
  ScrapeConfig out;
  ConfigFile file{name, fs, {}};
  Defaults defaults;
  std::vector<std::string> included;
  auto read = read_yaml(yaml, file, out, [&](const YAML::Node& document) {
    YamlMap top(document, "configuration");
    defaults = read_global(top, file);
    read_jobs(top, defaults, file, out);
    for (const std::string& pattern : top.texts("scrape_config_files")) included.push_back(file.path(pattern));
    note_sections(document, file);
  });
  if (!read) return fail(std::move(read.error()));
  for (const std::string& pattern : included) {
    const auto glob = base::Glob::parse(pattern);
    if (!glob) return fail(Code::kInvalidArgument, name + ": scrape_config_files: " + glob.error().message);
    std::vector<std::string> paths;
    glob->expand(fs, kMostFiles, paths);
    for (const std::string& path : paths) {
      if (auto ok = read_included(path, defaults, fs, out); !ok) return fail(std::move(ok.error()));
    }
  }
  return out;
}

}  // namespace tripod::scrape
