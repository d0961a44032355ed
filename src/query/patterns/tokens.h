// A message's words, with what looks variable taken out: numbers, identifiers, addresses, times, quoted text. Private to
// query/patterns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tripod::query::patterns {

inline constexpr std::string_view kHole = "<_>";
inline constexpr size_t kMostTokens = 64;  // of a message; what follows is left out of account

struct Token {
  std::string text;         // a word with its holes, or one punctuation mark
  bool spaced = false;      // blanks stand before it
  bool is_word = false;     // else punctuation, which is never variable
  friend bool operator==(const Token&, const Token&) = default;
};

struct Tokens {
  std::vector<Token> list;
  bool cut = false;         // the message goes on
};

// "order 12 of 10.0.0.1 took 35ms" becomes order <_> of <_> took <_>ms.
Tokens tokenise(std::string_view message);

}  // namespace tripod::query::patterns
