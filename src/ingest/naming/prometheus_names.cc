#include "ingest/naming/prometheus_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

namespace tripod::ingest::naming {
namespace {

using Words = std::vector<std::string_view>;
using UnitName = std::pair<std::string_view, std::string_view>;

// https://opentelemetry.io/docs/specs/semconv/general/metrics/#instrument-units (UCUM) in
// Prometheus's words.
constexpr std::array<UnitName, 26> kUnits{{
    {"d", "days"},
    {"h", "hours"},
    {"min", "minutes"},
    {"s", "seconds"},
    {"ms", "milliseconds"},
    {"us", "microseconds"},
    {"ns", "nanoseconds"},
    {"By", "bytes"},
    {"KiBy", "kibibytes"},
    {"MiBy", "mebibytes"},
    {"GiBy", "gibibytes"},
    {"TiBy", "tibibytes"},
    {"KBy", "kilobytes"},
    {"MBy", "megabytes"},
    {"GBy", "gigabytes"},
    {"TBy", "terabytes"},
    {"m", "meters"},
    {"V", "volts"},
    {"A", "amperes"},
    {"J", "joules"},
    {"W", "watts"},
    {"g", "grams"},
    {"Cel", "celsius"},
    {"Hz", "hertz"},
    {"1", ""},
    {"%", "percent"},
}};
constexpr std::array<UnitName, 7> kPerUnits{{
    {"s", "second"},
    {"m", "minute"},
    {"h", "hour"},
    {"d", "day"},
    {"w", "week"},
    {"mo", "month"},
    {"y", "year"},
}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_label_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c);
}
bool is_name_char(char c) { return is_label_char(c) || c == ':'; }

Words words_of(std::string_view text) {
  Words words;
  for (size_t at = 0; at < text.size();) {
    if (!is_name_char(text[at])) {
      ++at;
      continue;
    }
    const size_t start = at;
    while (at < text.size() && is_name_char(text[at])) ++at;
    words.push_back(text.substr(start, at - start));
  }
  return words;
}

std::string join(const Words& words) {
  std::string out;
  for (std::string_view word : words) {
    if (!out.empty()) out += '_';
    out += word;
  }
  return out;
}

template <size_t N>
std::string unit_word(const std::array<UnitName, N>& table, std::string_view unit) {
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  while (!unit.empty() && unit.back() == ' ') unit.remove_suffix(1);
  if (unit.find_first_of("{}") != unit.npos) return {};
  const auto found = std::ranges::find(table, unit, &UnitName::first);
  return join(words_of(found != table.end() ? found->second : unit));
}

bool has(const Words& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

void move_to_end(Words& words, std::string_view word) {
  std::erase(words, word);
  words.push_back(word);
}

}  // namespace

std::string metric_name(std::string_view name, std::string_view unit, MetricKind kind) {
  Words words = words_of(name);
  if (words.empty()) return {};
  const size_t slash = unit.find('/');
  const std::string main_unit = unit_word(kUnits, unit.substr(0, slash));
  const std::string per_unit =
      slash == unit.npos ? std::string() : unit_word(kPerUnits, unit.substr(slash + 1));
  if (!main_unit.empty() && !has(words, main_unit)) words.push_back(main_unit);
  if (!per_unit.empty() && !has(words, per_unit)) {
    words.push_back("per");
    words.push_back(per_unit);
  }
  if (kind == MetricKind::kMonotonicSum) move_to_end(words, "total");
  if (kind == MetricKind::kGauge && unit == "1") move_to_end(words, "ratio");
  std::string out = join(words);
  if (is_digit(out.front())) out.insert(out.begin(), '_');
  return out;
}

std::string label_name(std::string_view key) {
  std::string out;
  out.reserve(key.size() + 4);
  for (char c : key) {
    // One "_" a character, not one a byte.
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;
    out += is_label_char(c) ? c : '_';
  }
  if (out.empty()) return out;
  if (is_digit(out.front())) {
    out.insert(0, "key_");
  } else if (out.front() == '_' && !out.starts_with("__")) {
    out.insert(0, "key");
  }
  return out;
}

std::string bound_text(double bound) {
  if (std::isnan(bound)) return "NaN";
  if (std::isinf(bound)) return bound > 0 ? "+Inf" : "-Inf";
  std::array<char, 400>
      text;  // the longest fixed form has 17 digits after 323 zeros, or 309 digits
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), bound, std::chars_format::fixed);
  return std::string(text.data(), end.ptr);
}

}  // namespace tripod::ingest::naming
