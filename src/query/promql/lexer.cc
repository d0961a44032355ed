#include "query/promql/lexer.h"

#include <algorithm>
#include <utility>

#include "query/promql/text.h"

namespace tripod::query::promql {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_letter(c) || is_digit(c); }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

struct Word {
  std::string_view text;
  Keyword keyword;
  AggregateOp aggregate = AggregateOp::kSum;
};

constexpr Word kWords[] = {
    {"and", Keyword::kAnd},
    {"or", Keyword::kOr},
    {"unless", Keyword::kUnless},
    {"atan2", Keyword::kAtan2},
    {"bool", Keyword::kBool},
    {"by", Keyword::kBy},
    {"without", Keyword::kWithout},
    {"on", Keyword::kOn},
    {"ignoring", Keyword::kIgnoring},
    {"group_left", Keyword::kGroupLeft},
    {"group_right", Keyword::kGroupRight},
    {"offset", Keyword::kOffset},
    {"start", Keyword::kStart},
    {"end", Keyword::kEnd},
    {"inf", Keyword::kInf},
    {"nan", Keyword::kNan},
    {"fill", Keyword::kFill},
    {"fill_left", Keyword::kFillLeft},
    {"fill_right", Keyword::kFillRight},
    {"anchored", Keyword::kAnchored},
    {"smoothed", Keyword::kSmoothed},
    {"limitk", Keyword::kAggregate, AggregateOp::kLimitk},
    {"limit_ratio", Keyword::kAggregate, AggregateOp::kLimitRatio},
    {"sum", Keyword::kAggregate, AggregateOp::kSum},
    {"avg", Keyword::kAggregate, AggregateOp::kAvg},
    {"min", Keyword::kAggregate, AggregateOp::kMin},
    {"max", Keyword::kAggregate, AggregateOp::kMax},
    {"count", Keyword::kAggregate, AggregateOp::kCount},
    {"group", Keyword::kAggregate, AggregateOp::kGroup},
    {"stddev", Keyword::kAggregate, AggregateOp::kStddev},
    {"stdvar", Keyword::kAggregate, AggregateOp::kStdvar},
    {"topk", Keyword::kAggregate, AggregateOp::kTopk},
    {"bottomk", Keyword::kAggregate, AggregateOp::kBottomk},
    {"quantile", Keyword::kAggregate, AggregateOp::kQuantile},
    {"count_values", Keyword::kAggregate, AggregateOp::kCountValues},
};

void classify(LexItem& item) {
  std::string lower(item.text);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  for (const Word& word : kWords) {
    if (word.text != lower) continue;
    item.keyword = word.keyword;
    item.aggregate = word.aggregate;
    return;
  }
}

class Lexer {
 public:
  Lexer(std::string_view query, LexError& error) : query_(query), error_(error) {}

  std::vector<LexItem> run() {
    while (error_.message.empty()) {
      skip_blank();
      start_ = at_;
      if (at_ >= query_.size()) {
        emit(Token::kEnd);
        break;
      }
      step();
    }
    return std::move(items_);
  }

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < query_.size() ? query_[at_ + ahead] : '\0';
  }

  void skip_blank() {
    while (at_ < query_.size()) {
      if (is_space(query_[at_])) {
        ++at_;
      } else if (query_[at_] == '#') {
        at_ = std::min(query_.find('\n', at_), query_.size());
      } else {
        return;
      }
    }
  }

  void emit(Token token) {
    LexItem item;
    item.token = token;
    item.text = query_.substr(start_, at_ - start_);
    item.pos = {static_cast<uint32_t>(start_), static_cast<uint32_t>(at_)};
    if (token == Token::kIdentifier) classify(item);
    items_.push_back(item);
  }

  void fail_at(size_t position, std::string message) { error_ = {position, std::move(message)}; }

  void step() {
    const char c = query_[at_];
    if (c == '"' || c == '\'' || c == '`') return string(c);
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number();
    if (is_letter(c) || (c == ':' && !in_bracket_)) return word();
    sign(c);
  }

  void word() {
    while (is_word(peek()) || (peek() == ':' && !in_bracket_)) ++at_;
    const bool colon = query_.substr(start_, at_ - start_).find(':') != std::string_view::npos;
    emit(colon ? Token::kMetricIdentifier : Token::kIdentifier);
  }

  void string(char quote_char) {
    ++at_;
    while (at_ < query_.size() && query_[at_] != quote_char) {
      if (quote_char != '`' && query_[at_] == '\n') break;
      at_ += quote_char != '`' && query_[at_] == '\\' ? 2 : 1;
    }
    if (at_ >= query_.size() || query_[at_] != quote_char) {
      return fail_at(start_,
                     quote_char == '`' ? "unterminated raw string" : "unterminated quoted string");
    }
    ++at_;
    emit(Token::kString);
  }

  // Digits of a number with single underscores between them.
  void digits(bool hex) {
    const auto fits = [hex](char c) {
      return is_digit(c) || (hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f');
    };
    while (fits(peek()) || (peek() == '_' && fits(peek(1)) && at_ > start_)) ++at_;
  }

  bool plain_number() {
    if (peek() == '0' && (peek(1) | 0x20) == 'x') {
      at_ += 2;
      digits(true);
      return !is_word(peek());
    }
    digits(false);
    if (peek() == '.') {
      ++at_;
      digits(false);
    }
    if ((peek() | 0x20) == 'e') {
      const size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
      if (is_digit(peek(1 + sign))) {
        at_ += 1 + sign;
        digits(false);
      }
    }
    return !is_word(peek()) && peek() != '.';
  }

  void number() {
    if (plain_number()) return emit(Token::kNumber);
    at_ = start_;
    while (is_word(peek()) || peek() == '.') ++at_;
    if (parse_duration_ms(query_.substr(start_, at_ - start_))) return emit(Token::kDuration);
    fail_at(start_, "bad number or duration syntax: " + quote(query_.substr(start_, at_ - start_)));
  }

  // Two-character signs first.
  void sign(char c) {
    static constexpr std::pair<std::string_view, Token> kSigns[] = {
        {"==", Token::kEqual},       {"!=", Token::kNotEqual},
        {"=~", Token::kRegexMatch},  {"!~", Token::kRegexNotMatch},
        {"<=", Token::kLessEqual},   {">=", Token::kGreaterEqual},
        {"<", Token::kLess},         {">", Token::kGreater},
        {"=", Token::kAssign},       {"(", Token::kLeftParen},
        {")", Token::kRightParen},   {"{", Token::kLeftBrace},
        {"}", Token::kRightBrace},   {"[", Token::kLeftBracket},
        {"]", Token::kRightBracket}, {",", Token::kComma},
        {":", Token::kColon},        {"@", Token::kAt},
        {"+", Token::kAdd},          {"-", Token::kSub},
        {"*", Token::kMul},          {"/", Token::kDiv},
        {"%", Token::kMod},          {"^", Token::kPow},
    };
    for (const auto& [text, token] : kSigns) {
      if (query_.substr(at_, text.size()) != text) continue;
      at_ += text.size();
      if (token == Token::kLeftBracket) in_bracket_ = true;
      if (token == Token::kRightBracket) in_bracket_ = false;
      return emit(token);
    }
    const std::string shown =
        static_cast<unsigned char>(c) < 0x80 ? "'" + std::string(1, c) + "'" : quote({&c, 1});
    fail_at(at_, "unexpected character: " + shown);
  }

  std::string_view query_;
  LexError& error_;
  std::vector<LexItem> items_;
  size_t at_ = 0;
  size_t start_ = 0;
  bool in_bracket_ = false;
};

}  // namespace

std::vector<LexItem> lex(std::string_view query, LexError& error) {
  return Lexer(query, error).run();
}

std::string describe(const LexItem& item) {
  const std::string text(item.text);
  const auto shown = [&] {
    return item.text.size() > 10 ? quote(item.text.substr(0, 10)) + "..." : quote(item.text);
  };
  switch (item.token) {
    case Token::kEnd:
      return "end of input";
    case Token::kString:
      return "string " + shown();
    case Token::kNumber:
      return "number " + shown();
    case Token::kDuration:
      return "duration " + shown();
    case Token::kMetricIdentifier:
      return "metric identifier " + shown();
    case Token::kIdentifier:
      break;
    case Token::kLeftParen:
    case Token::kRightParen:
    case Token::kLeftBrace:
    case Token::kRightBrace:
    case Token::kLeftBracket:
    case Token::kRightBracket:
    case Token::kComma:
    case Token::kColon:
    case Token::kAt:
    case Token::kAssign:
      return quote(item.text);
    default:
      return "<op:" + text + ">";
  }
  switch (item.keyword) {
    case Keyword::kNone:
      return "identifier " + shown();
    case Keyword::kInf:
    case Keyword::kNan:
      return "number " + shown();
    case Keyword::kAggregate:
      return "<aggr:" + text + ">";
    case Keyword::kAnd:
    case Keyword::kOr:
    case Keyword::kUnless:
    case Keyword::kAtan2:
      return "<op:" + text + ">";
    default:
      return "<" + text + ">";
  }
}

}  // namespace tripod::query::promql
