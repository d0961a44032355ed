#include "query/logql/template/lexer.h"

#include "query/logql/go_text.h"
#include "query/promql/text.h"

namespace tripod::query::logql::text_template {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

bool is_blank(char c) { return kBlanks.find(c) != kBlanks.npos; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class Lexer {
 public:
  Lexer(std::string_view text, size_t& error_position) : text_(text), error_(error_position) {}

  base::Result<std::vector<Item>> run() {
    while (at_ < text_.size()) {
      if (auto done = outside(); !done) return base::fail(std::move(done.error()));
      if (at_ >= text_.size()) break;
      if (auto done = inside(); !done) return base::fail(std::move(done.error()));
    }
    add(Token::kEnd, text_.size(), 0, "");
    return std::move(items_);
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  std::unexpected<base::Error> fail(size_t position, std::string why) {
    error_ = position;
    return base::fail(base::Code::kInvalidArgument, std::move(why));
  }
  void add(Token token, size_t position, size_t size, std::string text) {
    items_.push_back({token, position, std::move(text), text_.substr(position, size), after_blank_});
  }

  // Up to the next {{, whose "{{- " takes the blanks before it away, and comments.
  base::Result<> outside() {
    const size_t start = at_;
    const size_t open = std::min(text_.find("{{", at_), text_.size());
    std::string_view text = text_.substr(start, open - start);
    if (trim_next_) text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    trim_next_ = false;
    at_ = open;
    const bool trims = text_.substr(at_).starts_with("{{-") && is_blank(peek(3));
    if (trims) text = text.substr(0, text.find_last_not_of(kBlanks) + 1);
    after_blank_ = false;
    if (!text.empty()) add(Token::kText, start, open - start, std::string(text));
    if (at_ >= text_.size()) return {};
    const size_t at = at_;
    at_ += trims ? 4 : 2;
    if (text_.substr(at_).starts_with("/*")) return comment(at);
    add(Token::kOpen, at, 2, "");
    return {};
  }

  base::Result<> comment(size_t open) {
    const size_t end = text_.find("*/", at_);
    if (end == text_.npos) return fail(open, "unclosed comment");
    at_ = end + 2;
    if (!close()) return fail(open, "comment ends before closing delimiter");
    return outside();
  }

  // Takes }} or " -}}".
  bool close() {
    size_t blanks = 0;
    while (is_blank(peek(blanks))) ++blanks;
    const std::string_view rest = text_.substr(std::min(at_ + blanks, text_.size()));
    trim_next_ = blanks > 0 && rest.starts_with("-}}");
    if (!trim_next_ && !(blanks == 0 && rest.starts_with("}}"))) return false;
    at_ += blanks + (trim_next_ ? 3 : 2);
    return true;
  }

  base::Result<> inside() {
    const size_t open = items_.empty() ? 0 : items_.back().position;
    if (items_.empty() || items_.back().token != Token::kOpen) return {};
    while (true) {
      after_blank_ = false;
      const size_t before = at_;
      if (close()) {
        add(Token::kClose, before, at_ - before, "");
        return {};
      }
      while (is_blank(peek())) {
        ++at_;
        after_blank_ = true;
      }
      if (at_ >= text_.size()) return fail(open, "unclosed action");
      if (text_.substr(at_).starts_with("}}")) continue;
      if (auto one = token(); !one) return one;
    }
  }

  base::Result<> token() {
    const char c = peek();
    if (c == '"' || c == '`' || c == '\'') return literal(c);
    if (c == '.' && !is_digit(peek(1))) {
      const size_t size = word_size(1);
      take(size > 1 ? Token::kField : Token::kDot, size, 1);
      return {};
    }
    if (c == '$') {
      take(Token::kVariable, word_size(1), 1);
      return {};
    }
    const bool sign = (c == '+' || c == '-') && (is_digit(peek(1)) || peek(1) == '.');
    if (is_digit(c) || sign || c == '.') {
      size_t size = 1;
      while (is_word(peek(size)) || peek(size) == '.' ||
             ((peek(size) == '+' || peek(size) == '-') && (peek(size - 1) == 'e' || peek(size - 1) == 'E'))) {
        ++size;
      }
      take(Token::kNumber, size, 0);
      return {};
    }
    if (is_word(c)) {
      take(Token::kWord, word_size(1), 0);
      return {};
    }
    return symbol();
  }

  base::Result<> symbol() {
    if (peek() == ':' && peek(1) == '=') {
      take(Token::kDeclare, 2, 0);
      return {};
    }
    static constexpr std::string_view kSymbols = "|(),=";
    static constexpr Token kTokens[] = {Token::kPipe, Token::kLeftParen, Token::kRightParen, Token::kComma, Token::kAssign};
    const size_t k = kSymbols.find(peek());
    if (k == kSymbols.npos) {
      const size_t length = std::max<size_t>(rune_length(text_.substr(at_)), 1);
      return fail(at_, "unexpected " + promql::quote(text_.substr(at_, length)) + " in operand");
    }
    take(kTokens[k], 1, 0);
    return {};
  }

  base::Result<> literal(char quote) {
    size_t size = 1;
    while (at_ + size < text_.size() && peek(size) != quote) {
      if (quote != '`' && peek(size) == '\n') break;
      size += quote != '`' && peek(size) == '\\' ? 2 : 1;
    }
    if (at_ + size >= text_.size() || peek(size) != quote) {
      return fail(at_, quote == '`' ? "unterminated raw quoted string" : quote == '"' ? "unterminated quoted string" : "unterminated character constant");
    }
    auto text = promql::unquote(text_.substr(at_, size + 1));
    if (!text) return fail(at_, std::move(text.error().message));
    add(quote == '\'' ? Token::kChar : Token::kString, at_, size + 1, std::move(*text));
    at_ += size + 1;
    return {};
  }

  size_t word_size(size_t size) const {
    while (is_word(peek(size))) ++size;
    return size;
  }
  void take(Token token, size_t size, size_t skip) {
    add(token, at_, size, std::string(text_.substr(at_ + skip, size - skip)));
    at_ += size;
  }

  const std::string_view text_;
  size_t& error_;
  size_t at_ = 0;
  bool trim_next_ = false;
  bool after_blank_ = false;
  std::vector<Item> items_;
};

}  // namespace

base::Result<std::vector<Item>> lex(std::string_view text, size_t& error_position) {
  return Lexer(text, error_position).run();
}

}  // namespace tripod::query::logql::text_template
