// The text of an SQL statement as tokens, in the quoting of several databases. Knows no grammar.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sql/dialect.h"

namespace tripod::sql {

enum class TokenKind : uint8_t {
  kWord,    // a keyword or a name without quotes
  kQuoted,  // a name in quotes, with them
  kValue,   // a text, a number or a placeholder (?, %s, %(name)s, $1, :name, @name)
  kSymbol,  // operators and punctuation
};

struct Token {
  TokenKind kind = TokenKind::kSymbol;
  bool space_before = false;   // white space or a comment
  std::string_view text;       // points into the statement
};

struct Tokens {
  std::vector<Token> tokens;
  bool is_cut = false;   // it ends within a text, a quoted name or a comment, or with "...": somebody cut it
};

// Never fails: what is no token of SQL becomes symbols of one byte each. Time is linear in the text.
Tokens lex(std::string_view statement, Dialect dialect);

// A quoted name without its quotes; doubled quotes stay doubled. Other texts as they are.
std::string_view without_quotes(std::string_view name);

// Of a word, ASCII letters in either case; `keyword` is in upper case.
bool is_keyword(const Token& token, std::string_view keyword);

}  // namespace tripod::sql
