#include "sampling/policy_yaml.h"

#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "base/time_text.h"

namespace tripod::sampling {

using base::Code;

namespace {

bool is_given(const YAML::Node& node) { return node.IsDefined() && !node.IsNull(); }

template <class T>
bool read_number(std::string text, T& out) {
  std::erase(text, '_');
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

PolicyMap::PolicyMap(const YAML::Node& node, std::string where, const YAML::Mark& fallback)
    : node_(is_given(node) ? node : YAML::Node(YAML::NodeType::Map)), mark_(is_given(node) ? node.Mark() : fallback), where_(std::move(where)) {
  if (!node_.IsMap()) throw PolicyFault{Code::kInvalidArgument, where_ + ": a mapping is expected", mark_};
}

void PolicyMap::wrong(const std::string& key, const std::string& why, Code code) const {
  YAML::Mark mark = mark_;
  for (const auto& pair : node_) {
    if (pair.first.IsScalar() && pair.first.Scalar() == key) mark = pair.first.Mark();
  }
  throw PolicyFault{code, fmt::format("{}: {}: {}", where_, key, why), mark};
}

YAML::Node PolicyMap::node(const char* key) {
  read_.insert(key);
  const YAML::Node& map = node_;
  return map[key];
}

bool PolicyMap::has(const char* key) { return is_given(node(key)); }

std::string PolicyMap::text(const char* key) {
  if (!has(key)) return "";
  const YAML::Node value = node(key);
  if (!value.IsScalar()) wrong(key, "a text is expected");
  return value.Scalar();
}

bool PolicyMap::boolean(const char* key, bool fallback) {
  if (!has(key)) return fallback;
  bool out = false;
  if (!YAML::convert<bool>::decode(node(key), out)) wrong(key, "true or false is expected");
  return out;
}

int64_t PolicyMap::whole(const char* key, int64_t fallback, int64_t least, int64_t most) {
  if (!has(key)) return fallback;
  int64_t out = 0;
  if (!read_number(text(key), out)) wrong(key, "a whole number is expected");
  if (out < least || out > most) wrong(key, fmt::format("must be at least {}{}", least, most == std::numeric_limits<int64_t>::max() ? "" : fmt::format(" and at most {}", most)));
  return out;
}

double PolicyMap::real(const char* key, double fallback) {
  if (!has(key)) return fallback;
  double out = 0;
  if (!read_number(text(key), out) || !std::isfinite(out)) wrong(key, "a number is expected");
  return out;
}

double PolicyMap::share(const char* key, double fallback) {
  if (!has(key)) return fallback;
  std::string written = text(key);
  if (written.ends_with('%')) written.pop_back();
  double out = 0;
  if (!read_number(written, out) || !(out >= 0 && out <= 100)) wrong(key, "a share of 0% to 100% is expected");
  return out / 100;
}

int64_t PolicyMap::duration_ns(const char* key, int64_t fallback) {
  if (!has(key)) return fallback;
  const auto out = base::parse_duration(text(key));
  if (!out) wrong(key, out.error().message);
  if (*out < 0) wrong(key, "must not be negative");
  return *out;
}

std::vector<YAML::Node> PolicyMap::list(const char* key) {
  std::vector<YAML::Node> out;
  if (!has(key)) return out;
  const YAML::Node value = node(key);
  if (!value.IsSequence()) wrong(key, "a list is expected");
  for (const auto& item : value) out.push_back(item);
  return out;
}

std::vector<std::string> PolicyMap::texts(const char* key) {
  std::vector<std::string> out;
  for (const YAML::Node& item : list(key)) {
    if (!item.IsScalar()) wrong(key, "a list of texts is expected");
    out.push_back(item.Scalar());
  }
  return out;
}

void PolicyMap::finish() {
  std::set<std::string> seen;
  for (const auto& pair : node_) {
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "?";
    if (!seen.insert(key).second) throw PolicyFault{Code::kInvalidArgument, fmt::format("{}: {} is there twice", where_, key), pair.first.Mark()};
    if (!read_.contains(key)) throw PolicyFault{Code::kInvalidArgument, fmt::format("{}: unknown key: {}", where_, key), pair.first.Mark()};
  }
}

}  // namespace tripod::sampling
