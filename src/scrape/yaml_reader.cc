#include "scrape/yaml_reader.h"

#include <charconv>

#include "base/time_text.h"

namespace tripod::scrape {

using base::Code;

std::string place_text(const std::string& file, const YAML::Mark& mark) {
  if (mark.is_null()) return file + ": ";
  return file + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1) + ": ";
}

// A key that is not there is an empty mapping.
YamlMap::YamlMap(const YAML::Node& node, std::string where)
    : node_(node.IsDefined() && !node.IsNull() ? node : YAML::Node(YAML::NodeType::Map)),
      where_(std::move(where)) {
  if (!node_.IsMap()) throw ConfigError{Code::kInvalidArgument, where_ + ": a mapping is expected", node_.Mark()};
}

YAML::Mark YamlMap::mark_of(std::string_view key) const {
  for (const auto& pair : node_) {
    if (pair.first.IsScalar() && pair.first.Scalar() == key) return pair.first.Mark();
  }
  return node_.Mark();
}

void YamlMap::wrong(std::string_view key, const std::string& why) const {
  throw ConfigError{Code::kInvalidArgument, where_ + ": " + std::string(key) + ": " + why, mark_of(key)};
}

YAML::Node YamlMap::node(const char* key) {
  read_.insert(key);
  const YAML::Node& map = node_;
  return map[key];
}

bool YamlMap::has(const char* key) {
  const YAML::Node value = node(key);
  return value.IsDefined() && !value.IsNull();
}

std::string YamlMap::text(const char* key, std::string fallback) {
  if (!has(key)) return fallback;
  const YAML::Node value = node(key);
  if (!value.IsScalar()) wrong(key, "a string is expected");
  return value.Scalar();
}

bool YamlMap::boolean(const char* key, bool fallback) {
  if (!has(key)) return fallback;
  bool out = false;
  if (!YAML::convert<bool>::decode(node(key), out)) wrong(key, "true or false is expected");
  return out;
}

uint64_t YamlMap::number(const char* key, uint64_t fallback) {
  if (!has(key)) return fallback;
  const std::string value = text(key, "");
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error != std::errc() || end != value.data() + value.size()) {
    wrong(key, "a whole number is expected");
  }
  return out;
}

int64_t YamlMap::duration_ns(const char* key, int64_t fallback) {
  if (!has(key)) return fallback;
  auto out = base::parse_duration(text(key, ""));
  if (!out) wrong(key, out.error().message);
  if (*out <= 0) wrong(key, "must be above zero");
  return *out;
}

uint64_t YamlMap::bytes(const char* key, uint64_t fallback) {
  if (!has(key)) return fallback;
  const std::string value = text(key, "");
  uint64_t count = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
  const std::string_view unit(end, static_cast<size_t>(value.data() + value.size() - end));
  // Prometheus takes both spellings for powers of 1024.
  static constexpr std::pair<std::string_view, int> kUnits[] = {
      {"", 0},     {"B", 0},   {"KB", 10},  {"KiB", 10}, {"MB", 20},
      {"MiB", 20}, {"GB", 30}, {"GiB", 30}, {"TB", 40},  {"TiB", 40}};
  for (const auto& [name, shift] : kUnits) {
    if (error != std::errc() || unit != name) continue;
    if (count > (~uint64_t{0} >> shift)) break;
    return count << shift;
  }
  wrong(key, "a size such as 10MB is expected");
}

std::vector<std::string> YamlMap::texts(const char* key) {
  std::vector<std::string> out;
  for (const YAML::Node& item : list(key)) {
    if (!item.IsScalar()) wrong(key, "a list of strings is expected");
    out.push_back(item.Scalar());
  }
  return out;
}

std::vector<YAML::Node> YamlMap::list(const char* key) {
  if (!has(key)) return {};
  const YAML::Node value = node(key);
  if (!value.IsSequence()) wrong(key, "a list is expected");
  std::vector<YAML::Node> out;
  for (const auto& item : value) out.push_back(item);
  return out;
}

void YamlMap::finish(const std::set<std::string_view>& unsupported) {
  std::vector<ConfigNote> none;
  finish({unsupported, {}}, none);
}

void YamlMap::finish(const OtherKeys& others, std::vector<ConfigNote>& notes) {
  std::set<std::string> seen;
  for (const auto& pair : node_) {
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "?";
    if (!seen.insert(key).second) {
      throw ConfigError{Code::kInvalidArgument, where_ + ": " + key + " is there twice", pair.first.Mark()};
    }
    if (read_.contains(key)) continue;
    if (others.unsupported.contains(key)) {
      throw ConfigError{Code::kUnsupported, where_ + ": unsupported: " + key, pair.first.Mark()};
    }
    const auto known = others.without_effect.find(key);
    if (known == others.without_effect.end()) {
      throw ConfigError{Code::kInvalidArgument, where_ + ": unknown key: " + key, pair.first.Mark()};
    }
    notes.push_back({where_ + ": " + key + " has no effect: " + std::string(known->second), pair.first.Mark()});
  }
}

}  // namespace tripod::scrape
