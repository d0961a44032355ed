#include "query/logql/lexer.h"

#include <algorithm>
#include <array>

#include "query/logql/go_text.h"
#include "query/promql/text.h"

namespace tripod::query::logql {
namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

constexpr std::array<std::string_view, 14> kTwo = {"!=", "=~", "!~", "|=", "|~", "|>", "!>",
                                                   "==", ">=", "<=", "&&", "||", "<>", "=>"};

class Lexer {
 public:
  Lexer(std::string_view query, LexError& error) : query_(query), error_(error) {}

  std::vector<LexItem> run() {
    while (error_.message.empty()) {
      skip_blank();
      if (at_ >= query_.size()) break;
      scan();
    }
    if (error_.message.empty()) items_.push_back({.position = query_.size(), .text = {}, .string = {}});
    return std::move(items_);
  }

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < query_.size() ? query_[at_ + ahead] : '\0';
  }
  void fail(size_t position, std::string message) { error_ = {position, std::move(message)}; }

  void skip_blank() {
    while (at_ < query_.size()) {
      if (is_blank(peek())) {
        ++at_;
      } else if (peek() == '#') {
        at_ = std::min(query_.find('\n', at_), query_.size());
      } else {
        return;
      }
    }
  }

  LexItem& add(Token token, size_t size) {
    items_.push_back({.token = token, .position = at_, .text = query_.substr(at_, size), .string = {}});
    at_ += size;
    return items_.back();
  }

  void scan() {
    const char c = peek();
    if (c == '"' || c == '`') return scan_string();
    if (c == '[') return scan_range();
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return scan_number();
    if (c == '-' && peek(1) == '-' && is_letter(peek(2))) {
      for (const std::string_view flag : {"--strict", "--keep-empty"}) {
        if (!query_.substr(at_).starts_with(flag) || is_letter(peek(flag.size()))) continue;
        add(Token::kFlag, flag.size());
        return;
      }
    }
    if (c == '-' && is_digit(peek(1)) && wants_signed()) {
      if (scan_unit(1)) return;
    }
    if (is_letter(c)) {
      size_t size = 1;
      while (is_letter(peek(size)) || is_digit(peek(size))) ++size;
      add(Token::kIdentifier, size);
      return;
    }
    scan_symbol();
  }

  // A minus belongs to a duration where no value stands before it: "offset -5m", "> -1s".
  bool wants_signed() const {
    if (items_.empty()) return true;
    const LexItem& last = items_.back();
    if (last.token == Token::kIdentifier) return true;
    return last.token == Token::kSymbol && last.text != ")";
  }

  void scan_symbol() {
    for (const std::string_view two : kTwo) {
      if (query_.substr(at_).starts_with(two)) {
        add(two == "&&" || two == "||" || two == "<>" || two == "=>" ? Token::kUnknown : Token::kSymbol,
            2);
        return;
      }
    }
    if (std::string_view("{}(),=|+-*/%^><").find(peek()) != std::string_view::npos) {
      add(Token::kSymbol, 1);
      return;
    }
    const size_t length = rune_length(query_.substr(at_));
    if (length == 0) return fail(at_, "invalid UTF-8 encoding");
    add(Token::kUnknown, length);
  }

  void scan_string() {
    const char quote = peek();
    size_t size = 1;
    while (at_ + size < query_.size() && peek(size) != quote) {
      if (quote == '"' && peek(size) == '\n') break;
      if (quote == '"' && peek(size) == '\\' && at_ + size + 1 < query_.size()) ++size;
      ++size;
    }
    if (at_ + size >= query_.size() || peek(size) != quote) {
      return fail(at_, "literal not terminated");
    }
    const size_t position = at_;
    auto text = promql::unquote(query_.substr(at_, size + 1));
    if (!text) return fail(position, std::move(text.error().message));
    if (has_invalid_utf8(query_.substr(at_, size + 1))) return fail(position, "invalid UTF-8 rune");
    add(Token::kString, size + 1).string = std::move(*text);
  }

  static bool has_invalid_utf8(std::string_view text) {
    while (!text.empty()) {
      const size_t length = rune_length(text);
      if (length == 0) return true;
      text.remove_prefix(length);
    }
    return false;
  }

  void scan_range() {
    const size_t end = query_.find(']', at_);
    if (end == std::string_view::npos) return fail(at_, "missing closing ']' in duration");
    std::string_view inside = query_.substr(at_ + 1, end - at_ - 1);
    while (!inside.empty() && is_blank(inside.front())) inside.remove_prefix(1);
    while (!inside.empty() && is_blank(inside.back())) inside.remove_suffix(1);
    if (inside.empty()) return fail(at_, "empty duration string");
    const auto nanos = parse_query_duration(inside);
    if (!nanos) return fail(at_, nanos.error().message);
    if (*nanos <= 0) return fail(at_, "duration must be greater than 0: " + promql::quote(inside));
    add(Token::kRange, end + 1 - at_).nanos = *nanos;
  }

  // A number with a unit right behind it; `sign` bytes come before its digits.
  bool scan_unit(size_t sign) {
    size_t size = sign;
    const auto part_of_unit = [&](size_t at) {
      const auto c = static_cast<unsigned char>(peek(at));
      return is_digit(peek(at)) || is_letter(peek(at)) || c == '.' || c == 0xC2 || c == 0xB5 ||
             c == 0xCE || c == 0xBC;
    };
    while (part_of_unit(size)) ++size;
    const std::string_view text = query_.substr(at_, size);
    const char last = text.back();
    if (is_digit(last) || last == '.') return false;
    // The "e" of 1e+21 is an exponent, not exabytes.
    if ((last == 'e' || last == 'E') && (peek(size) == '+' || peek(size) == '-') && is_digit(peek(size + 1))) return false;
    if (const auto nanos = parse_query_duration(text)) {
      add(Token::kDuration, size).nanos = *nanos;
      return true;
    }
    if (sign > 0) return false;
    if (const auto bytes = parse_go_bytes(text)) {
      add(Token::kBytes, size).bytes = *bytes;
      return true;
    }
    return false;
  }

  void scan_number() {
    if (scan_unit(0)) return;
    size_t size = 0;
    const bool hex = peek() == '0' && (peek(1) == 'x' || peek(1) == 'X');
    if (hex) size = 2;
    while (true) {
      const char c = peek(size);
      const bool exponent = !hex && (c == 'e' || c == 'E');
      if (exponent && (is_digit(peek(size + 1)) || ((peek(size + 1) == '+' || peek(size + 1) == '-') && is_digit(peek(size + 2))))) {
        size += 2;
      } else if (is_digit(c) || c == '.' || c == '_' || (hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')))) {
        ++size;
      } else {
        break;
      }
    }
    const auto number = promql::parse_number(query_.substr(at_, size));
    if (!number) return fail(at_, "invalid number literal " + promql::quote(query_.substr(at_, size)));
    add(Token::kNumber, size).number = *number;
  }

  const std::string_view query_;
  LexError& error_;
  size_t at_ = 0;
  std::vector<LexItem> items_;
};

}  // namespace

std::vector<LexItem> lex(std::string_view query, LexError& error) {
  return Lexer(query, error).run();
}

std::string describe(const LexItem& item) {
  switch (item.token) {
    case Token::kEnd: return "$end";
    case Token::kString: return "STRING";
    case Token::kNumber: return "NUMBER";
    case Token::kDuration: return "DURATION";
    case Token::kBytes: return "BYTES";
    case Token::kRange: return "RANGE";
    case Token::kFlag: return "PARSER_FLAG";
    case Token::kIdentifier: {
      static constexpr std::array<std::string_view, 27> kWords = {
          "by",     "without",      "bool",    "offset",      "on",         "ignoring",   "group_left",
          "group_right", "or",      "and",     "unless",      "json",       "regexp",     "logfmt",
          "unpack", "pattern",      "label_format", "line_format", "decolorize", "drop",  "keep",
          "unwrap", "label_replace", "ip",     "vector",      "distinct",   "variants"};
      if (std::ranges::find(kWords, item.text) != kWords.end()) return std::string(item.text);
      return "IDENTIFIER";
    }
    default: return std::string(item.text);
  }
}

}  // namespace tripod::query::logql
