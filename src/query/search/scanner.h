// The bytes of a query and a place in them: what the parsers of terms and of pipes share. Private to query/search.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tripod::query::search {

bool is_blank(char c);
// What ends a bare word.
bool is_delimiter(char c);
bool is_digit(char c);
bool is_key_start(char c);
bool is_key_char(char c);

// Characters (of UTF-8) before a byte of the text, counted from 1: how people count columns.
size_t column_of(std::string_view text, size_t position);

struct ScanError {
  size_t position = 0;
  base::Code code = base::Code::kInvalidArgument;
  std::string message;  // without its place
};

// The first error stays; parsers return at once where failed().
class Scanner {
 public:
  explicit Scanner(std::string_view t) : text(t) {}

  char peek(size_t ahead = 0) const { return at + ahead < text.size() ? text[at + ahead] : '\0'; }
  bool at_end() const { return at >= text.size(); }
  void skip_blank();
  bool at_keyword(std::string_view keyword) const;
  bool accept_keyword(std::string_view keyword);  // and the blanks behind it
  bool accept(char c);                            // and the blanks behind it
  // @pre peek() == '"'. Its escapes are taken out.
  std::string parse_quoted();
  std::string got() const;  // what stands here, for errors
  size_t column(size_t position) const { return column_of(text, position); }

  void fail(size_t position, std::string message, base::Code code = base::Code::kInvalidArgument);
  bool failed() const { return error.has_value(); }

  const std::string_view text;
  size_t at = 0;
  size_t terms = 0;    // so far
  size_t regexes = 0;
  std::optional<ScanError> error;
};

}  // namespace tripod::query::search
