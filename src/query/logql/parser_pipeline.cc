// Selectors and pipeline stages.
#include <algorithm>

#include "query/logql/parser_impl.h"
#include "query/logql/stages/regex.h"
#include "query/logql/stages/stage.h"
#include "query/logql/template/text_template.h"

namespace tripod::query::logql {
namespace {

std::optional<MatchOp> match_op(const LexItem& item) {
  if (item.token != Token::kSymbol) return std::nullopt;
  for (const MatchOp op : {MatchOp::kEqual, MatchOp::kNotEqual, MatchOp::kRegex, MatchOp::kNotRegex}) {
    if (item.text == op_text(op)) return op;
  }
  return std::nullopt;
}

// = is == where a number follows.
std::optional<CompareOp> compare_op(const LexItem& item) {
  if (item.token != Token::kSymbol) return std::nullopt;
  if (item.text == "=") return CompareOp::kEqual;
  for (const CompareOp op : {CompareOp::kEqual, CompareOp::kNotEqual, CompareOp::kLess,
                             CompareOp::kLessEqual, CompareOp::kGreater, CompareOp::kGreaterEqual}) {
    if (item.text == op_text(op)) return op;
  }
  return std::nullopt;
}

std::optional<LineOp> line_op(const LexItem& item) {
  if (item.token != Token::kSymbol) return std::nullopt;
  for (const LineOp op : {LineOp::kContains, LineOp::kNotContains, LineOp::kRegex, LineOp::kNotRegex,
                          LineOp::kPattern, LineOp::kNotPattern}) {
    if (item.text == op_text(op)) return op;
  }
  return std::nullopt;
}

// Links of a chain stand beside each other: only parentheses make a filter deeper, and every walk over it.
LabelFilter joined(LabelFilter::Kind kind, LabelFilter left, LabelFilter right) {
  if (left.kind == kind) {
    left.children.push_back(std::move(right));
    return left;
  }
  LabelFilter both;
  both.kind = kind;
  both.children.push_back(std::move(left));
  both.children.push_back(std::move(right));
  return both;
}

}  // namespace

void Parser::parse_selector(std::vector<Matcher>& out) {
  if (!expect("{")) return;
  while (!failed() && !accept("}")) {
    auto matcher = parse_matcher();
    if (!matcher) return;
    out.push_back(std::move(*matcher));
    if (accept("}")) return;
    if (!at_symbol(",")) {
      unexpected("} or ,");
      return;
    }
    next();
  }
}

std::optional<Matcher> Parser::parse_matcher() {
  auto name = expect_name();
  if (!name) return std::nullopt;
  const auto op = match_op(peek());
  if (!op) {
    unexpected("= or != or =~ or !~");
    return std::nullopt;
  }
  next();
  const size_t position = peek().position;
  auto value = expect_string();
  if (!value) return std::nullopt;
  count_part(position);
  if (is_regex(*op)) count_regex(position);
  if (failed()) return std::nullopt;
  Matcher out{*op, std::move(*name), std::move(*value)};
  if (const auto made = LabelMatcher::make(out); !made) {
    fail(position, made.error().message);
    return std::nullopt;
  }
  return out;
}

bool Parser::at_stage() const { return at_symbol("|") || line_op(peek()).has_value(); }

void Parser::parse_stage(std::vector<Stage>& out) {
  if (!at_symbol("|")) return parse_line_filter(out);
  next();
  const size_t position = peek().position;
  last_string_ = position;
  count_part(position);
  if (failed()) return;
  std::optional<Stage> stage;
  if (!at_label_filter()) {
    stage = parse_word_stage();
  } else if (auto filter = parse_label_filter()) {
    stage = std::move(*filter);
  }
  if (failed() || !stage) return;
  check_stage(*stage, last_string_);
  out.push_back(std::move(*stage));
}

void Parser::count_part(size_t position) {
  if (++parts_ > kMaxParts) {
    fail(position, "more than " + std::to_string(kMaxParts) + " matchers, stages, terms and labels in one query");
  }
}

void Parser::count_regex(size_t position) {
  if (++regexes_ > kMaxRegexes) {
    fail(position, "more than " + std::to_string(kMaxRegexes) + " regular expressions in one query; write several as one: a|b");
  }
}

void Parser::check_stage(const Stage& stage, size_t position) {
  if (const auto compiled = compile_stage(stage); !compiled) {
    fail(position, compiled.error().message, compiled.error().code);
  }
}

void Parser::check_template(const LexItem& literal, const char* name, const std::string& prefix) {
  size_t inside = 0;
  const auto parsed = text_template::Template::parse(name, literal.string, &inside);
  if (parsed) return;
  // Behind an escape the place in the text is not the place in the query.
  const bool plain = literal.text.size() == literal.string.size() + 2;
  fail(literal.position + (plain ? inside + 1 : 0), prefix + parsed.error().message, parsed.error().code);
}

void Parser::parse_line_filter(std::vector<Stage>& out) {
  LineFilter filter{*line_op(next()), {}};
  const bool by_regex = filter.op == LineOp::kRegex || filter.op == LineOp::kNotRegex;
  do {
    const size_t position = peek().position;
    count_part(position);
    if (by_regex) count_regex(position);
    if (failed()) return;
    if (at_word("ip") && at_symbol("(", 1)) {
      if (filter.op != LineOp::kContains && filter.op != LineOp::kNotContains) {
        fail(position, "ip: only |= and != take ip()");
        return;
      }
      auto pattern = parse_ip_pattern();
      if (!pattern) return;
      filter.terms.push_back({true, std::move(*pattern)});
    } else {
      auto text = expect_string();
      if (!text) return;
      filter.terms.push_back({false, std::move(*text)});
    }
    check_stage(Stage(LineFilter{filter.op, {filter.terms.back()}}), last_string_);
  } while (!failed() && accept_word("or"));
  if (!failed()) out.push_back(std::move(filter));
}

std::optional<std::string> Parser::parse_ip_pattern() {
  next();  // ip
  if (!expect("(")) return std::nullopt;
  auto out = expect_string();
  if (!out || !expect(")")) return std::nullopt;
  return out;
}

std::optional<Stage> Parser::parse_word_stage() {
  if (accept_word("json")) return parse_extractions(false);
  if (accept_word("logfmt")) return parse_extractions(true);
  if (accept_word("unpack")) return Stage(UnpackParser{});
  if (accept_word("decolorize")) return Stage(Decolorize{});
  if (accept_word("label_format")) return parse_label_format();
  if (accept_word("drop")) return Stage(DropLabels{parse_picks()});
  if (accept_word("keep")) return Stage(KeepLabels{parse_picks()});
  for (const std::string_view word : {"regexp", "pattern", "line_format"}) {
    if (!accept_word(word)) continue;
    const LexItem& literal = peek();
    auto text = expect_string();
    if (!text) return std::nullopt;
    if (word == "regexp") {
      count_regex(literal.position);
      return Stage(RegexpParser{std::move(*text)});
    }
    if (word == "pattern") return Stage(PatternParser{std::move(*text)});
    check_template(literal, "line", "invalid line template: ");
    return Stage(LineFormat{std::move(*text)});
  }
  if (at_word("distinct")) {
    fail(peek().position, "unsupported: distinct", base::Code::kUnsupported);
  } else if (at(Token::kIdentifier) && !at_word("unwrap")) {
    next();
    unexpected("= or != or =~ or !~ or > or >= or < or <= or ==");
  } else {
    unexpected();
  }
  return std::nullopt;
}

std::optional<Stage> Parser::parse_extractions(bool is_logfmt) {
  LogfmtParser out;
  while (is_logfmt && at(Token::kFlag)) {
    (next().text == "--strict" ? out.strict : out.keep_empty) = true;
  }
  while (at(Token::kIdentifier)) {
    count_part(peek().position);
    if (failed()) return std::nullopt;
    Extraction field;
    field.name = field.expression = next().text;
    if (accept("=")) {
      auto expression = expect_string();
      if (!expression) return std::nullopt;
      field.expression = std::move(*expression);
    }
    out.fields.push_back(std::move(field));
    if (!accept(",")) break;
    if (!at(Token::kIdentifier)) {
      unexpected("IDENTIFIER");
      return std::nullopt;
    }
  }
  if (is_logfmt) return Stage(std::move(out));
  return Stage(JsonParser{std::move(out.fields)});
}

std::optional<Stage> Parser::parse_label_format() {
  LabelFormat out;
  do {
    const size_t position = peek().position;
    auto name = expect_name();
    count_part(position);
    if (failed() || !name || !expect("=")) return std::nullopt;
    if (*name == kErrorLabel || *name == kErrorDetailsLabel) {
      fail(position, *name + " cannot be formatted");
      return std::nullopt;
    }
    if (std::ranges::find(out.items, *name, &LabelFormat::Item::name) != out.items.end()) {
      fail(position, "multiple label name '" + *name + "' not allowed in a single format operation");
      return std::nullopt;
    }
    LabelFormat::Item item{std::move(*name), false, ""};
    if (at(Token::kIdentifier)) {
      item.rename = true;
      item.value = next().text;
    } else {
      const LexItem& literal = peek();
      if (!at(Token::kString)) {
        unexpected("IDENTIFIER or STRING");
        return std::nullopt;
      }
      item.value = *expect_string();
      check_template(literal, "label", "invalid template for label '" + item.name + "': ");
    }
    out.items.push_back(std::move(item));
  } while (!failed() && accept(","));
  return Stage(std::move(out));
}

std::vector<LabelPick> Parser::parse_picks() {
  std::vector<LabelPick> out;
  do {
    LabelPick pick;
    if (match_op(peek(1)) && at(Token::kIdentifier) && peek(2).token == Token::kString) {
      pick.matcher = parse_matcher();
      if (!pick.matcher) return {};
      pick.name = pick.matcher->name;
    } else {
      count_part(peek().position);
      auto name = expect_name();
      if (failed()) return {};
      pick.name = std::move(*name);
    }
    out.push_back(std::move(pick));
  } while (!failed() && accept(","));
  return out;
}

bool Parser::at_label_filter(size_t ahead) const {
  if (at_symbol("(", ahead)) return true;
  return peek(ahead).token == Token::kIdentifier &&
         (match_op(peek(ahead + 1)) || compare_op(peek(ahead + 1)));
}

std::optional<LabelFilter> Parser::parse_label_filter() {
  const NestingGuard guard(*this);
  if (failed()) return std::nullopt;
  auto left = parse_label_filter_and();
  while (left && !failed() && accept_word("or")) {
    auto right = parse_label_filter_and();
    if (!right) return std::nullopt;
    left = joined(LabelFilter::Kind::kOr, std::move(*left), std::move(*right));
  }
  return failed() ? std::nullopt : std::move(left);
}

// A comma, a blank and "and" are the same.
std::optional<LabelFilter> Parser::parse_label_filter_and() {
  auto left = parse_label_filter_primary();
  while (left && !failed()) {
    const bool linked = at_word("and") || (at_symbol(",") && at_label_filter(1));
    if (!linked && !at_label_filter()) break;
    if (linked) next();
    auto right = parse_label_filter_primary();
    if (!right) return std::nullopt;
    left = joined(LabelFilter::Kind::kAnd, std::move(*left), std::move(*right));
  }
  return left;
}

std::optional<LabelFilter> Parser::parse_label_filter_primary() {
  if (accept("(")) {
    auto inner = parse_label_filter();
    if (!inner || !expect(")")) return std::nullopt;
    return inner;
  }
  count_part(peek().position);
  auto name = expect_name();
  if (failed()) return std::nullopt;
  LabelFilter out;
  const auto match = match_op(peek());
  const auto compare = compare_op(peek());
  if (!match && !compare) {
    unexpected("= or != or =~ or !~ or > or >= or < or <= or ==");
    return std::nullopt;
  }
  next();
  out.matcher = {match.value_or(MatchOp::kEqual), std::move(*name), ""};
  out.compare = compare.value_or(CompareOp::kEqual);
  const bool by_ip = at_word("ip") && at_symbol("(", 1) && match && !is_regex(*match);
  if ((at(Token::kString) && match) || by_ip) {
    const size_t position = peek().position;
    const auto value = by_ip ? parse_ip_pattern() : expect_string();
    if (!value) return std::nullopt;
    if (is_regex(*match)) count_regex(position);
    out.kind = by_ip ? LabelFilter::Kind::kIp : LabelFilter::Kind::kString;
    out.matcher.value = *value;
    check_stage(Stage(out), last_string_);
    return failed() ? std::nullopt : std::optional(out);
  }
  const bool minus = compare && at_symbol("-") && peek(1).token == Token::kNumber;
  if (minus || (compare && at_symbol("+") && peek(1).token == Token::kNumber)) next();
  if (!compare) {
    unexpected("STRING");
  } else if (at(Token::kNumber)) {
    out.kind = LabelFilter::Kind::kNumber;
    out.number = minus ? -next().number : next().number;
    return out;
  } else if (at(Token::kDuration)) {
    out.kind = LabelFilter::Kind::kDuration;
    out.nanos = next().nanos;
    return out;
  } else if (at(Token::kBytes)) {
    out.kind = LabelFilter::Kind::kBytes;
    out.bytes = next().bytes;
    return out;
  } else {
    unexpected(match ? "" : "BYTES or DURATION or NUMBER");
  }
  return std::nullopt;
}

}  // namespace tripod::query::logql
