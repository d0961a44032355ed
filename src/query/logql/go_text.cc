#include "query/logql/go_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "query/promql/text.h"

namespace tripod::query::logql {
namespace {

using base::Code;
using base::fail;
using base::Result;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

std::unexpected<base::Error> bad_float(std::string_view text, const char* why = "invalid syntax") {
  return fail(Code::kInvalidArgument,
              "strconv.ParseFloat: parsing " + promql::quote(text) + ": " + why);
}

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array<Unit, 8> kDurationUnits = {{{"ns", 1},
                                                 {"us", 1e3},
                                                 {"\xC2\xB5s", 1e3},
                                                 {"\xCE\xBCs", 1e3},
                                                 {"ms", 1e6},
                                                 {"s", 1e9},
                                                 {"m", 60e9},
                                                 {"h", 3600e9}}};

constexpr std::array<Unit, 20> kByteUnits = {
    {{"", 1},
     {"b", 1},
     {"kib", 1024.0},
     {"kb", 1e3},
     {"mib", 1048576.0},
     {"mb", 1e6},
     {"gib", 1073741824.0},
     {"gb", 1e9},
     {"tib", 1099511627776.0},
     {"tb", 1e12},
     {"pib", 1125899906842624.0},
     {"pb", 1e15},
     {"eib", 1152921504606846976.0},
     {"eb", 1e18},
     {"k", 1e3},
     {"m", 1e6},
     {"g", 1e9},
     {"t", 1e12},
     {"p", 1e15},
     {"e", 1e18}}};
constexpr std::array<Unit, 6> kShortByteUnits = {{{"ki", 1024.0},
                                                  {"mi", 1048576.0},
                                                  {"gi", 1073741824.0},
                                                  {"ti", 1099511627776.0},
                                                  {"pi", 1125899906842624.0},
                                                  {"ei", 1152921504606846976.0}}};

const Unit* find_byte_unit(std::string_view name) {
  for (const Unit& unit : kByteUnits) {
    if (unit.name == name) return &unit;
  }
  for (const Unit& unit : kShortByteUnits) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<double> parse_go_float(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest.empty()) return bad_float(text);
  if (const std::string word = lower(rest); word == "inf" || word == "infinity") {
    return negative ? -std::numeric_limits<double>::infinity()
                    : std::numeric_limits<double>::infinity();
  } else if (word == "nan") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  auto format = std::chars_format::general;
  if (rest.size() > 2 && rest[0] == '0' && lower(rest[1]) == 'x') {
    if (rest.find_first_of("pP") == std::string_view::npos) return bad_float(text);
    rest.remove_prefix(2);
    format = std::chars_format::hex;
  } else if (!is_digit(rest[0]) && rest[0] != '.') {
    return bad_float(text);
  }
  if (rest.empty() || rest[0] == '-') return bad_float(text);
  double value = 0;
  const auto [end, ec] = std::from_chars(rest.data(), rest.data() + rest.size(), value, format);
  if (end != rest.data() + rest.size() || ec == std::errc::invalid_argument) return bad_float(text);
  if (ec == std::errc::result_out_of_range) {
    // Too small is zero; too large has no value.
    const size_t e = rest.find_first_of("eEpP");
    if (e != std::string_view::npos && rest.substr(e + 1).starts_with('-')) return negative ? -0.0 : 0.0;
    return bad_float(text, "value out of range");
  }
  return negative ? -value : value;
}

Result<int64_t> parse_go_duration(std::string_view text) {
  const auto invalid = [&] {
    return fail(Code::kInvalidArgument, "time: invalid duration " + promql::quote(text));
  };
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest.remove_prefix(1);
  if (rest == "0") return 0;
  if (rest.empty()) return invalid();
  long double total = 0;
  while (!rest.empty()) {
    size_t digits = 0;
    while (digits < rest.size() && (is_digit(rest[digits]) || rest[digits] == '.')) ++digits;
    long double number = 0, scale = 1;
    bool fraction = false, any = false;
    for (const char c : rest.substr(0, digits)) {
      if (c == '.') {
        if (fraction) return invalid();
        fraction = true;
        continue;
      }
      any = true;
      number = number * 10 + (c - '0');
      if (fraction) scale *= 10;
    }
    if (!any) return invalid();
    rest.remove_prefix(digits);
    size_t letters = 0;
    while (letters < rest.size() && !is_digit(rest[letters]) && rest[letters] != '.') ++letters;
    const std::string_view name = rest.substr(0, letters);
    if (name.empty()) {
      return fail(Code::kInvalidArgument, "time: missing unit in duration " + promql::quote(text));
    }
    const Unit* unit = nullptr;
    for (const Unit& one : kDurationUnits) {
      if (one.name == name) unit = &one;
    }
    if (unit == nullptr) {
      return fail(Code::kInvalidArgument, "time: unknown unit " + promql::quote(name) +
                                              " in duration " + promql::quote(text));
    }
    total += number * static_cast<long double>(unit->factor) / scale;
    if (total > 9223372036854775807.0L) return invalid();
    rest.remove_prefix(letters);
  }
  const auto nanos = static_cast<int64_t>(total);
  return negative ? -nanos : nanos;
}

Result<int64_t> parse_query_duration(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (const auto ms = promql::parse_duration_ms(negative ? text.substr(1) : text)) {
    constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 1'000'000;
    if (*ms <= kMost) return (negative ? -*ms : *ms) * 1'000'000;
  }
  if (const auto nanos = parse_go_duration(text)) return *nanos;
  return fail(Code::kInvalidArgument, "not a valid duration string: " + promql::quote(text));
}

Result<uint64_t> parse_go_bytes(std::string_view text) {
  size_t digits = 0;
  bool comma = false;
  while (digits < text.size() &&
         (is_digit(text[digits]) || text[digits] == '.' || text[digits] == ',')) {
    comma |= text[digits] == ',';
    ++digits;
  }
  std::string number(text.substr(0, digits));
  if (comma) std::erase(number, ',');
  const auto value = parse_go_float(number);
  if (!value) return fail(value.error());
  const std::string name = lower(trim(text.substr(digits)));
  const Unit* unit = find_byte_unit(name);
  if (unit == nullptr) return fail(Code::kInvalidArgument, "unhandled size name: " + name);
  const double bytes = *value * unit->factor;
  if (bytes >= 18446744073709551616.0) {
    return fail(Code::kInvalidArgument, "too large: " + std::string(text));
  }
  return static_cast<uint64_t>(bytes);
}

std::string format_go_duration(int64_t nanos) {
  if (nanos == 0) return "0s";
  const bool negative = nanos < 0;
  auto rest = negative ? 0 - static_cast<uint64_t>(nanos) : static_cast<uint64_t>(nanos);
  const auto decimal = [](uint64_t whole, uint64_t fraction, int places) {
    std::string out = std::to_string(whole);
    if (fraction == 0) return out;
    std::string digits = std::to_string(fraction);
    digits.insert(0, static_cast<size_t>(places) - digits.size(), '0');
    while (digits.back() == '0') digits.pop_back();
    return out + "." + digits;
  };
  std::string out = negative ? "-" : "";
  if (rest < 1'000) return out + std::to_string(rest) + "ns";
  if (rest < 1'000'000) return out + decimal(rest / 1'000, rest % 1'000, 3) + "\xC2\xB5s";
  if (rest < 1'000'000'000) return out + decimal(rest / 1'000'000, rest % 1'000'000, 6) + "ms";
  const uint64_t seconds = rest / 1'000'000'000;
  if (seconds >= 3600) out += std::to_string(seconds / 3600) + "h";
  if (seconds >= 60) out += std::to_string(seconds / 60 % 60) + "m";
  return out + decimal(seconds % 60, rest % 1'000'000'000, 9) + "s";
}

std::string format_go_bytes(uint64_t bytes) {
  static constexpr std::array<const char*, 7> kNames = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 10) return std::to_string(bytes) + "B";
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1000 && unit + 1 < kNames.size()) {
    value /= 1000;
    ++unit;
  }
  value = std::floor(value * 10 + 0.5) / 10;
  std::array<char, 32> buffer;
  const auto [end, ec] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                       std::chars_format::fixed, value < 10 ? 1 : 0);
  return std::string(buffer.data(), ec == std::errc() ? end : buffer.data()) + kNames[unit];
}

std::string format_go_fixed(double value) {
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  return promql::format_value_fixed(value);
}

size_t rune_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < want) return 0;
  for (size_t i = 1; i < want; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if ((lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xED && byte(1) > 0x9F)) return 0;
  if ((lead == 0xF0 && byte(1) < 0x90) || (lead == 0xF4 && byte(1) > 0x8F)) return 0;
  return want;
}

void append_rune(std::string& out, uint32_t rune) {
  if (rune > 0x10FFFF || (rune >= 0xD800 && rune < 0xE000)) rune = 0xFFFD;
  const auto put = [&](uint32_t v) { out += static_cast<char>(static_cast<unsigned char>(v)); };
  if (rune < 0x80) return put(rune);
  if (rune < 0x800) {
    put(0xC0 | rune >> 6);
  } else if (rune < 0x10000) {
    put(0xE0 | rune >> 12);
    put(0x80 | (rune >> 6 & 0x3F));
  } else {
    put(0xF0 | rune >> 18);
    put(0x80 | (rune >> 12 & 0x3F));
    put(0x80 | (rune >> 6 & 0x3F));
  }
  put(0x80 | (rune & 0x3F));
}

uint32_t take_rune(std::string_view& text) {
  const size_t length = rune_length(text);
  if (length == 0) {
    text.remove_prefix(1);
    return 0xFFFD;
  }
  uint32_t rune = static_cast<unsigned char>(text[0]);
  if (length > 1) rune &= 0xFFu >> (length + 1);
  for (size_t i = 1; i < length; ++i) rune = rune << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  text.remove_prefix(length);
  return rune;
}

bool has_bad_rune(std::string_view text) {
  while (!text.empty()) {
    if (static_cast<unsigned char>(text[0]) < 0x80) {
      text.remove_prefix(1);
    } else if (take_rune(text) == 0xFFFD) {
      return true;
    }
  }
  return false;
}

std::string without_bad_runes(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::string_view before = text;
    if (take_rune(text) != 0xFFFD) out += before.substr(0, before.size() - text.size());
  }
  return out;
}

void append_sanitized(std::string& to, std::string_view key) {
  key = trim(key);
  if (to.empty() && !key.empty() && is_digit(key[0])) to += '_';
  while (!key.empty()) {
    const char c = key[0];
    const bool keep = is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_';
    take_rune(key);
    to += keep ? c : '_';
  }
}

std::string sanitize_label(std::string_view key) {
  std::string out;
  append_sanitized(out, key);
  return out;
}

}  // namespace tripod::query::logql
