#include "sql/lexer.h"

#include <algorithm>

namespace tripod::sql {

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80; }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '$' || c == '#'; }
char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

constexpr size_t kLongestName = 256;   // of a placeholder

class Lexer {
 public:
  Lexer(std::string_view text, Dialect dialect) : text_(text), dialect_(dialect) {}

  Tokens run() {
    out_.tokens.reserve(text_.size() / 5 + 4);
    while (skip_blank()) next();
    const auto& all = out_.tokens;
    const auto dots = [&](size_t back) { return all.size() >= back && all[all.size() - back].text == "."; };
    if (dots(1) && dots(2) && dots(3)) out_.is_cut = true;
    if (!all.empty() && all.back().text == "…") out_.is_cut = true;
    return std::move(out_);
  }

 private:
  char at(size_t offset) const { return at_ + offset < text_.size() ? text_[at_ + offset] : '\0'; }
  std::string_view rest() const { return text_.substr(at_); }

  void add(TokenKind kind, size_t length) {
    length = std::min(length, text_.size() - at_);
    out_.tokens.push_back({.kind = kind, .space_before = space_, .text = text_.substr(at_, length)});
    at_ += length;
    space_ = false;
  }

  // To the next token; false at the end.
  bool skip_blank() {
    while (at_ < text_.size()) {
      const size_t length = blank();
      if (length == 0) return true;
      at_ += std::min(length, text_.size() - at_);
      space_ = true;
    }
    return false;
  }

  size_t blank() {
    if (is_space(at(0))) return 1;
    const bool is_dashes = at(0) == '-' && at(1) == '-' && (dialect_ != Dialect::kMySql || is_space(at(2)) || at_ + 2 >= text_.size());
    if (is_dashes || (at(0) == '#' && dialect_ == Dialect::kMySql)) return std::min(rest().find('\n'), rest().size());
    if (at(0) == '/' && at(1) == '*') return comment();
    return 0;
  }

  // PostgreSQL's nest.
  size_t comment() {
    size_t depth = 1;
    size_t i = at_ + 2;
    while (i < text_.size()) {
      const std::string_view two = text_.substr(i, 2);
      if (two == "*/") {
        i += 2;
        if (--depth == 0) return i - at_;
      } else if (two == "/*" && dialect_ == Dialect::kPostgres) {
        ++depth;
        i += 2;
      } else {
        ++i;
      }
    }
    out_.is_cut = true;
    return text_.size() - at_;
  }

  void next() {
    const char c = at(0);
    if (c == '\'') return add(TokenKind::kValue, quoted('\'', 0, dialect_ == Dialect::kMySql));
    if (c == '"') return double_quoted();
    if (c == '`') return add(TokenKind::kQuoted, quoted('`', 0, false));
    if (c == '[' && (dialect_ == Dialect::kSqlite || dialect_ == Dialect::kSqlServer)) return add(TokenKind::kQuoted, quoted(']', 0, false));
    if (is_digit(c) || (c == '.' && is_digit(at(1)) && !follows_name())) return add(TokenKind::kValue, number());
    if (is_letter(c)) return word();
    if (const size_t length = placeholder(); length > 0) return add(TokenKind::kValue, length);
    if (const size_t length = dollar_quoted(); length > 0) return add(TokenKind::kValue, length);
    add(TokenKind::kSymbol, symbol());
  }

  bool follows_name() const {
    return !space_ && !out_.tokens.empty() && (out_.tokens.back().kind == TokenKind::kWord || out_.tokens.back().kind == TokenKind::kQuoted);
  }

  void double_quoted() {
    const bool is_text = dialect_ == Dialect::kMySql;
    add(is_text ? TokenKind::kValue : TokenKind::kQuoted, quoted('"', 0, is_text));
  }

  // Of a text that begins `from` bytes on, its quotes with it. A doubled quote is part of it.
  size_t quoted(char end, size_t from, bool has_backslashes) {
    for (size_t i = at_ + from + 1; i < text_.size(); ++i) {
      if (text_[i] == '\\' && has_backslashes) {
        ++i;
      } else if (text_[i] == end) {
        if (i + 1 >= text_.size() || text_[i + 1] != end) return i + 1 - at_;
        ++i;
      }
    }
    out_.is_cut = true;
    return text_.size() - at_;
  }

  // 12, 1.5, .5, 1e-3, 0xff, 1_000
  size_t number() const {
    size_t i = 0;
    while (is_word(at(i)) || at(i) == '.') {
      const bool is_exponent = (at(i) == 'e' || at(i) == 'E') && at(1) != 'x' && at(1) != 'X';
      ++i;
      if (is_exponent && (at(i) == '-' || at(i) == '+') && is_digit(at(i + 1))) ++i;
      if (at(i) == '.' && at(i + 1) == '.') break;
    }
    return i;
  }

  // A name, a keyword, or what stands before a text: E'…', N'…', X'…', B'…', U&'…', _utf8'…'.
  void word() {
    constexpr std::string_view kEllipsis = "…";
    if (rest().starts_with(kEllipsis)) return add(TokenKind::kSymbol, kEllipsis.size());
    size_t i = 1;
    while (is_word(at(i)) && !rest().substr(i).starts_with(kEllipsis)) ++i;
    const std::string_view name = rest().substr(0, i);
    const char first = upper(name.front());
    const bool is_prefix = (i == 1 && (first == 'E' || first == 'N' || first == 'X' || first == 'B')) || (dialect_ == Dialect::kMySql && name.starts_with('_'));
    if (at(i) == '\'' && is_prefix) return add(TokenKind::kValue, quoted('\'', i, dialect_ == Dialect::kMySql || first == 'E'));
    if (i == 1 && first == 'U' && at(1) == '&' && at(2) == '\'') return add(TokenKind::kValue, quoted('\'', 2, false));
    add(TokenKind::kWord, i);
  }

  size_t name_length(size_t from) const {
    size_t i = from;
    while (is_letter(at(i)) || is_digit(at(i))) ++i;
    return i;
  }

  size_t placeholder() const {
    switch (at(0)) {
      case '?':
        return dialect_ == Dialect::kPostgres && (at(1) == '|' || at(1) == '&') ? 0 : name_length(1);  // ?1 of SQLite
      case '%':
        if (at(1) == 's' && !is_word(at(2))) return 2;
        if (at(1) != '(') return 0;
        if (const size_t end = rest().substr(0, kLongestName).find(')'); end != std::string_view::npos && at(end + 1) == 's') return end + 2;
        return 0;
      case '$':
        if (is_digit(at(1))) return name_length(1);
        return dialect_ == Dialect::kSqlite && is_letter(at(1)) ? name_length(1) : 0;
      case ':':
        return at(1) != ':' && (is_letter(at(1)) || is_digit(at(1))) && !follows_colon() && !in_slice() ? name_length(1) : 0;
      case '@':
        return (dialect_ == Dialect::kSqlServer || dialect_ == Dialect::kSqlite) && is_letter(at(1)) ? name_length(1) : 0;
      default:
        return 0;
    }
  }
  bool follows_colon() const { return at_ > 0 && text_[at_ - 1] == ':'; }
  // values[1:n] of PostgreSQL
  bool in_slice() const { return dialect_ == Dialect::kPostgres && at_ > 0 && is_digit(text_[at_ - 1]); }

  // $tag$ … $tag$
  size_t dollar_quoted() {
    if (at(0) != '$' || dialect_ != Dialect::kPostgres) return 0;
    const size_t tag_end = name_length(1);
    if (at(tag_end) != '$') return 0;
    const std::string_view tag = rest().substr(0, tag_end + 1);
    const size_t end = rest().find(tag, tag.size());
    if (end != std::string_view::npos) return end + tag.size();
    out_.is_cut = true;
    return text_.size() - at_;
  }

  // "%%" is how drivers with %s write one percent sign.
  size_t symbol() const {
    static constexpr std::string_view kLong[] = {"->>", "#>>", "!~*", "<=>", "::", "||", "<=", ">=", "<>", "!=", "->", "#>", "@>", "<@", "!~", "~*", "&&", "@@", "?|", "?&", ":=", "%%"};
    for (const std::string_view each : kLong) {
      if (rest().starts_with(each)) return each.size();
    }
    return 1;
  }

  const std::string_view text_;
  const Dialect dialect_;
  size_t at_ = 0;
  bool space_ = false;
  Tokens out_;
};

}  // namespace

Tokens lex(std::string_view statement, Dialect dialect) { return Lexer(statement, dialect).run(); }

std::string_view without_quotes(std::string_view name) {
  if (name.size() < 2) return name;
  const char first = name.front();
  const char last = name.back();
  const bool is_quoted = (first == '"' && last == '"') || (first == '`' && last == '`') || (first == '[' && last == ']');
  return is_quoted ? name.substr(1, name.size() - 2) : name;
}

bool is_keyword(const Token& token, std::string_view keyword) {
  return token.kind == TokenKind::kWord && token.text.size() == keyword.size() &&
         std::ranges::equal(token.text, keyword, [](char a, char b) { return upper(a) == b; });
}

}  // namespace tripod::sql
