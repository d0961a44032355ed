#include "query/search/parser.h"

#include <utility>

#include "query/search/search.h"

namespace tripod::query::search {

using base::Code;
using store::Predicate;

namespace {

constexpr const char* kQuoteHint = "; to search for the text itself, put it in quotes";

}  // namespace

Predicate Parser::fail(size_t position, std::string message, Code code) {
  in_.fail(position, std::move(message), code);
  return {};
}

Predicate Parser::take(base::Result<Predicate> made, size_t position) {
  if (made) return std::move(*made);
  return fail(position, std::move(made.error().message), made.error().code);
}

Predicate Parser::parse() {
  in_.skip_blank();
  if (in_.at_end() || in_.peek() == '|') return {};
  Predicate out = parse_or();
  if (!in_.failed() && in_.peek() == ')') return fail(in_.at, "expected a term, got \")\" without its \"(\"");
  return out;
}

Predicate Parser::parse_or() {
  std::vector<Predicate> parts;
  parts.push_back(parse_and());
  while (!in_.failed() && in_.accept_keyword("OR")) parts.push_back(parse_and());
  return combine(Predicate::Op::kOr, std::move(parts));
}

Predicate Parser::parse_and() {
  std::vector<Predicate> parts;
  parts.push_back(parse_not());
  while (!in_.failed()) {
    const bool joined = in_.accept_keyword("AND");
    if (!joined && (in_.at_end() || in_.peek() == ')' || in_.peek() == '|' || in_.at_keyword("OR"))) break;
    parts.push_back(parse_not());
  }
  return combine(Predicate::Op::kAnd, std::move(parts));
}

Predicate Parser::parse_not() {
  if (in_.failed()) return {};
  const bool word = in_.at_keyword("NOT");
  const char next = in_.peek(1);
  const bool comparison = group_key_ != nullptr && in_.peek() == '!' && next == '=';
  // Among the values of a key, a minus in front of a digit is the number's.
  const bool negative = group_key_ != nullptr && is_digit(next);
  const bool sign = (in_.peek() == '-' && next != '-' && !negative) || (in_.peek() == '!' && !comparison);
  const bool alone = next == '\0' || is_blank(next) || next == ')';
  if (!word && (!sign || alone)) return parse_primary();
  if (++nesting_ > kMaxNesting)
    return fail(in_.at, "nested too deeply (limit " + std::to_string(kMaxNesting) + ")");
  in_.at += word ? 3 : 1;
  in_.skip_blank();
  Predicate child = parse_not();
  --nesting_;
  return in_.failed() ? Predicate{} : Predicate::negate(std::move(child));
}

Predicate Parser::parse_primary() {
  if (in_.at_end() || in_.peek() == ')' || in_.at_keyword("AND") || in_.at_keyword("OR")) {
    return fail(in_.at, "expected a term such as key:value, a word or \"a phrase\", got " + in_.got());
  }
  if (in_.peek() == '(') return parse_group();
  if (in_.peek() == '|') return fail(in_.at, "expected a term, got a pipe (write OR for \"||\")");
  if (++in_.terms > kMaxTerms) return fail(in_.at, "more than " + std::to_string(kMaxTerms) + " terms");
  Predicate out = group_key_ != nullptr ? parse_value_term() : parse_term();
  in_.skip_blank();
  return out;
}

Predicate Parser::parse_group() {
  if (++nesting_ > kMaxNesting)
    return fail(in_.at, "nested too deeply (limit " + std::to_string(kMaxNesting) + ")");
  const size_t open = in_.at++;
  in_.skip_blank();
  Predicate out = parse_or();
  if (in_.failed()) return {};
  if (in_.peek() != ')')
    return fail(in_.at,
                "expected \")\" for the \"(\" at column " + std::to_string(in_.column(open)) + ", got " +
                    in_.got());
  ++in_.at;
  in_.skip_blank();
  --nesting_;
  return out;
}

Predicate Parser::parse_term() {
  const size_t position = in_.at;
  if (auto key = accept_key()) return parse_comparison(*key, position);
  if (in_.failed()) return {};
  if (of_table_) {
    return fail(position, "expected a column of the table and a comparison such as count > 10, got " + in_.got());
  }
  auto value = parse_value();
  if (!value) return {};
  return take(make_free_text(*value), position);
}

Predicate Parser::parse_value_term() {
  const size_t position = in_.at;
  const CompareOp op = accept_sign(false).value_or(CompareOp::kMatch);
  auto value = parse_value();
  if (!value) return {};
  return take(compare(*group_key_, op, *value), position);
}

base::Result<Predicate> Parser::compare(const Key& key, CompareOp op, const Value& value) const {
  return columns_ != nullptr ? columns_->compare(key, op, value) : make_comparison(dataset_, key, op, value);
}

Predicate Parser::parse_comparison(const Key& key, size_t position) {
  const bool spaced = in_.at > position && is_blank(in_.text[in_.at - 1]);
  const CompareOp op = accept_sign(true).value_or(CompareOp::kMatch);
  if (spaced || of_table_) in_.skip_blank();
  if (!key.literal && key.name == "has" && op == CompareOp::kMatch) return parse_has(position);
  if (!key.literal && key.name == kDatasetKey) asks_dataset_ = true;
  if (in_.peek() == '(' && op == CompareOp::kMatch) {
    group_key_ = &key;
    Predicate out = parse_group();
    group_key_ = nullptr;
    return out;
  }
  if (in_.at_end() || is_blank(in_.peek()) || in_.peek() == ')' || in_.peek() == '|' || in_.peek() == '(') {
    return fail(in_.at, "expected a value after \"" +
                         std::string(in_.text.substr(position, in_.at - position)) + "\", got " +
                         (is_blank(in_.peek()) ? "a blank" : in_.got()) + kQuoteHint);
  }
  auto value = parse_value();
  if (!value) return {};
  // A name that is not a column is wrong itself, not what it is compared with.
  const bool unknown = columns_ != nullptr && !columns_->has(key);
  return take(compare(key, op, *value), unknown ? position : value->position);
}

Predicate Parser::parse_has(size_t position) {
  Key key;
  if (in_.peek() == '"') {
    key = {in_.parse_quoted(), true};
  } else if (is_key_start(in_.peek())) {
    const size_t from = in_.at;
    while (is_key_char(in_.peek())) ++in_.at;
    key.name = in_.text.substr(from, in_.at - from);
  }
  const bool ended = in_.at_end() || is_delimiter(in_.peek());
  if (!in_.failed() && (key.name.empty() || !ended)) {
    return fail(in_.at, "expected the name of a field after \"" +
                         std::string(in_.text.substr(position, in_.at - position)) + "\", got " + in_.got());
  }
  if (in_.failed()) return {};
  return columns_ != nullptr ? take(columns_->exists(key), position) : make_exists(dataset_, key);
}

std::optional<Key> Parser::accept_key() {
  const size_t start = in_.at;
  Key key;
  if (in_.peek() == '"') {
    key = {in_.parse_quoted(), true};
    if (in_.failed()) return std::nullopt;
  } else if (is_key_start(in_.peek())) {
    while (is_key_char(in_.peek())) ++in_.at;
    if (of_table_ && in_.peek() == '(') skip_argument();
    key.name = in_.text.substr(start, in_.at - start);
  }
  if (const auto sign_at = spaced_sign(); sign_at && !key.name.empty()) {
    in_.at = *sign_at;
    return key;
  }
  const char next = in_.peek();
  const bool sign =
      next == ':' || next == '=' || next == '<' || next == '>' || (next == '!' && in_.peek(1) == '=');
  // "http://…", "std::string" and "a->b" are words, not comparisons.
  const bool address = next == ':' && ((in_.peek(1) == '/' && in_.peek(2) == '/') || in_.peek(1) == ':');
  const bool arrow = !key.literal && key.name.ends_with('-');
  if (sign && !key.name.empty() && (key.literal || !address) && !arrow) return key;
  in_.at = start;
  return std::nullopt;
}

// p95(duration_ms) is one name where columns are asked.
void Parser::skip_argument() {
  const size_t close = in_.text.find_first_of(")|\" ", in_.at);
  if (close != std::string_view::npos && in_.text[close] == ')') in_.at = close + 1;
}

// `duration_ms > 500`: a sign with blanks on both sides behind a name. Of columns, with or without the second blank.
std::optional<size_t> Parser::spaced_sign() const {
  size_t sign = in_.at;
  while (sign < in_.text.size() && is_blank(in_.text[sign])) ++sign;
  if (sign == in_.at) return std::nullopt;
  size_t end = sign;
  while (end < in_.text.size() && std::string_view("<>=!").find(in_.text[end]) != std::string_view::npos) ++end;
  const std::string_view text = in_.text.substr(std::min(sign, in_.text.size()), end - sign);
  const bool known = text == ">" || text == ">=" || text == "<" || text == "<=" || text == "=" || text == "==" || text == "!=";
  const bool parted = end < in_.text.size() && is_blank(in_.text[end]);
  return known && (parted || of_table_) ? std::optional(sign) : std::nullopt;
}

std::optional<CompareOp> Parser::accept_sign(bool colon_allowed) {
  static constexpr std::pair<std::string_view, CompareOp> kSigns[] = {
      {":>=", CompareOp::kGreaterEqual}, {":<=", CompareOp::kLessEqual},
      {":!=", CompareOp::kNotEqual},     {":>", CompareOp::kGreater},
      {":<", CompareOp::kLess},          {":=", CompareOp::kEqual},
      {":~", CompareOp::kContains},      {":", CompareOp::kMatch},
      {">=", CompareOp::kGreaterEqual},  {"<=", CompareOp::kLessEqual},
      {"!=", CompareOp::kNotEqual},      {"==", CompareOp::kEqual},
      {">", CompareOp::kGreater},
      {"<", CompareOp::kLess},           {"=", CompareOp::kEqual},
  };
  for (const auto& [sign, op] : kSigns) {
    if (sign.front() == ':' && !colon_allowed) continue;
    if (in_.text.substr(in_.at, sign.size()) != sign) continue;
    in_.at += sign.size();
    return op;
  }
  return std::nullopt;
}

std::optional<Value> Parser::parse_value() {
  Value value;
  value.position = in_.at;
  if (in_.peek() == '"') {
    value.kind = Value::Kind::kQuoted;
    value.text = in_.parse_quoted();
  } else if (auto regex = accept_regex()) {
    if (++in_.regexes > kMaxRegexes) {
      fail(value.position, "more than " + std::to_string(kMaxRegexes) + " regular expressions: write several as one, /a|b/");
    }
    value.kind = Value::Kind::kRegex;
    value.text = std::move(*regex);
  } else {
    value.word = parse_word();
    if (!in_.failed() && value.word.text.empty()) fail(in_.at, "expected a value, got " + in_.got());
  }
  return in_.failed() ? std::nullopt : std::optional(std::move(value));
}

std::optional<std::string> Parser::accept_regex() {
  if (in_.peek() != '/') return std::nullopt;
  std::string pattern;
  for (size_t i = in_.at + 1; i < in_.text.size(); ++i) {
    if (in_.text[i] == '\\' && i + 1 < in_.text.size()) {
      if (in_.text[i + 1] != '/') pattern += '\\';
      pattern += in_.text[++i];
      continue;
    }
    if (in_.text[i] != '/') {
      pattern += in_.text[i];
      continue;
    }
    // A path such as /api/users goes on behind its second slash.
    const bool ends = i + 1 >= in_.text.size() || is_blank(in_.text[i + 1]) || in_.text[i + 1] == ')' || in_.text[i + 1] == '|';
    if (!ends || pattern.empty()) return std::nullopt;
    in_.at = i + 1;
    return pattern;
  }
  return std::nullopt;
}

Word Parser::parse_word() {
  Word word;
  while (!in_.at_end() && !is_delimiter(in_.peek())) {
    const bool escape = in_.peek() == '\\';
    if (escape) {
      ++in_.at;
      if (in_.at_end()) {
        fail(in_.at, "expected a character after \"\\\", got the end");
        return {};
      }
    }
    word.text += in_.peek();
    word.escaped.push_back(escape);
    ++in_.at;
  }
  return word;
}

}  // namespace tripod::query::search
