// Patterns of grouping rules: * ? [a-z] [!a-z] \x, and ** in paths.
// https://docs.sentry.io/concepts/data-management/event-grouping/stack-trace-rules/#matchers
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tripod::pipeline::group {

enum class GlobKind : uint8_t {
  kText,  // "*" is any text
  kPath,  // "*" stays within a folder, "**" crosses them, "**/" is any number of folders, also none
};
enum class GlobCase : uint8_t { kExact, kIgnored };

// Compiled once; thread-safe. Matching takes at most |pattern| * |text|^2 steps for the patterns with both kinds of
// star, |pattern| * |text| for others; of a longer text only the first kMostText bytes are looked at there.
class Glob {
 public:
  static constexpr size_t kMostText = 2048;
  Glob(std::string_view pattern, GlobKind kind, GlobCase letters);

  // With GlobCase::kIgnored the text may be in any case.
  bool matches(std::string_view text) const;
  // Whether what it matches it also matches after one more "/" in front.
  bool finds_anywhere() const { return shape_ == Shape::kContains || shape_ == Shape::kFolder; }

 private:
  enum class TokenKind : uint8_t { kChar, kAnyChar, kClass, kStar, kDoubleStar, kFolders };
  struct Token {
    TokenKind kind = TokenKind::kChar;
    char c = '\0';
    uint16_t set = 0;  // of kClass: which of sets_
  };
  struct Set {
    std::vector<bool> bytes;
  };
  // Where the last star stood, to go on from there with one more byte under it.
  struct Star {
    size_t token = SIZE_MAX;
    size_t text = 0;
  };

  void compile(std::string_view pattern);
  size_t compile_class(std::string_view pattern, size_t at);
  bool matches_token(const Token& token, char c) const;
  bool resume(std::string_view text, Star& star, size_t& token, size_t& at) const;
  bool matches_tokens(std::string_view text) const;
  bool is_prefix(std::string_view text, std::string_view bytes) const;
  bool contains(std::string_view text) const;

  // Most patterns are one of these, and are then compared as bytes.
  enum class Shape : uint8_t { kEqual, kPrefix, kContains, kFolder, kTokens };
  void find_shape();

  GlobKind kind_;
  bool ignore_case_;
  Shape shape_ = Shape::kTokens;
  std::string bytes_;  // of the first three shapes
  std::vector<Token> tokens_;
  std::vector<Set> sets_;
};

}  // namespace tripod::pipeline::group
