// fmt.Sprintf over template values. https://pkg.go.dev/fmt
#include <array>
#include <charconv>
#include <cmath>

#include "query/logql/go_text.h"
#include "query/logql/template/functions.h"
#include "query/promql/text.h"

namespace tripod::query::logql::text_template {
namespace {

constexpr size_t kMostWidth = 4096;

struct Verb {
  bool minus = false, plus = false, sharp = false, zero = false, space = false;
  size_t width = 0;
  bool has_precision = false;
  size_t precision = 0;
  char letter = 'v';
};

size_t rune_count(std::string_view text) {
  size_t out = 0;
  for (; !text.empty(); ++out) take_rune(text);
  return out;
}

std::string pad(const Verb& verb, std::string text, bool numeric = false) {
  const size_t size = rune_count(text);
  if (size >= verb.width) return text;
  const size_t missing = verb.width - size;
  if (verb.minus) return text + std::string(missing, ' ');
  if (verb.zero && numeric) {
    const size_t sign = text.starts_with('-') || text.starts_with('+') || text.starts_with(' ') ? 1 : 0;
    return text.insert(sign, missing, '0');
  }
  return text.insert(0, missing, ' ');
}

std::string signed_text(const Verb& verb, bool negative, std::string digits) {
  if (negative) return "-" + digits;
  return (verb.plus ? "+" : verb.space ? " " : "") + digits;
}

std::string whole(const Verb& verb, int64_t value) {
  const int base = verb.letter == 'x' || verb.letter == 'X' ? 16 : verb.letter == 'o' || verb.letter == 'O' ? 8 : verb.letter == 'b' ? 2 : 10;
  const uint64_t size = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  std::array<char, 72> buffer;
  const auto [end, ec] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), size, base);
  std::string digits(buffer.data(), ec == std::errc() ? end : buffer.data());
  if (verb.letter == 'X') {
    for (char& c : digits) c = c >= 'a' ? static_cast<char>(c - 32) : c;
  }
  if (verb.has_precision && digits.size() < verb.precision) digits.insert(0, verb.precision - digits.size(), '0');
  if (verb.sharp && base == 16) digits.insert(0, verb.letter == 'x' ? "0x" : "0X");
  if ((verb.sharp && base == 8) || verb.letter == 'O') digits.insert(0, verb.letter == 'O' ? "0o" : "0");
  return pad(verb, signed_text(verb, value < 0, std::move(digits)), true);
}

std::string real(const Verb& verb, double value) {
  if (!std::isfinite(value)) {
    Verb plain = verb;
    plain.zero = false;
    return pad(plain, std::isnan(value) ? "NaN" : signed_text(Verb{.plus = true}, value < 0, "Inf"));
  }
  const double size = std::fabs(value);
  const char letter = static_cast<char>(verb.letter | 0x20);
  std::array<char, 1200> buffer;
  std::to_chars_result done{};
  if (letter == 'f') {
    done = std::to_chars(buffer.data(), buffer.data() + buffer.size(), size, std::chars_format::fixed, verb.has_precision ? static_cast<int>(std::min<size_t>(verb.precision, 800)) : 6);
  } else if (letter == 'e') {
    done = std::to_chars(buffer.data(), buffer.data() + buffer.size(), size, std::chars_format::scientific, verb.has_precision ? static_cast<int>(std::min<size_t>(verb.precision, 800)) : 6);
  } else if (verb.has_precision) {
    done = std::to_chars(buffer.data(), buffer.data() + buffer.size(), size, std::chars_format::general, static_cast<int>(std::min<size_t>(verb.precision, 800)));
  } else {
    return pad(verb, signed_text(verb, std::signbit(value), promql::format_number(size)), true);
  }
  return pad(verb, signed_text(verb, std::signbit(value), std::string(buffer.data(), done.ec == std::errc() ? done.ptr : buffer.data())), true);
}

std::string hex(std::string_view bytes, bool upper) {
  const std::string_view digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string bad_verb(char letter, const Value& value) {
  return "%!" + std::string(1, letter) + "(" + std::string(type_name(value)) + "=" + to_text(value) + ")";
}

std::string text_verb(const Verb& verb, const Value& value, std::string text) {
  if (verb.has_precision) {
    std::string_view rest = text;
    for (size_t i = 0; i < verb.precision && !rest.empty(); ++i) take_rune(rest);
    text.resize(text.size() - rest.size());
  }
  switch (verb.letter) {
    case 'q': return pad(verb, promql::quote(text));
    case 'x':
    case 'X': return pad(verb, hex(text, verb.letter == 'X'));
    case 's':
    case 'v': return pad(verb, verb.letter == 'v' && verb.sharp ? promql::quote(text) : std::move(text));
    default: return bad_verb(verb.letter, value);
  }
}

std::string one(const Verb& verb, const Value& value) {
  if (verb.letter == 'T') return pad(verb, std::string(type_name(value)));
  if (const auto* text = value.as<std::string>()) return text_verb(verb, value, *text);
  if (const auto* number = value.as<int64_t>()) {
    if (verb.letter == 'c' || verb.letter == 'q') {
      std::string rune;
      append_rune(rune, *number < 0 || *number > 0x10FFFF ? 0xFFFD : static_cast<uint32_t>(*number));
      return pad(verb, verb.letter == 'c' ? rune : "'" + rune + "'");
    }
    if (std::string_view("vdxXobO").find(verb.letter) != std::string_view::npos) return whole(verb, *number);
    return bad_verb(verb.letter, value);
  }
  if (const auto* number = value.as<double>()) {
    if (std::string_view("veEfFgG").find(verb.letter) != std::string_view::npos) return real(verb, *number);
    return bad_verb(verb.letter, value);
  }
  if (value.as<bool>() != nullptr) {
    return verb.letter == 't' || verb.letter == 'v' ? pad(verb, to_text(value)) : bad_verb(verb.letter, value);
  }
  if (verb.letter == 'v' || verb.letter == 's') {
    return value.is_nil() && verb.letter == 's' ? "%!s(<nil>)" : pad(verb, to_text(value));
  }
  return bad_verb(verb.letter, value);
}

// Reads one verb behind its '%'.
Verb read_verb(std::string_view format, size_t& at) {
  Verb out;
  for (;; ++at) {
    const char c = at < format.size() ? format[at] : '\0';
    if (c == '-') out.minus = true;
    else if (c == '+') out.plus = true;
    else if (c == '#') out.sharp = true;
    else if (c == '0') out.zero = true;
    else if (c == ' ') out.space = true;
    else break;
  }
  const auto number = [&] {
    size_t value = 0;
    for (; at < format.size() && format[at] >= '0' && format[at] <= '9'; ++at) {
      value = std::min(value * 10 + static_cast<size_t>(format[at] - '0'), kMostWidth);
    }
    return value;
  };
  out.width = number();
  if (at < format.size() && format[at] == '.') {
    ++at;
    out.has_precision = true;
    out.precision = number();
  }
  out.letter = at < format.size() ? format[at++] : '\0';
  return out;
}

}  // namespace

std::string format_printf(std::string_view format, std::span<const Value> args) {
  std::string out;
  size_t used = 0;
  for (size_t at = 0; at < format.size();) {
    if (format[at] != '%') {
      out += format[at++];
      continue;
    }
    const Verb verb = read_verb(format, ++at);
    if (verb.letter == '\0') {
      out += "%!(NOVERB)";
    } else if (verb.letter == '%') {
      out += '%';
    } else if (used >= args.size()) {
      out += "%!" + std::string(1, verb.letter) + "(MISSING)";
    } else {
      out += one(verb, args[used++]);
    }
    if (out.size() > kMostOutputBytes) return out;
  }
  if (used < args.size()) {
    out += "%!(EXTRA ";
    for (size_t i = used; i < args.size(); ++i) {
      if (i > used) out += ", ";
      out += std::string(type_name(args[i])) + "=" + to_text(args[i]);
    }
    out += ')';
  }
  return out;
}

std::string format_print(std::span<const Value> args, bool line) {
  std::string out;
  for (size_t i = 0; i < args.size(); ++i) {
    const bool texts = i > 0 && (args[i].as<std::string>() != nullptr || args[i - 1].as<std::string>() != nullptr);
    if (i > 0 && (line || !texts)) out += ' ';
    out += to_text(args[i]);
  }
  if (line) out += '\n';
  return out;
}

}  // namespace tripod::query::logql::text_template
