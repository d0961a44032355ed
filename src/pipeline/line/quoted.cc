#include "pipeline/line/quoted.h"

#include <charconv>
#include <string>

#include "base/utf8.h"

namespace tripod::pipeline {
namespace {

// The number of exactly `digits` hexadecimal digits at `at`.
std::optional<uint32_t> hex_at(std::string_view text, size_t at, size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  uint32_t number = 0;
  const char* end = text.data() + at + digits;
  const auto [stop, error] = std::from_chars(text.data() + at, end, number, 16);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

// Undoes the escape behind the backslash at `at`, which is moved to its last character.
void append_escape(std::string_view text, size_t& at, std::string& out) {
  static constexpr std::string_view kLetters = "\"\\nrtbfav'/";
  static constexpr std::string_view kMeanings = "\"\\\n\r\t\b\f\a\v'/";
  const char letter = text[at + 1];
  if (const size_t known = kLetters.find(letter); known != kLetters.npos) {
    out.push_back(kMeanings[known]);
    ++at;
    return;
  }
  const size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  auto number = digits == 0 ? std::nullopt : hex_at(text, at + 2, digits);
  if (!number) {
    out.push_back('\\');
    return;
  }
  at += 1 + digits;
  if (letter == 'x') {
    out.push_back(static_cast<char>(*number));
    return;
  }
  // JSON writes what is beyond U+FFFF as two halves.
  if (*number >= 0xD800 && *number < 0xDC00 && text.substr(at + 1).starts_with("\\u")) {
    if (const auto low = hex_at(text, at + 3, 4); low && *low >= 0xDC00 && *low < 0xE000) {
      number = 0x10000 + ((*number - 0xD800) << 10) + (*low - 0xDC00);
      at += 6;
    }
  }
  base::append_utf8(out, *number);
}

}  // namespace

std::optional<std::string_view> take_quoted(std::string_view text, size_t& at, base::Arena& arena) {
  const char quote = text[at];
  const size_t start = at + 1;
  size_t end = start;
  bool escapes = false;
  while (end < text.size() && text[end] != quote) {
    if (text[end] == '\n') return std::nullopt;
    if (text[end] == '\\') {
      escapes = true;
      ++end;
    }
    ++end;
  }
  if (end >= text.size()) return std::nullopt;
  at = end + 1;
  const std::string_view inside = text.substr(start, end - start);
  if (!escapes) return inside;
  std::string plain;
  plain.reserve(inside.size());
  for (size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] == '\\') append_escape(inside, i, plain);
    else plain.push_back(inside[i]);
  }
  return arena.copy(base::replace_invalid_utf8(plain));
}

}  // namespace tripod::pipeline
