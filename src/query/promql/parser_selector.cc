// Selectors, ranges, subqueries, offset and @.
#include <cmath>

#include "query/promql/parser_impl.h"
#include "query/promql/text.h"

namespace tripod::query::promql {
namespace {

constexpr double kMaxDurationMs = 9.2e12;  // as in Go: 292 years
constexpr double kMaxAtSeconds =
    9e12;  // leaves room for offsets and ranges in 64 bits of milliseconds

std::optional<store::LabelMatcher::Op> matcher_op(Token token) {
  using Op = store::LabelMatcher::Op;
  switch (token) {
    case Token::kAssign:
      return Op::kEqual;
    case Token::kNotEqual:
      return Op::kNotEqual;
    case Token::kRegexMatch:
      return Op::kRegex;
    case Token::kRegexNotMatch:
      return Op::kNotRegex;
    default:
      return std::nullopt;
  }
}

}  // namespace

ExprPtr Parser::parse_selector(const LexItem* name) {
  VectorSelector selector;
  const uint32_t start = name != nullptr ? name->pos.start : peek().pos.start;
  if (name != nullptr) selector.name = name->text;
  if (at(Token::kLeftBrace)) parse_matchers(selector);
  if (failed()) return nullptr;
  if (!selector.name.empty()) {
    selector.matchers.push_back({store::LabelMatcher::Op::kEqual, "__name__", selector.name});
  }
  return make(start, std::move(selector));
}

void Parser::parse_matchers(VectorSelector& selector) {
  next();  // {
  while (!failed() && !accept(Token::kRightBrace)) {
    if (at(Token::kEnd)) {
      fail(peek().pos.start, "unexpected end of input inside braces");
      return;
    }
    parse_matcher(selector);
    if (failed() || accept(Token::kRightBrace)) return;
    if (!expect(Token::kComma, "label matching", "\",\" or \"}\"")) return;
  }
}

void Parser::parse_matcher(VectorSelector& selector) {
  const LexItem& name = peek();
  store::LabelMatcher matcher;
  if (name.token == Token::kString) {
    auto text = unquote(name.text);
    if (!text) return void(fail(name.pos.start, std::move(text.error().message)));
    matcher.name = std::move(*text);
  } else if (name.token == Token::kIdentifier) {
    matcher.name = name.text;
  } else {
    return void(fail_unexpected("label matching", "identifier or \"}\""));
  }
  next();
  const auto op = matcher_op(peek().token);
  if (!op) {
    const bool ends = at(Token::kComma) || at(Token::kRightBrace);
    if (name.token != Token::kString || !ends)
      return void(fail_unexpected("label matching", "label matching operator"));
    if (matcher.name.empty()) return void(fail(name.pos.start, "metric name must not be empty"));
    if (!selector.name.empty()) {
      return void(fail(name.pos.start, "metric name must not be set twice: " +
                                           quote(selector.name) + " or " + quote(matcher.name)));
    }
    selector.name = std::move(matcher.name);
    return;
  }
  next();
  if (!at(Token::kString)) return void(fail_unexpected("label matching", "string"));
  auto value = unquote(peek().text);
  if (!value) return void(fail(peek().pos.start, std::move(value.error().message)));
  if (matcher.name.empty()) return void(fail(name.pos.start, "label name must not be empty"));
  next();
  matcher.op = *op;
  matcher.value = std::move(*value);
  selector.matchers.push_back(std::move(matcher));
}

ExprPtr Parser::parse_postfix(ExprPtr expr) {
  while (!failed()) {
    if (at(Token::kLeftBracket)) {
      expr = parse_range(std::move(expr));
    } else if (at(Keyword::kOffset)) {
      parse_offset(*expr);
    } else if (at(Token::kAt)) {
      parse_at(*expr);
    } else {
      return expr;
    }
  }
  return nullptr;
}

ExprPtr Parser::parse_range(ExprPtr expr) {
  const uint32_t start = expr->pos.start;
  const uint32_t bracket = next().pos.start;
  const auto range = parse_duration(true);
  if (!range) return nullptr;
  if (accept(Token::kColon)) {
    Subquery subquery;
    subquery.range_ms = *range;
    if (!at(Token::kRightBracket)) {
      const auto step = parse_duration(true);
      if (!step) return nullptr;
      subquery.step_ms = *step;
    }
    if (!expect(Token::kRightBracket, "subquery selector", "\"]\"")) return nullptr;
    subquery.expr = std::move(expr);
    return make(start, std::move(subquery));
  }
  if (!expect(Token::kRightBracket, "range selector", "\":\" or \"]\"")) return nullptr;
  auto* selector = expr->as<VectorSelector>();
  if (selector == nullptr) return fail(bracket, "ranges only allowed for vector selectors");
  if (selector->shift.has_offset) return fail(bracket, "no offset modifiers allowed before range");
  if (selector->shift.at.kind != AtModifier::Kind::kNone)
    return fail(bracket, "no @ modifiers allowed before range");
  return make(start, MatrixSelector{std::move(*selector), *range});
}

TimeShift* Parser::shift_of(Expr& expr, const char* modifier) {
  if (auto* selector = expr.as<VectorSelector>()) return &selector->shift;
  if (auto* matrix = expr.as<MatrixSelector>()) return &matrix->selector.shift;
  if (auto* subquery = expr.as<Subquery>()) return &subquery->shift;
  return fail(
      expr.pos.start,
      std::string(modifier) +
          " modifier must be preceded by an instant vector selector or range vector selector "
          "or a subquery");
}

bool Parser::parse_offset(Expr& expr) {
  const uint32_t start = next().pos.start;
  const auto ms = parse_duration(false);
  if (!ms) return false;
  TimeShift* shift = shift_of(expr, "offset");
  if (shift == nullptr) return false;
  if (shift->has_offset) return fail(start, "offset may not be set multiple times") != nullptr;
  shift->has_offset = true;
  shift->offset_ms = *ms;
  expr.pos.end = items_[at_ - 1].pos.end;
  return true;
}

bool Parser::parse_at(Expr& expr) {
  const uint32_t start = next().pos.start;
  TimeShift* shift = shift_of(expr, "@");
  if (shift == nullptr) return false;
  if (shift->at.kind != AtModifier::Kind::kNone) {
    return fail(start, "@ <timestamp> may not be set multiple times") != nullptr;
  }
  if (at(Keyword::kStart) || at(Keyword::kEnd)) {
    shift->at.kind =
        next().keyword == Keyword::kStart ? AtModifier::Kind::kStart : AtModifier::Kind::kEnd;
    if (!expect(Token::kLeftParen, "@ modifier", "\"(\"") ||
        !expect(Token::kRightParen, "@ modifier", "\")\"")) {
      return false;
    }
  } else {
    double sign = 1;
    while (at(Token::kAdd) || at(Token::kSub)) sign *= next().token == Token::kSub ? -1 : 1;
    if (!at(Token::kNumber) && !at(Keyword::kInf) && !at(Keyword::kNan)) {
      return fail_unexpected("@ modifier", "timestamp, start() or end()") != nullptr;
    }
    const double seconds = sign * promql::parse_number(next().text).value_or(NAN);
    if (!(std::fabs(seconds) < kMaxAtSeconds)) {
      return fail(start, "timestamp out of bounds for @ modifier: " +
                             format_value_fixed(seconds)) != nullptr;
    }
    shift->at = {AtModifier::Kind::kTime, std::llround(seconds * 1000)};
  }
  expr.pos.end = items_[at_ - 1].pos.end;
  return true;
}

std::optional<int64_t> Parser::parse_duration(bool positive) {
  const uint32_t start = peek().pos.start;
  // After offset only a signed literal or a sum in parentheses: "offset 5m + x" is a sum of
  // vectors.
  const double seconds = positive ? parse_duration_sum() : parse_duration_operand();
  if (failed()) return std::nullopt;
  const double ms = std::round(seconds * 1000);
  if (!(std::fabs(ms) < kMaxDurationMs)) {
    fail(start, "duration out of range");
    return std::nullopt;
  }
  if (positive && ms <= 0) {
    fail(start, "duration must be greater than 0");
    return std::nullopt;
  }
  return static_cast<int64_t>(ms);
}

double Parser::parse_duration_sum() {
  double value = parse_duration_product();
  while (!failed() && (at(Token::kAdd) || at(Token::kSub))) {
    const bool add = next().token == Token::kAdd;
    const double rhs = parse_duration_product();
    value = add ? value + rhs : value - rhs;
  }
  return value;
}

double Parser::parse_duration_product() {
  double value = parse_duration_operand();
  while (!failed() && (at(Token::kMul) || at(Token::kDiv) || at(Token::kMod) || at(Token::kPow))) {
    const LexItem& op = next();
    const double rhs = parse_duration_operand();
    if (failed()) break;
    if (op.token == Token::kPow) {
      value = std::pow(value, rhs);
    } else if (op.token == Token::kMul) {
      value *= rhs;
    } else if (rhs == 0) {
      fail(op.pos.start, "division by zero in duration expression");
    } else {
      value = op.token == Token::kDiv ? value / rhs : std::fmod(value, rhs);
    }
  }
  return value;
}

double Parser::parse_duration_operand() {
  const NestingGuard guard(*this);
  if (failed()) return 0;
  if (at(Token::kAdd) || at(Token::kSub)) {
    const bool negate = next().token == Token::kSub;
    const double value = parse_duration_operand();
    return negate ? -value : value;
  }
  if (accept(Token::kLeftParen)) {
    const double value = parse_duration_sum();
    if (!failed()) expect(Token::kRightParen, "duration expression", "\")\"");
    return value;
  }
  if (at(Token::kDuration))
    return static_cast<double>(parse_duration_ms(next().text).value_or(0)) / 1000;
  if (at(Token::kNumber)) return promql::parse_number(next().text).value_or(NAN);
  fail_unexpected("range or offset", "number or duration");
  return 0;
}

}  // namespace tripod::query::promql
