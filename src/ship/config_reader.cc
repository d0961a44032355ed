#include "ship/config_reader.h"

#include <algorithm>
#include <charconv>

#include "base/time_text.h"
#include "ship/config_values.h"

namespace tripod::ship {

namespace {

bool is_there(const YAML::Node& node) { return node.IsDefined() && !node.IsNull(); }

}  // namespace

void fail_at(const YAML::Node& node, const std::string& what) {
  throw ConfigError{"line " + std::to_string(std::max(node.Mark().line, 0) + 1) + ": " + what};
}

ConfigMap::ConfigMap(const YAML::Node& node, const std::string& what) : map_(node), what_(what) {
  if (!map_.IsMap()) fail_at(map_, what + " must be a mapping");
  std::set<std::string> seen;
  for (const auto& entry : map_) {
    if (!entry.first.IsScalar()) fail_at(entry.first, "a key must be a word");
    if (!seen.insert(entry.first.Scalar()).second)
      fail_at(entry.first, "\"" + entry.first.Scalar() + "\" is there twice");
  }
}

bool ConfigMap::has(const char* key) {
  read_.insert(key);
  return is_there(map_[key]);
}

YAML::Node ConfigMap::node(const char* key) {
  read_.insert(key);
  return map_[key];
}

std::string ConfigMap::text(const char* key, std::string fallback) {
  if (!has(key)) return fallback;
  const YAML::Node value = node(key);
  if (!value.IsScalar()) fail_at(value, std::string(key) + " must be a text");
  return value.Scalar();
}

bool ConfigMap::boolean(const char* key, bool fallback) {
  if (!has(key)) return fallback;
  bool out = false;
  if (!YAML::convert<bool>::decode(node(key), out))
    fail_at(node(key), std::string(key) + " must be true or false");
  return out;
}

int64_t ConfigMap::duration_ns(const char* key, int64_t fallback) {
  if (!has(key)) return fallback;
  const auto out = base::parse_duration(text(key, ""));
  if (!out || *out <= 0)
    fail_at(node(key), std::string(key) + " must be a time such as 500ms, 30s or 5m");
  return *out;
}

uint64_t ConfigMap::bytes(const char* key, uint64_t fallback) {
  if (!has(key)) return fallback;
  const auto out = parse_bytes(text(key, ""));
  if (!out) fail_at(node(key), std::string(key) + " must be a size such as 256MiB");
  return *out;
}

uint64_t ConfigMap::number(const char* key, uint64_t fallback) {
  if (!has(key)) return fallback;
  const std::string value = text(key, "");
  uint64_t out = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error != std::errc() || end != value.data() + value.size() || out == 0) {
    fail_at(node(key), std::string(key) + " must be a whole number above zero");
  }
  return out;
}

std::vector<YAML::Node> ConfigMap::list(const char* key) {
  if (!has(key)) return {};
  const YAML::Node value = node(key);
  if (value.IsScalar()) return {value};
  if (!value.IsSequence()) fail_at(value, std::string(key) + " must be a list");
  std::vector<YAML::Node> out;
  for (const auto& item : value) out.push_back(item);
  return out;
}

Labels ConfigMap::labels(const char* key) {
  Labels out;
  if (!has(key)) return out;
  const YAML::Node value = node(key);
  if (!value.IsMap()) fail_at(value, std::string(key) + " must be a mapping of names to texts");
  for (const auto& entry : value) {
    if (!entry.first.IsScalar() || !entry.second.IsScalar())
      fail_at(entry.first, "a label is a name and a text");
    if (auto wrong = wrong_label(entry.first.Scalar())) fail_at(entry.first, *wrong);
    set_label(out, entry.first.Scalar(), entry.second.Scalar());
  }
  return out;
}

void ConfigMap::finish() const {
  for (const auto& entry : map_) {
    if (!read_.contains(entry.first.Scalar()))
      fail_at(entry.first, what_ + " has no key \"" + entry.first.Scalar() + "\"");
  }
}

}  // namespace tripod::ship
