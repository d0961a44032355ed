#include "query/promql/labels.h"

#include <algorithm>

#include "query/promql/text.h"

namespace tripod::query::promql {
namespace {

auto find_slot(auto& labels, std::string_view name) {
  return std::lower_bound(labels.begin(), labels.end(), name,
                          [](const auto& label, std::string_view n) { return label.first < n; });
}

void put_text(std::string& out, std::string_view text) {
  // Lengths first: values may hold any byte.
  const auto size = static_cast<uint32_t>(text.size());
  char bytes[4];
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<char>(static_cast<unsigned char>(size >> (8 * i)));
  out.append(bytes, sizeof(bytes));
  out += text;
}

bool contains(std::span<const std::string> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

void append_part(const auto& labels, std::span<const std::string> names, bool keep_named,
                 std::string& out) {
  for (const auto& [name, value] : labels) {
    const bool named = contains(names, name);
    if (keep_named ? !named : named || name == kMetricName) continue;
    put_text(out, name);
    put_text(out, value);
  }
}

}  // namespace

std::string_view get_label(const store::Labels& labels, std::string_view name) {
  const auto at = find_slot(labels, name);
  return at != labels.end() && at->first == name ? std::string_view(at->second)
                                                 : std::string_view();
}

std::string_view get_label(std::span<const model::Label> labels, std::string_view name) {
  const auto at = std::ranges::find(labels, name, &model::Label::name);
  return at != labels.end() ? at->value : std::string_view();
}

std::vector<model::Label> views_of(const store::Labels& labels) {
  std::vector<model::Label> out;
  out.reserve(labels.size());
  for (const auto& [name, value] : labels) out.push_back({name, value});
  return out;
}

void set_label(store::Labels& labels, std::string_view name, std::string_view value) {
  if (value.empty()) return erase_label(labels, name);
  const auto at = find_slot(labels, name);
  if (at != labels.end() && at->first == name) {
    at->second = value;
  } else {
    labels.insert(at, {std::string(name), std::string(value)});
  }
}

void erase_label(store::Labels& labels, std::string_view name) {
  const auto at = find_slot(labels, name);
  if (at != labels.end() && at->first == name) labels.erase(at);
}

void keep_labels(store::Labels& labels, std::span<const std::string> names) {
  std::erase_if(labels, [&](const auto& label) { return !contains(names, label.first); });
}

void erase_labels(store::Labels& labels, std::span<const std::string> names) {
  std::erase_if(labels, [&](const auto& label) { return contains(names, label.first); });
}

std::string label_key(const store::Labels& labels) {
  std::string out;
  for (const auto& [name, value] : labels) {
    put_text(out, name);
    put_text(out, value);
  }
  return out;
}

std::string signature(const store::Labels& labels, std::span<const std::string> names,
                      bool keep_named) {
  std::string out;
  append_part(labels, names, keep_named, out);
  return out;
}

void append_signature(std::span<const model::Label> labels, std::span<const std::string> names,
                      bool keep_named, std::string& out) {
  append_part(labels, names, keep_named, out);
}

std::string to_string(const store::Labels& labels) {
  std::string out = "{";
  for (const auto& [name, value] : labels) {
    if (out.size() > 1) out += ", ";
    out += is_legacy_label_name(name) ? name : quote(name);
    out += "=" + quote(value);
  }
  return out + "}";
}

}  // namespace tripod::query::promql
