// Selectors, ranges, subqueries, offset and @.
#include <cmath>

#include "query/promql/matcher_regex.h"
#include "query/promql/parser_impl.h"
#include "query/promql/text.h"

namespace tripod::query::promql {
namespace {

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
  using Op = store::LabelMatcher::Op;
  if (matcher.op == Op::kRegex || matcher.op == Op::kNotRegex) {
    if (std::string fault = regex_fault(matcher.value); !fault.empty())
      return void(fail(name.pos.start, std::move(fault)));
  }
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
    } else if (at(Keyword::kAnchored) || at(Keyword::kSmoothed)) {
      parse_extension(*expr);
    } else {
      return expr;
    }
  }
  return nullptr;
}

ExprPtr Parser::parse_range(ExprPtr expr) {
  const uint32_t start = expr->pos.start;
  const uint32_t bracket = next().pos.start;
  auto range = parse_duration(DurationOf::kRange);
  if (!range) return nullptr;
  if (accept(Token::kColon)) {
    Subquery subquery;
    subquery.range = std::move(*range);
    if (!at(Token::kRightBracket)) {
      auto step = parse_duration(DurationOf::kRange);
      if (!step) return nullptr;
      subquery.step = std::move(*step);
      subquery.has_step = true;
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
  if (selector->extension != Extension::kNone)
    return fail(bracket, "no anchored or smoothed modifiers allowed before range");
  return make(start, MatrixSelector{std::move(*selector), std::move(*range)});
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
  auto offset = parse_duration(DurationOf::kOffset);
  if (!offset) return false;
  TimeShift* shift = shift_of(expr, "offset");
  if (shift == nullptr) return false;
  if (shift->has_offset) return fail(start, "offset may not be set multiple times") != nullptr;
  shift->has_offset = true;
  shift->offset = std::move(*offset);
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

bool Parser::parse_extension(Expr& expr) {
  const LexItem& word = next();
  const bool anchored = word.keyword == Keyword::kAnchored;
  auto* matrix = expr.as<MatrixSelector>();
  VectorSelector* selector = matrix != nullptr ? &matrix->selector : expr.as<VectorSelector>();
  if (anchored && matrix == nullptr) {
    return fail(expr.pos.start, "anchored modifier must be preceded by a range vector selector") !=
           nullptr;
  }
  if (selector == nullptr) {
    return fail(expr.pos.start,
                "smoothed modifier must be preceded by an instant vector selector or range vector "
                "selector") != nullptr;
  }
  if (selector->extension != Extension::kNone) {
    return fail(word.pos.start, "anchored and smoothed modifiers may not be set multiple times") !=
           nullptr;
  }
  selector->extension = anchored ? Extension::kAnchored : Extension::kSmoothed;
  expr.pos.end = word.pos.end;
  return true;
}

}  // namespace tripod::query::promql
