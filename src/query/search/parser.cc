#include "query/search/parser.h"

#include <utility>

#include "query/search/search.h"

namespace tripod::query::search {

using base::Code;
using store::Predicate;

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
// What ends a bare word.
bool is_delimiter(char c) { return is_blank(c) || c == '(' || c == ')' || c == '"' || c == '|'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_key_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '@' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_key_char(char c) {
  return is_key_start(c) || is_digit(c) || c == '.' || c == '/' || c == '-' || c == '$';
}

constexpr const char* kQuoteHint = "; to search for the text itself, put it in quotes";

}  // namespace

Predicate Parser::fail(size_t position, std::string message, Code code) {
  if (!error_) error_ = Error{position, code, std::move(message)};
  return {};
}

Predicate Parser::take(base::Result<Predicate> made, size_t position) {
  if (made) return std::move(*made);
  return fail(position, std::move(made.error().message), made.error().code);
}

std::string Parser::got() const {
  if (at_end()) return "the end";
  size_t end = at_;
  while (end < text_.size() && !is_delimiter(text_[end]) && end - at_ < 20) ++end;
  return "\"" + std::string(text_.substr(at_, end == at_ ? 1 : end - at_)) + "\"";
}

void Parser::skip_blank() {
  while (is_blank(peek())) ++at_;
}

bool Parser::at_keyword(std::string_view keyword) const {
  if (text_.substr(at_, keyword.size()) != keyword) return false;
  const size_t end = at_ + keyword.size();
  return end >= text_.size() || is_delimiter(text_[end]);
}

bool Parser::accept_keyword(std::string_view keyword) {
  if (!at_keyword(keyword)) return false;
  at_ += keyword.size();
  skip_blank();
  return true;
}

Predicate Parser::parse() {
  skip_blank();
  if (at_end()) return {};
  Predicate out = parse_or();
  if (!failed() && peek() == ')') return fail(at_, "expected a term, got \")\" without its \"(\"");
  return out;
}

Predicate Parser::parse_or() {
  std::vector<Predicate> parts;
  parts.push_back(parse_and());
  while (!failed() && accept_keyword("OR")) parts.push_back(parse_and());
  return combine(Predicate::Op::kOr, std::move(parts));
}

Predicate Parser::parse_and() {
  std::vector<Predicate> parts;
  parts.push_back(parse_not());
  while (!failed()) {
    const bool joined = accept_keyword("AND");
    if (!joined && (at_end() || peek() == ')' || at_keyword("OR"))) break;
    parts.push_back(parse_not());
  }
  return combine(Predicate::Op::kAnd, std::move(parts));
}

Predicate Parser::parse_not() {
  if (failed()) return {};
  const bool word = at_keyword("NOT");
  const char next = peek(1);
  const bool comparison = group_key_ != nullptr && peek() == '!' && next == '=';
  const bool sign = (peek() == '-' && next != '-') || (peek() == '!' && !comparison);
  const bool alone = next == '\0' || is_blank(next) || next == ')';
  if (!word && (!sign || alone)) return parse_primary();
  if (++nesting_ > kMaxNesting)
    return fail(at_, "nested too deeply (limit " + std::to_string(kMaxNesting) + ")");
  at_ += word ? 3 : 1;
  skip_blank();
  Predicate child = parse_not();
  --nesting_;
  return failed() ? Predicate{} : Predicate::negate(std::move(child));
}

Predicate Parser::parse_primary() {
  if (at_end() || peek() == ')' || at_keyword("AND") || at_keyword("OR")) {
    return fail(at_, "expected a term such as key:value, a word or \"a phrase\", got " + got());
  }
  if (peek() == '(') return parse_group();
  if (peek() == '|') {
    return fail(at_,
                "pipes are unsupported: the language searches, it does not calculate (write OR for "
                "\"||\")",
                Code::kUnsupported);
  }
  if (++terms_ > kMaxTerms) return fail(at_, "more than " + std::to_string(kMaxTerms) + " terms");
  Predicate out = group_key_ != nullptr ? parse_value_term() : parse_term();
  skip_blank();
  return out;
}

Predicate Parser::parse_group() {
  if (++nesting_ > kMaxNesting)
    return fail(at_, "nested too deeply (limit " + std::to_string(kMaxNesting) + ")");
  const size_t open = at_++;
  skip_blank();
  Predicate out = parse_or();
  if (failed()) return {};
  if (peek() != ')')
    return fail(at_,
                "expected \")\" for the \"(\" at byte " + std::to_string(open) + ", got " + got());
  ++at_;
  skip_blank();
  --nesting_;
  return out;
}

Predicate Parser::parse_term() {
  const size_t position = at_;
  if (auto key = accept_key()) return parse_comparison(*key, position);
  if (failed()) return {};
  auto value = parse_value();
  if (!value) return {};
  return take(make_free_text(*value), position);
}

Predicate Parser::parse_value_term() {
  const size_t position = at_;
  const CompareOp op = accept_sign(false).value_or(CompareOp::kMatch);
  auto value = parse_value();
  if (!value) return {};
  return take(make_comparison(dataset_, *group_key_, op, *value), position);
}

Predicate Parser::parse_comparison(const Key& key, size_t position) {
  const CompareOp op = accept_sign(true).value_or(CompareOp::kMatch);
  if (!key.literal && key.name == "has" && op == CompareOp::kMatch) return parse_has(position);
  if (peek() == '(' && op == CompareOp::kMatch) {
    group_key_ = &key;
    Predicate out = parse_group();
    group_key_ = nullptr;
    return out;
  }
  if (at_end() || is_blank(peek()) || peek() == ')' || peek() == '|' || peek() == '(') {
    return fail(at_, "expected a value after \"" +
                         std::string(text_.substr(position, at_ - position)) + "\", got " +
                         (is_blank(peek()) ? "a blank" : got()) + kQuoteHint);
  }
  auto value = parse_value();
  if (!value) return {};
  return take(make_comparison(dataset_, key, op, *value), value->position);
}

Predicate Parser::parse_has(size_t position) {
  Key key;
  if (peek() == '"') {
    key = {parse_quoted(), true};
  } else if (is_key_start(peek())) {
    const size_t from = at_;
    while (is_key_char(peek())) ++at_;
    key.name = text_.substr(from, at_ - from);
  }
  const bool ended = at_end() || is_delimiter(peek());
  if (!failed() && (key.name.empty() || !ended)) {
    return fail(at_, "expected the name of a field after \"" +
                         std::string(text_.substr(position, at_ - position)) + "\", got " + got());
  }
  return failed() ? Predicate{} : make_exists(dataset_, key);
}

std::optional<Key> Parser::accept_key() {
  const size_t start = at_;
  Key key;
  if (peek() == '"') {
    key = {parse_quoted(), true};
    if (failed()) return std::nullopt;
  } else if (is_key_start(peek())) {
    while (is_key_char(peek())) ++at_;
    key.name = text_.substr(start, at_ - start);
  }
  const char next = peek();
  const bool sign =
      next == ':' || next == '=' || next == '<' || next == '>' || (next == '!' && peek(1) == '=');
  // "http://…", "std::string" and "a->b" are words, not comparisons.
  const bool address = next == ':' && ((peek(1) == '/' && peek(2) == '/') || peek(1) == ':');
  const bool arrow = !key.literal && key.name.ends_with('-');
  if (sign && !key.name.empty() && (key.literal || !address) && !arrow) return key;
  at_ = start;
  return std::nullopt;
}

std::optional<CompareOp> Parser::accept_sign(bool colon_allowed) {
  static constexpr std::pair<std::string_view, CompareOp> kSigns[] = {
      {":>=", CompareOp::kGreaterEqual}, {":<=", CompareOp::kLessEqual},
      {":!=", CompareOp::kNotEqual},     {":>", CompareOp::kGreater},
      {":<", CompareOp::kLess},          {":=", CompareOp::kEqual},
      {":~", CompareOp::kContains},      {":", CompareOp::kMatch},
      {">=", CompareOp::kGreaterEqual},  {"<=", CompareOp::kLessEqual},
      {"!=", CompareOp::kNotEqual},      {">", CompareOp::kGreater},
      {"<", CompareOp::kLess},           {"=", CompareOp::kEqual},
  };
  for (const auto& [sign, op] : kSigns) {
    if (sign.front() == ':' && !colon_allowed) continue;
    if (text_.substr(at_, sign.size()) != sign) continue;
    at_ += sign.size();
    return op;
  }
  return std::nullopt;
}

std::optional<Value> Parser::parse_value() {
  Value value;
  value.position = at_;
  if (peek() == '"') {
    value.kind = Value::Kind::kQuoted;
    value.text = parse_quoted();
  } else if (auto regex = accept_regex()) {
    value.kind = Value::Kind::kRegex;
    value.text = std::move(*regex);
  } else {
    value.word = parse_word();
    if (!failed() && value.word.text.empty()) fail(at_, "expected a value, got " + got());
  }
  return failed() ? std::nullopt : std::optional(std::move(value));
}

std::optional<std::string> Parser::accept_regex() {
  if (peek() != '/') return std::nullopt;
  std::string pattern;
  for (size_t i = at_ + 1; i < text_.size(); ++i) {
    if (text_[i] == '\\' && i + 1 < text_.size()) {
      if (text_[i + 1] != '/') pattern += '\\';
      pattern += text_[++i];
      continue;
    }
    if (text_[i] != '/') {
      pattern += text_[i];
      continue;
    }
    // A path such as /api/users goes on behind its second slash.
    const bool ends = i + 1 >= text_.size() || is_blank(text_[i + 1]) || text_[i + 1] == ')';
    if (!ends || pattern.empty()) return std::nullopt;
    at_ = i + 1;
    return pattern;
  }
  return std::nullopt;
}

std::string Parser::parse_quoted() {
  const size_t open = at_++;
  std::string out;
  while (!at_end() && peek() != '"') {
    if (peek() == '\\' && at_ + 1 < text_.size()) {
      ++at_;
      out += peek() == 'n' ? '\n' : peek() == 't' ? '\t' : peek() == 'r' ? '\r' : peek();
    } else {
      out += peek();
    }
    ++at_;
  }
  if (at_end()) {
    fail(at_,
         "expected a closing quote for the one at byte " + std::to_string(open) + ", got the end");
    return {};
  }
  ++at_;
  return out;
}

Word Parser::parse_word() {
  Word word;
  while (!at_end() && !is_delimiter(peek())) {
    const bool escape = peek() == '\\';
    if (escape) {
      ++at_;
      if (at_end()) {
        fail(at_, "expected a character after \"\\\", got the end");
        return {};
      }
    }
    word.text += peek();
    word.escaped.push_back(escape);
    ++at_;
  }
  return word;
}

}  // namespace tripod::query::search
