#include "query/logql/logql.h"

#include <re2/re2.h>

#include <optional>
#include <utility>
#include <vector>

#include "query/promql/text.h"

namespace tripod::query::logql {

using base::Code;
using store::Predicate;
using Op = Predicate::Op;

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

enum class MatchOp : uint8_t { kEqual, kNotEqual, kRegex, kNotRegex };

bool is_negative(MatchOp op) { return op == MatchOp::kNotEqual || op == MatchOp::kNotRegex; }
bool is_regex(MatchOp op) { return op == MatchOp::kRegex || op == MatchOp::kNotRegex; }

Predicate any_exists(const std::vector<std::string>& fields) {
  std::vector<Predicate> out;
  for (const std::string& field : fields) out.push_back(Predicate::exists(field));
  return Predicate::any_of(std::move(out));
}

// What a label matcher means where a missing label is the empty text. Any of the fields may hold the
// label: one that matches suffices, and a negative matcher wants none that does.
Predicate label_predicate(const std::vector<std::string>& fields, MatchOp op,
                          const std::string& value, bool matches_empty) {
  std::vector<Predicate> any;
  for (const std::string& field : fields) {
    any.push_back(is_regex(op) ? Predicate::compare(Op::kRegex, field, "^(?s:" + value + ")$")
                               : Predicate::compare(Op::kEqual, field, value));
  }
  Predicate positive = Predicate::any_of(std::move(any));
  std::vector<Predicate> parts;
  if (!is_negative(op)) {
    if (!matches_empty) return positive;
    parts.push_back(Predicate::negate(any_exists(fields)));
    parts.push_back(std::move(positive));
    return Predicate::any_of(std::move(parts));
  }
  if (!matches_empty) return Predicate::negate(std::move(positive));
  parts.push_back(any_exists(fields));
  parts.push_back(Predicate::negate(std::move(positive)));
  return Predicate::all_of(std::move(parts));
}

// A line filter looks at both: the body, and the line it was taken out of.
Predicate in_line(const std::vector<Predicate>& of_body) {
  std::vector<Predicate> either;
  for (const char* field : {"body", "original"}) {
    std::vector<Predicate> all = of_body;
    for (Predicate& one : all) one.key = field;
    either.push_back(Predicate::all_of(std::move(all)));
  }
  return Predicate::any_of(std::move(either));
}

Predicate line_contains(const std::string& text) {
  if (text.empty()) return {};
  // The store's substring search ignores case and is fast; LogQL's does not ignore it.
  std::vector<Predicate> all;
  all.push_back(Predicate::compare(Op::kContains, "", text));
  for (const char c : text) {
    if (!is_letter(c) || c == '_') continue;
    all.push_back(Predicate::compare(Op::kRegex, "", RE2::QuoteMeta(text)));
    break;
  }
  return in_line(all);
}

class Parser {
 public:
  Parser(std::string_view text, std::span<const std::string> known_fields)
      : text_(text), known_fields_(known_fields) {}

  struct Error {
    size_t position;
    Code code;
    std::string message;
  };

  std::optional<Query> parse() {
    skip_blank();
    std::optional<Query> out = peek() == '{' ? parse_logs() : parse_constant();
    if (failed()) return std::nullopt;
    return out;
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  char peek(size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  bool at_end() const { return at_ >= text_.size(); }
  bool failed() const { return error_.has_value(); }

  void skip_blank() {
    while (!at_end()) {
      if (is_blank(peek())) {
        ++at_;
      } else if (peek() == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        return;
      }
    }
  }

  std::nullopt_t fail(size_t position, std::string message, Code code = Code::kInvalidArgument) {
    if (!error_) error_ = Error{position, code, std::move(message)};
    return std::nullopt;
  }
  std::nullopt_t unexpected(const std::string& expected) {
    const std::string got = at_end() ? "end of input" : promql::quote(text_.substr(at_, 1));
    return fail(at_, "syntax error: unexpected " + got + ", expecting " + expected);
  }
  std::nullopt_t unsupported(size_t position, const std::string& what) {
    return fail(position, "unsupported: " + what, Code::kUnsupported);
  }

  bool accept(std::string_view sign) {
    skip_blank();
    if (text_.substr(at_, sign.size()) != sign) return false;
    at_ += sign.size();
    skip_blank();
    return true;
  }

  std::string_view word() {
    const size_t from = at_;
    if (is_letter(peek())) {
      while (is_letter(peek()) || is_digit(peek())) ++at_;
    }
    return text_.substr(from, at_ - from);
  }

  std::optional<std::string> string() {
    const size_t from = at_;
    const char quote = peek();
    if (quote != '"' && quote != '`') return unexpected("a string");
    ++at_;
    while (!at_end() && peek() != quote && (quote == '`' || peek() != '\n'))
      at_ += quote == '"' && peek() == '\\' ? 2 : 1;
    if (at_end() || peek() != quote) return fail(from, "literal not terminated");
    ++at_;
    auto text = promql::unquote(text_.substr(from, at_ - from));
    if (!text) return fail(from, text.error().message);
    skip_blank();
    return std::move(*text);
  }

  std::optional<MatchOp> match_op() {
    skip_blank();
    if (accept("=~")) return MatchOp::kRegex;
    if (accept("!~")) return MatchOp::kNotRegex;
    if (accept("!=")) return MatchOp::kNotEqual;
    if (accept("=")) return MatchOp::kEqual;
    return std::nullopt;
  }

  // The pattern compiles; true where it matches the empty text whole.
  std::optional<bool> check_regex(size_t position, const std::string& pattern) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_dot_nl(true);
    const RE2 regex(pattern, options);
    if (!regex.ok()) return fail(position, "error parsing regexp: " + regex.error());
    return RE2::FullMatch("", regex);
  }

  // name op "value"
  std::optional<Predicate> matcher() {
    const std::string_view name = word();
    if (name.empty()) return unexpected("a label name");
    const auto op = match_op();
    if (!op) return unexpected("one of = != =~ !~");
    const size_t position = at_;
    auto value = string();
    if (!value) return std::nullopt;
    std::optional<bool> matches_empty = value->empty();
    if (is_regex(*op)) matches_empty = check_regex(position, *value);
    if (!matches_empty) return std::nullopt;
    return label_predicate(loki_label_to_fields(name, known_fields_), *op, *value, *matches_empty);
  }

  std::optional<Query> parse_logs() {
    std::vector<Predicate> all;
    accept("{");
    while (!accept("}")) {
      auto one = matcher();
      if (!one) return std::nullopt;
      all.push_back(std::move(*one));
      if (accept("}")) break;
      if (!accept(",")) return unexpected("\",\" or \"}\"");
    }
    const bool has_pipeline = !at_end();
    while (!failed() && !at_end()) {
      if (auto one = filter()) all.push_back(std::move(*one));
    }
    if (failed()) return std::nullopt;
    Query out;
    out.has_pipeline = has_pipeline;
    out.filter = Predicate::all_of(std::move(all));
    return out;
  }

  std::optional<Predicate> filter() {
    const size_t position = at_;
    if (accept("|=")) return line_filter(MatchOp::kEqual);
    if (accept("|~")) return line_filter(MatchOp::kRegex);
    if (accept("!=")) return line_filter(MatchOp::kNotEqual);
    if (accept("!~")) return line_filter(MatchOp::kNotRegex);
    if (accept("|>") || accept("!>")) return unsupported(position, "pattern match filters");
    if (peek() == '[') return unsupported(position, "range aggregations");
    if (accept("|")) return label_filter(position);
    return unexpected("a filter (|= != |~ !~)");
  }

  std::optional<Predicate> line_filter(MatchOp op) {
    std::vector<Predicate> any;
    do {
      const size_t position = at_;
      if (is_letter(peek())) return unsupported(position, "function in a line filter");
      auto text = string();
      if (!text) return std::nullopt;
      if (!is_regex(op)) {
        any.push_back(line_contains(*text));
        continue;
      }
      if (!check_regex(position, *text)) return std::nullopt;
      std::vector<Predicate> regex;
      regex.push_back(Predicate::compare(Op::kRegex, "", std::move(*text)));
      any.push_back(in_line(regex));
    } while (accept_word("or"));
    Predicate positive = Predicate::any_of(std::move(any));
    return is_negative(op) ? Predicate::negate(std::move(positive)) : std::move(positive);
  }

  bool accept_word(std::string_view wanted) {
    const size_t from = at_;
    if (word() == wanted) {
      skip_blank();
      return true;
    }
    at_ = from;
    return false;
  }

  // | name op "value"; every other stage (json, logfmt, line_format …) is a word without such an
  // operator behind it.
  std::optional<Predicate> label_filter(size_t position) {
    const size_t from = at_;
    const std::string stage(word());
    skip_blank();
    const bool equals = peek() == '=' && peek(1) != '=';
    const bool negated = peek() == '!' && (peek(1) == '=' || peek(1) == '~');
    if (stage.empty()) return unexpected("a label filter");
    if (!equals && !negated) return unsupported(position, "pipeline stage " + promql::quote(stage));
    at_ = from;
    auto out = matcher();
    if (!failed() && !at_end() && peek() != '|' && peek() != '!') {
      return unsupported(at_, "combined label filters: write one | per label");
    }
    return out;
  }

  // vector(1) + vector(1) …, as data sources ask to see that somebody answers.
  std::optional<Query> parse_constant() {
    auto value = vector_term();
    while (value && !at_end()) {
      const char op = peek();
      if (op != '+' && op != '-' && op != '*' && op != '/')
        return unsupported(at_, "metric queries");
      if (op == '*' || op == '/')
        return unsupported(at_, "metric queries other than sums of vector()");
      ++at_;
      skip_blank();
      const auto rhs = vector_term();
      if (!rhs) return std::nullopt;
      *value += op == '+' ? *rhs : -*rhs;
    }
    if (!value) return std::nullopt;
    Query out;
    out.kind = Query::Kind::kConstant;
    out.constant = *value;
    return out;
  }

  std::optional<double> vector_term() {
    const size_t position = at_;
    const std::string name(word());
    if (name.empty()) return unexpected("a stream selector such as {service_name=\"shop\"}");
    if (name != "vector")
      return unsupported(position, "metric queries (" + promql::quote(name) + ")");
    if (!accept("(")) return unexpected("\"(\"");
    const size_t from = at_;
    while (is_digit(peek()) || peek() == '.') ++at_;
    const auto number = promql::parse_number(text_.substr(from, at_ - from));
    if (!number) return unexpected("a number");
    if (!accept(")")) return unexpected("\")\"");
    return number;
  }

  const std::string_view text_;
  const std::span<const std::string> known_fields_;
  size_t at_ = 0;
  std::optional<Error> error_;
};

}  // namespace

base::Result<Query> parse(std::string_view text, std::span<const std::string> known_fields,
                          size_t* error_position) {
  const auto failure = [&](const Parser::Error& error) {
    if (error_position != nullptr) *error_position = error.position;
    std::string place = promql::place(text, error.position);
    place.replace(place.find(':'), 1, ", col ");
    return base::fail(error.code, "parse error at line " + place + ": " + error.message);
  };
  if (text.size() > kMaxQueryBytes) {
    return failure({0, Code::kInvalidArgument,
                    "query is longer than " + std::to_string(kMaxQueryBytes) + " bytes"});
  }
  Parser parser(text, known_fields);
  auto query = parser.parse();
  if (parser.error()) return failure(*parser.error());
  return std::move(*query);
}

}  // namespace tripod::query::logql
