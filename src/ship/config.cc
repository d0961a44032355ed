#include "ship/config.h"

#include <algorithm>

#include "ship/config_reader.h"
#include "ship/config_values.h"

namespace tripod::ship {

using base::Code;
using base::Result;

namespace {

constexpr uint64_t kMostLineBytes = 1u << 20;  // the server takes no longer ones
constexpr uint64_t kMostJoinedLines = 10'000;

std::unexpected<base::Error> wrong(std::string what) {
  return base::fail(Code::kInvalidArgument, std::move(what));
}

// What all inputs begin with.
struct Common {
  Labels labels;
  LineRules lines;
};

void read_multiline(const YAML::Node& node, Input& input) {
  if (node.IsScalar()) {
    const std::string& word = node.Scalar();
    // YAML reads a bare off as a text too, and so do we.
    if (word != "auto" && word != "off") fail_at(node, "multiline must be auto, off, or a mapping");
    input.lines.join = word == "auto" ? Join::kAuto : Join::kOff;
    return;
  }
  ConfigMap map(node, "multiline");
  if (map.has("start")) {
    if (auto ok = set_start(input.lines, map.text("start", "")); !ok)
      fail_at(map.node("start"), ok.error().message);
  }
  input.lines.max_lines = map.number("max_lines", input.lines.max_lines);
  if (input.lines.max_lines > kMostJoinedLines)
    fail_at(map.node("max_lines"), "max_lines is at most 10000");
  input.join_wait_ns = map.duration_ns("wait", input.join_wait_ns);
  map.finish();
}

std::vector<base::Glob> read_globs(ConfigMap& map, const char* key) {
  std::vector<base::Glob> out;
  for (const YAML::Node& item : map.list(key)) {
    if (!item.IsScalar()) fail_at(item, std::string(key) + " are texts");
    auto glob = base::Glob::parse(item.Scalar());
    if (!glob) fail_at(item, glob.error().message);
    out.push_back(std::move(*glob));
  }
  return out;
}

Input read_input(const YAML::Node& node, const Common& common) {
  ConfigMap map(node, "an input");
  Input input{.labels = common.labels, .lines = common.lines};
  input.paths = read_globs(map, "paths");
  const bool is_stdin = map.boolean("stdin", false);
  if (is_stdin == !input.paths.empty())
    fail_at(node, "an input has either paths or \"stdin: true\"");
  input.exclude = read_globs(map, "exclude");
  std::ranges::move(compressed_files(), std::back_inserter(input.exclude));
  for (const auto& [name, value] : map.labels("labels")) set_label(input.labels, name, value);
  if (map.has("service")) set_label(input.labels, "service_name", map.text("service", ""));
  if (map.has("multiline")) read_multiline(map.node("multiline"), input);
  input.lines.max_bytes = map.bytes("max_line_bytes", input.lines.max_bytes);
  if (input.lines.max_bytes < 1024 || input.lines.max_bytes > kMostLineBytes)
    fail_at(node, "max_line_bytes is 1KiB to 1MiB");
  const std::string start = map.text("start", "beginning");
  if (start != "beginning" && start != "end")
    fail_at(map.node("start"), "start must be beginning or end");
  input.start = start == "end" ? Input::Start::kEnd : Input::Start::kBeginning;
  map.finish();
  return input;
}

void read_output(ConfigMap& map, Output& output) {
  output.url = map.text("to", output.url);
  if (map.has("to")) {
    if (auto ok = check_url(output.url); !ok) fail_at(map.node("to"), ok.error().message);
  }
  output.key_file = map.text("key_file", "");
  output.ca_file = map.text("ca_file", "");
  output.timeout_ns = map.duration_ns("timeout", output.timeout_ns);
  const std::string compression = map.text("compression", "zstd");
  if (compression != "zstd" && compression != "none")
    fail_at(map.node("compression"), "compression must be zstd or none");
  output.compress = compression == "zstd";
  if (map.has("batch")) {
    ConfigMap batch(map.node("batch"), "batch");
    output.batch_bytes = batch.bytes("max_bytes", output.batch_bytes);
    output.linger_ns = batch.duration_ns("linger", output.linger_ns);
    batch.finish();
  }
  if (map.has("retry")) {
    ConfigMap retry(map.node("retry"), "retry");
    output.first_retry_ns = retry.duration_ns("first", output.first_retry_ns);
    output.most_retry_ns = retry.duration_ns("most", output.most_retry_ns);
    retry.finish();
  }
}

std::string log_level_of(const std::string& text, Result<>& result) {
  for (const char* level : {"debug", "info", "warn", "error"}) {
    if (text == level) return text;
  }
  result = wrong("log_level must be debug, info, warn or error");
  return "info";
}

uint64_t read_bound(ConfigMap& map, const char* key, uint64_t fallback) {
  if (!map.has(key)) return fallback;
  ConfigMap inner(map.node(key), key);
  const uint64_t out = inner.bytes("max_bytes", fallback);
  inner.finish();
  return out;
}

// host: true (the machine's name), false (none), or a name.
void set_host(Labels& labels, const std::string& host, const Surroundings& surroundings) {
  const std::string name = host == "true" ? surroundings.host_name : host == "false" ? "" : host;
  if (!name.empty()) set_label(labels, "host.name", name);
}

Config read_config(const YAML::Node& root, const Surroundings& surroundings, std::string& key_env) {
  ConfigMap map(root, "the file");
  Config config;
  read_output(map, config.output);
  key_env = map.text("key_env", "");
  config.state_dir = map.text("state", config.state_dir);
  config.spool_bytes = read_bound(map, "spool", config.spool_bytes);
  config.rejected_bytes = read_bound(map, "rejected", config.rejected_bytes);
  config.poll_interval_ns = map.duration_ns("poll_interval", config.poll_interval_ns);
  config.rotated_wait_ns = map.duration_ns("rotated_wait", config.rotated_wait_ns);
  config.drain_ns = map.duration_ns("drain", config.drain_ns);
  config.most_files = map.number("max_files", config.most_files);
  Result<> level;
  config.log_level = log_level_of(map.text("log_level", config.log_level), level);
  if (!level) fail_at(map.node("log_level"), level.error().message);
  Common common;
  set_host(common.labels, map.text("host", "true"), surroundings);
  for (const auto& [name, value] : map.labels("labels")) set_label(common.labels, name, value);
  for (const YAML::Node& input : map.list("inputs"))
    config.inputs.push_back(read_input(input, common));
  map.finish();
  return config;
}

// One option of the command line; those of the input go to `input`.
Result<> apply_option(std::string_view name, const std::string& value, Config& config,
                      Input& input) {
  if (name == "to")
    config.output.url = value;
  else if (name == "key-file")
    config.output.key_file = value;
  else if (name == "ca-file")
    config.output.ca_file = value;
  else if (name == "state")
    config.state_dir = value;
  else if (name == "service")
    set_label(input.labels, "service_name", value);
  else if (name == "no-compression")
    config.output.compress = false;
  else if (name == "multiline-start")
    return set_start(input.lines, value);
  else if (name == "multiline" && (value == "auto" || value == "off"))
    input.lines.join = value == "off" ? Join::kOff : Join::kAuto;
  else if (name == "start" && (value == "beginning" || value == "end"))
    input.start = value == "end" ? Input::Start::kEnd : Input::Start::kBeginning;
  else if (name == "log-level") {
    Result<> result;
    config.log_level = log_level_of(value, result);
    return result;
  } else if (name == "label") {
    const size_t equals = value.find('=');
    if (equals == std::string::npos) return wrong("--label is NAME=TEXT, not \"" + value + "\"");
    const std::string label = value.substr(0, equals);
    if (auto why = wrong_label(label)) return wrong("--label: " + *why);
    set_label(input.labels, label, value.substr(equals + 1));
  } else if (name == "exclude") {
    auto glob = base::Glob::parse(value);
    if (!glob) return base::fail(std::move(glob.error()));
    input.exclude.push_back(std::move(*glob));
  } else if (name == "spool-size") {
    const auto bytes = parse_bytes(value);
    if (!bytes) return wrong("--spool-size must be a size such as 256MiB");
    config.spool_bytes = *bytes;
  } else {
    return wrong("--" + std::string(name) + " cannot be \"" + value + "\"");
  }
  return {};
}

// What goes before the file: where to, and where things are.
bool is_above_file(std::string_view name) {
  return name == "to" || name == "state" || name == "key-file" || name == "ca-file" ||
         name == "log-level";
}

Result<Config> config_of_file(const std::string& path, const Options& options,
                              const Surroundings& surroundings) {
  if (!options.paths.empty()) return wrong("with --config the paths stand in the file");
  auto text = surroundings.read_file(path);
  if (!text) return wrong(text.error().message);
  std::string key_env;
  Config config;
  try {
    config = read_config(YAML::Load(*text), surroundings, key_env);
  } catch (const ConfigError& e) {
    return wrong(path + ": " + e.message);
  } catch (const YAML::Exception& e) {
    return wrong(path + ": line " + std::to_string(std::max(e.mark.line, 0) + 1) + ": " + e.msg);
  }
  Input unused;
  for (const auto& [name, value] : options.values) {
    if (name == "config" || name == "check") continue;
    if (!is_above_file(name)) return wrong("with --config, --" + name + " stands in the file");
    if (name == "key-file") key_env.clear();
    if (auto ok = apply_option(name, value, config, unused); !ok)
      return base::fail(std::move(ok.error()));
  }
  if (auto ok = finish_config(config, key_env, surroundings); !ok)
    return wrong(path + ": " + ok.error().message);
  return config;
}

}  // namespace

Result<Config> parse_config(const std::string& yaml, const Surroundings& surroundings) {
  Surroundings here = surroundings;
  here.read_file = [&](const std::string& path) {
    return path == "ship.yml" ? Result<std::string>(yaml) : surroundings.read_file(path);
  };
  return config_of_file("ship.yml", {}, here);
}

Result<Config> make_config(const Options& options, const Surroundings& surroundings) {
  for (const auto& [name, value] : options.values) {
    if (name == "config") return config_of_file(value, options, surroundings);
  }
  Config config;
  Input input;
  std::string key_env;
  bool read_stdin = false;
  set_host(input.labels, "true", surroundings);
  for (const auto& [name, value] : options.values) {
    if (name == "check") continue;
    if (name == "stdin")
      read_stdin = true;
    else if (name == "key-env")
      key_env = value;
    else if (auto ok = apply_option(name, value, config, input); !ok)
      return base::fail(std::move(ok.error()));
  }
  std::ranges::move(compressed_files(), std::back_inserter(input.exclude));
  Input files = input;
  for (const std::string& path : options.paths) {
    if (path == "-") {
      read_stdin = true;
      continue;
    }
    auto glob = base::Glob::parse(path);
    if (!glob) return base::fail(std::move(glob.error()));
    files.paths.push_back(std::move(*glob));
  }
  if (!files.paths.empty()) config.inputs.push_back(std::move(files));
  if (read_stdin) config.inputs.push_back(std::move(input));
  if (auto ok = finish_config(config, key_env, surroundings); !ok)
    return base::fail(std::move(ok.error()));
  return config;
}

}  // namespace tripod::ship
