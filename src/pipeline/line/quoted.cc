#include "pipeline/line/quoted.h"

#include <charconv>
#include <string>

#include "base/utf8.h"

namespace tripod::pipeline {
namespace {

void append_utf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xc0 | code >> 6));
    out.push_back(static_cast<char>(0x80 | (code & 63)));
  } else {
    out.push_back(static_cast<char>(0xe0 | code >> 12));
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 63)));
    out.push_back(static_cast<char>(0x80 | (code & 63)));
  }
}

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
  const size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : 0;
  const auto number = digits == 0 ? std::nullopt : hex_at(text, at + 2, digits);
  if (!number) {
    out.push_back('\\');
    return;
  }
  if (letter == 'x') out.push_back(static_cast<char>(*number));
  else append_utf8(*number, out);
  at += 1 + digits;
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
