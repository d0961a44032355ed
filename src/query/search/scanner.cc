#include "query/search/scanner.h"

#include <algorithm>
#include <utility>

namespace tripod::query::search {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_delimiter(char c) { return is_blank(c) || c == '(' || c == ')' || c == '"' || c == '|'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_key_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_key_char(char c) {
  return is_key_start(c) || is_digit(c) || c == '.' || c == '/' || c == '-' || c == '$';
}

size_t column_of(std::string_view text, size_t position) {
  const auto before = text.substr(0, std::min(position, text.size()));
  // Bytes that go on with a character do not begin one.
  return 1 + static_cast<size_t>(std::ranges::count_if(before, [](char c) {
           return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
         }));
}

void Scanner::skip_blank() {
  while (is_blank(peek())) ++at;
}

bool Scanner::at_keyword(std::string_view keyword) const {
  if (text.substr(std::min(at, text.size()), keyword.size()) != keyword) return false;
  const size_t end = at + keyword.size();
  return end >= text.size() || is_delimiter(text[end]);
}

bool Scanner::accept_keyword(std::string_view keyword) {
  if (!at_keyword(keyword)) return false;
  at += keyword.size();
  skip_blank();
  return true;
}

bool Scanner::accept(char c) {
  if (peek() != c || at_end()) return false;
  ++at;
  skip_blank();
  return true;
}

std::string Scanner::parse_quoted() {
  const size_t open = at++;
  std::string out;
  while (!at_end() && peek() != '"') {
    if (peek() == '\\' && at + 1 < text.size()) {
      ++at;
      out += peek() == 'n' ? '\n' : peek() == 't' ? '\t' : peek() == 'r' ? '\r' : peek();
    } else {
      out += peek();
    }
    ++at;
  }
  if (at_end()) {
    fail(at, "expected a closing quote for the one at column " + std::to_string(column(open)) +
                 ", got the end");
    return {};
  }
  ++at;
  return out;
}

std::string Scanner::got() const {
  if (at_end()) return "the end";
  size_t end = at;
  while (end < text.size() && !is_delimiter(text[end]) && end - at < 20) ++end;
  // Not in the middle of a character.
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
  return "\"" + std::string(text.substr(at, end == at ? 1 : end - at)) + "\"";
}

void Scanner::fail(size_t position, std::string message, base::Code code) {
  if (!error) error = ScanError{position, code, std::move(message)};
}

}  // namespace tripod::query::search
