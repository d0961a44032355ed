// LogQL text to tokens, with Loki's words for them in errors.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tripod::query::logql {

enum class Token : uint8_t {
  kEnd,
  kIdentifier,  // keywords and functions too: the parser knows where they are words
  kString,
  kNumber,
  kDuration,  // 5m, 1.5h, -1h
  kBytes,     // 42MB
  kRange,     // [5m]
  kFlag,      // --strict, --keep-empty
  kSymbol,    // { } ( ) , = != =~ !~ |= |~ |> !> | + - * / % ^ == > >= < <=
  kUnknown,   // a character LogQL does not have
};

struct LexItem {
  Token token = Token::kEnd;
  size_t position = 0;    // byte offset in the query
  std::string_view text;  // as written, into the query
  std::string string;     // kString: unquoted
  double number = 0;      // kNumber
  int64_t nanos = 0;      // kDuration, kRange
  uint64_t bytes = 0;     // kBytes
};

struct LexError {
  size_t position = 0;
  std::string message;  // empty: none
};

// All tokens of `query`, the last one kEnd; comments and blanks are left out. On an error the list
// ends before it. `query` outlives the items.
std::vector<LexItem> lex(std::string_view query, LexError& error);

// How Loki's errors speak of a token: IDENTIFIER, STRING, RANGE, $end, the text of the rest.
std::string describe(const LexItem& item);

}  // namespace tripod::query::logql
