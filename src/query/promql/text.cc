#include "query/promql/text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/utf8.h"

namespace tripod::query::promql {
namespace {

using base::Code;
using base::fail;

// Length of the valid UTF-8 sequence that starts `text`; 0 when there is none.
size_t utf8_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  const size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < want) return 0;
  for (size_t i = 1; i < want; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if (lead == 0xE0 && byte(1) < 0xA0) return 0;
  if (lead == 0xED && byte(1) > 0x9F) return 0;
  if (lead == 0xF0 && byte(1) < 0x90) return 0;
  if (lead == 0xF4 && byte(1) > 0x8F) return 0;
  return want;
}

constexpr std::string_view kEscapeLetters = "abfnrtv\\'\"";
constexpr std::string_view kEscapeBytes = "\a\b\f\n\r\t\v\\'\"";

// Reads one escape after its backslash: `at` stands on the letter and is moved behind the escape.
base::Result<> unescape_one(std::string_view text, size_t& at, std::string& out) {
  const char c = text[at];
  if (const size_t k = kEscapeLetters.find(c); k != std::string_view::npos) {
    out += kEscapeBytes[k];
    ++at;
    return {};
  }
  size_t digits = 0;
  int base = 16;
  size_t from = at + 1;
  if (c == 'x') {
    digits = 2;
  } else if (c == 'u') {
    digits = 4;
  } else if (c == 'U') {
    digits = 8;
  } else if (c >= '0' && c <= '7') {
    digits = 3;
    base = 8;
    from = at;
  } else {
    return fail(Code::kInvalidArgument, "unknown escape sequence '\\" + std::string(1, c) + "'");
  }
  uint32_t value = 0;
  const std::string_view body = text.substr(from, digits);
  const auto [end, ec] = std::from_chars(body.data(), body.data() + body.size(), value, base);
  if (body.size() != digits || ec != std::errc() || end != body.data() + body.size()) {
    return fail(Code::kInvalidArgument, "escape sequence not terminated");
  }
  if (c == 'u' || c == 'U') {
    if (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) {
      return fail(Code::kInvalidArgument, "escape sequence is an invalid Unicode code point");
    }
    base::append_utf8(out, value);
  } else {
    if (value > 0xFF) return fail(Code::kInvalidArgument, "octal escape value > 255");
    out += static_cast<char>(static_cast<unsigned char>(value));
  }
  at = from + digits;
  return {};
}

struct Unit {
  std::string_view name;
  int64_t ms;
  bool only_whole;  // printed only where it divides the rest evenly
};
constexpr std::array<Unit, 7> kUnits = {{
    {"y", 365LL * 24 * 3600 * 1000, true},
    {"w", 7LL * 24 * 3600 * 1000, true},
    {"d", 24LL * 3600 * 1000, false},
    {"h", 3600LL * 1000, false},
    {"m", 60LL * 1000, false},
    {"s", 1000, false},
    {"ms", 1, false},
}};

// The fewest digits that read back as the same value: "1.5e-07".
std::string scientific(double value) {
  std::array<char, 32> buffer;
  const auto [end, ec] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                       std::chars_format::scientific);
  return ec == std::errc() ? std::string(buffer.data(), end) : std::string();
}

// The same digits without an exponent, zeros in the places they do not reach.
// (std::chars_format::fixed would show the binary value's further digits there: 1e23 as
// 99999999999999991611392.)
std::string fixed(double value) {
  const std::string text = scientific(std::fabs(value));
  const size_t e = text.find('e');
  std::string digits;
  for (size_t i = 0; i < e; ++i) {
    if (text[i] != '.') digits += text[i];
  }
  int exponent = 0;  // its sign is always there, and from_chars does not take a plus
  const char* const sign = text.data() + e + 1;
  std::from_chars(*sign == '+' ? sign + 1 : sign, text.data() + text.size(), exponent);
  if (exponent < 0) {
    digits.insert(0, static_cast<size_t>(-exponent), '0');
    digits.insert(1, ".");
  } else if (digits.size() > static_cast<size_t>(exponent) + 1) {
    digits.insert(static_cast<size_t>(exponent) + 1, ".");
  } else {
    digits.resize(static_cast<size_t>(exponent) + 1, '0');
  }
  return (std::signbit(value) ? "-" : "") + digits;
}

// "NaN", "+Inf", "-Inf", or empty for a number.
std::string_view special(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return {};
}

bool equals_ignoring_case(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if ((a[i] | 0x20) != lower[i]) return false;
  }
  return true;
}

bool name_like(std::string_view name, bool colon) {
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colon && c == ':');
    if (!letter && !(i > 0 && c >= '0' && c <= '9')) return false;
  }
  return !name.empty();
}

std::optional<double> parse_hex(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  double value = 0;
  for (const char c : digits) {
    int v = 0;
    if (c >= '0' && c <= '9')
      v = c - '0';
    else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
      v = (c | 0x20) - 'a' + 10;
    else
      return std::nullopt;
    value = value * 16 + v;
  }
  return value;
}

}  // namespace

std::string quote(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    const size_t length = utf8_length(text.substr(i));
    const size_t escape = c == '\'' ? std::string_view::npos : kEscapeBytes.find(c);
    if (escape != std::string_view::npos) {
      out += '\\';
      out += kEscapeLetters[escape];
      ++i;
    } else if (length == 0 || static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += "\\x";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15];
      ++i;
    } else {
      out += text.substr(i, length);
      i += length;
    }
  }
  return out + '"';
}

base::Result<std::string> unquote(std::string_view literal) {
  if (literal.size() < 2 || literal.front() != literal.back()) {
    return fail(Code::kInvalidArgument, "unterminated quoted string");
  }
  const std::string_view body = literal.substr(1, literal.size() - 2);
  if (literal.front() == '`') return std::string(body);
  std::string out;
  out.reserve(body.size());
  for (size_t i = 0; i < body.size();) {
    if (body[i] != '\\') {
      out += body[i++];
      continue;
    }
    if (++i >= body.size()) return fail(Code::kInvalidArgument, "escape sequence not terminated");
    if (auto done = unescape_one(body, i, out); !done) return fail(std::move(done.error()));
  }
  return out;
}

std::optional<int64_t> parse_duration_ms(std::string_view text) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 1'000'000;
  int64_t total = 0;
  size_t next_unit = 0;
  while (!text.empty()) {
    int64_t count = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (ec != std::errc() || text[0] == '-') return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    size_t letters = 0;
    while (letters < text.size() && (text[letters] < '0' || text[letters] > '9')) ++letters;
    size_t unit = next_unit;
    while (unit < kUnits.size() && kUnits[unit].name != text.substr(0, letters)) ++unit;
    if (unit == kUnits.size()) return std::nullopt;
    if (count > (kMost - total) / kUnits[unit].ms) return std::nullopt;
    total += count * kUnits[unit].ms;
    next_unit = unit + 1;
    text.remove_prefix(letters);
  }
  return next_unit == 0 ? std::nullopt : std::optional(total);
}

std::string format_duration_ms(int64_t ms) {
  if (ms == 0) return "0s";
  std::string out = ms < 0 ? "-" : "";
  uint64_t rest = ms < 0 ? 0 - static_cast<uint64_t>(ms) : static_cast<uint64_t>(ms);
  for (const Unit& unit : kUnits) {
    const auto size = static_cast<uint64_t>(unit.ms);
    if (rest < size || (unit.only_whole && rest % size != 0)) continue;
    out += std::to_string(rest / size);
    out += unit.name;
    rest %= size;
  }
  return out;
}

std::optional<double> parse_number(std::string_view text) {
  if (equals_ignoring_case(text, "inf")) return std::numeric_limits<double>::infinity();
  if (equals_ignoring_case(text, "nan")) return std::numeric_limits<double>::quiet_NaN();
  std::string digits;
  for (const char c : text) {
    if (c != '_') digits += c;
  }
  if (digits.size() > 1 && digits[0] == '0' && (digits[1] | 0x20) == 'x') {
    return parse_hex(std::string_view(digits).substr(2));
  }
  if (digits.size() > 1 && digits[0] == '0' &&
      digits.find_first_not_of("01234567") == std::string::npos) {
    uint64_t octal = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), octal, 8);
    if (ec == std::errc()) return static_cast<double>(octal);
  }
  double value = 0;
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end != digits.data() + digits.size()) return std::nullopt;
  if (ec == std::errc::result_out_of_range) {
    // from_chars does not say which way it left the range: below becomes 0, above is not a number
    // anybody meant.
    value = std::strtod(digits.c_str(), nullptr);
    return std::isinf(value) ? std::nullopt : std::optional(value);
  }
  return ec == std::errc() ? std::optional(value) : std::nullopt;
}

std::string format_value(double value) {
  if (const auto text = special(value); !text.empty()) return std::string(text);
  const double magnitude = std::fabs(value);
  const bool exponent = magnitude != 0 && (magnitude < 1e-6 || magnitude >= 1e21);
  return exponent ? scientific(value) : fixed(value);
}

std::string format_value_fixed(double value) {
  if (const auto text = special(value); !text.empty()) return std::string(text);
  return fixed(value);
}

std::string format_number(double value) {
  if (const auto text = special(value); !text.empty()) return std::string(text);
  const double magnitude = std::fabs(value);
  const bool exponent = magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e6);
  return exponent ? scientific(value) : fixed(value);
}

std::string place(std::string_view query, size_t offset) {
  size_t line = 1;
  size_t column = 1;
  for (size_t i = 0; i < offset && i < query.size(); ++i) {
    if (query[i] == '\n') {
      ++line;
      column = 1;
    } else {
      ++column;
    }
  }
  return std::to_string(line) + ':' + std::to_string(column);
}

bool is_legacy_label_name(std::string_view name) { return name_like(name, false); }
bool is_legacy_metric_name(std::string_view name) { return name_like(name, true); }

}  // namespace tripod::query::promql
