// Substring search and wildcards, case-insensitive for ASCII letters only (bytes of other UTF-8 characters must be equal).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tripod::store {

// 'A'..'Z' lowered, everything else as it is.
inline char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }
std::string ascii_lower(std::string_view text);

// A needle prepared once, searched in many texts. Thread-safe after construction.
class SubstringSearcher {
 public:
  explicit SubstringSearcher(std::string_view needle);

  // Position of the first occurrence at or after `from`, or std::string_view::npos.
  size_t find(std::string_view text, size_t from = 0) const;
  bool contained_in(std::string_view text) const { return find(text) != std::string_view::npos; }
  // Lower-cased.
  const std::string& needle() const { return needle_; }

 private:
  std::string needle_;  // lower-cased
};

// `*` any text, `?` one character (a UTF-8 code point); `\*`, `\?` and `\\` are the characters themselves. Whole text.
class WildcardPattern {
 public:
  explicit WildcardPattern(std::string_view pattern);
  bool matches(std::string_view text) const;
  // The texts between its signs, in lower case: every match has them all.
  std::vector<std::string> literals() const;

 private:
  enum class Kind : unsigned char { kByte, kAnyOne, kAnyText };
  struct Item {
    Kind kind;
    char byte;  // lower-cased
  };
  std::vector<Item> items_;
};

}  // namespace tripod::store
