#include "ship/config_values.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace tripod::ship {

using base::Code;
using base::Result;

namespace {

constexpr uint64_t kMostBytes = 1'000'000'000'000'000;
constexpr uint64_t kLeastSpool = 1u << 20;
constexpr uint64_t kLeastBatch = 4u << 10;
constexpr uint64_t kMostBatch = 16u << 20;

std::unexpected<base::Error> wrong(std::string what) {
  return base::fail(Code::kInvalidArgument, std::move(what));
}

Result<std::string> key_of(const Output& output, const std::string& key_env,
                           const Surroundings& surroundings) {
  if (!output.key_file.empty()) {
    auto text = surroundings.read_file(output.key_file);
    if (!text) return wrong("the key: " + text.error().message);
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r' || text->back() == ' '))
      text->pop_back();
    return text;
  }
  const char* value = surroundings.environment(key_env.c_str());
  if (value == nullptr && key_env != "TRIPOD_KEY")
    return wrong("the environment has no variable " + key_env + " for the key");
  return std::string(value != nullptr ? value : "");
}

}  // namespace

std::optional<uint64_t> parse_bytes(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  constexpr std::array<std::pair<std::string_view, double>, 8> kUnits = {{{"", 1},
                                                                          {"B", 1},
                                                                          {"KiB", 1024},
                                                                          {"MiB", 1048576},
                                                                          {"GiB", 1073741824},
                                                                          {"KB", 1e3},
                                                                          {"MB", 1e6},
                                                                          {"GB", 1e9}}};
  const auto* found = std::ranges::find(kUnits, unit, &std::pair<std::string_view, double>::first);
  // "nan" and "inf" are numbers to from_chars.
  if (found == kUnits.end() ||
      !(value >= 0 && value * found->second <= static_cast<double>(kMostBytes)))
    return std::nullopt;
  return static_cast<uint64_t>(value * found->second);
}

std::optional<std::string> wrong_label(std::string_view name) {
  const bool good = !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '-';
  });
  if (good) return std::nullopt;
  return "a label's name has letters, digits, \"_\", \".\" and \"-\", not \"" + std::string(name) +
         "\"";
}

void set_label(Labels& labels, std::string_view name, std::string_view value) {
  const auto found = std::ranges::find(labels, name, &std::pair<std::string, std::string>::first);
  if (found != labels.end())
    found->second = value;
  else
    labels.emplace_back(name, value);
}

Result<> check_url(std::string_view url) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!url.starts_with(scheme)) continue;
    const std::string_view rest = url.substr(scheme.size());
    const std::string_view host = rest.substr(0, rest.find('/'));
    if (host.find('@') != host.npos)
      return wrong(
          "the server's URL must not hold a password or key; give the key with key_file or "
          "key_env");
    if (!host.empty() && host.front() != ':' && rest.find_first_of("?# ") == rest.npos) return {};
  }
  return wrong("the server's URL must be like https://tripod.example.com");
}

Result<> set_start(LineRules& rules, const std::string& expression) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_encoding(RE2::Options::EncodingLatin1);  // lines may hold any bytes
  auto compiled = std::make_shared<const RE2>(expression, options);
  if (!compiled->ok())
    return wrong("\"" + expression + "\" is not a regular expression: " + compiled->error());
  rules.start = std::move(compiled);
  rules.join = Join::kStart;
  return {};
}

std::vector<base::Glob> compressed_files() {
  std::vector<base::Glob> out;
  for (const char* pattern : {"*.gz", "*.bz2", "*.xz", "*.zst", "*.zip"})
    out.push_back(*base::Glob::parse(pattern));
  return out;
}

Result<> finish_config(Config& config, const std::string& key_env,
                       const Surroundings& surroundings) {
  if (config.inputs.empty()) return wrong("nothing to follow: name files, or standard input");
  Output& output = config.output;
  if (auto ok = check_url(output.url); !ok) return ok;
  if (!output.key_file.empty() && !key_env.empty())
    return wrong("key_file and key_env exclude each other");
  auto key = key_of(output, key_env.empty() ? "TRIPOD_KEY" : key_env, surroundings);
  if (!key) return base::fail(std::move(key.error()));
  if (key->find_first_of("\r\n\t ") != key->npos) return wrong("the key must be one word");
  output.key = std::move(*key);
  if (output.batch_bytes < kLeastBatch || output.batch_bytes > kMostBatch)
    return wrong("a batch must have 4KiB to 16MiB");
  if (config.spool_bytes < kLeastSpool) return wrong("the spool needs at least 1MiB");
  if (output.first_retry_ns > output.most_retry_ns)
    return wrong("the first retry must not wait longer than the last");
  // The input that reads standard input comes last.
  const auto stdin_count =
      std::ranges::count_if(config.inputs, [](const Input& i) { return i.paths.empty(); });
  if (stdin_count > 1) return wrong("standard input can be read only once");
  std::ranges::stable_partition(config.inputs, [](const Input& i) { return !i.paths.empty(); });
  config.read_stdin = stdin_count == 1;
  return {};
}

}  // namespace tripod::ship
