// Durations inside [ ] and after offset: literals and arithmetic of them.
// https://prometheus.io/docs/prometheus/latest/feature_flags/#promql-arithmetic-expressions-in-time-durations
#include <algorithm>
#include <cmath>

#include "query/promql/duration.h"
#include "query/promql/parser_impl.h"
#include "query/promql/text.h"

namespace tripod::query::promql {

using Kind = DurationExpr::Kind;

DurationPtr Parser::make_duration(uint32_t start, DurationExpr node) {
  if (failed()) return nullptr;
  node.pos = {start, items_[at_ - 1].pos.end};
  for (const DurationPtr& child : {node.lhs, node.rhs}) {
    if (child != nullptr)
      node.height = std::max<uint16_t>(node.height, static_cast<uint16_t>(child->height + 1));
  }
  if (node.height > kMaxHeight) {
    return fail(start, "expression has too many levels of operators (limit " +
                           std::to_string(kMaxHeight) + ")");
  }
  return std::make_shared<const DurationExpr>(std::move(node));
}

std::optional<Duration> Parser::parse_duration(DurationOf of) {
  const uint32_t start = peek().pos.start;
  // After offset only one operand: "offset 5m + x" is a sum of vectors.
  DurationPtr expr = of == DurationOf::kOffset ? parse_duration_sign(false) : parse_duration_sum();
  if (failed()) return std::nullopt;
  Duration out;
  out.depends_on_query = depends_on_query(*expr);
  // What depends on the query is judged once that is known.
  const auto ms = evaluate(*expr, {}, of == DurationOf::kRange && !out.depends_on_query);
  if (!ms && !out.depends_on_query) {
    fail(start, ms.error().message);
    return std::nullopt;
  }
  out.ms = ms.value_or(0);
  if (out.depends_on_query || !is_signed_literal(*expr)) out.expr = std::move(expr);
  return out;
}

DurationPtr Parser::parse_duration_sum() {
  const uint32_t start = peek().pos.start;
  DurationPtr lhs = parse_duration_product();
  while (!failed() && (at(Token::kAdd) || at(Token::kSub))) {
    DurationExpr node;
    node.kind = next().token == Token::kAdd ? Kind::kAdd : Kind::kSub;
    node.lhs = std::move(lhs);
    node.rhs = parse_duration_product();
    lhs = make_duration(start, std::move(node));
  }
  return lhs;
}

DurationPtr Parser::parse_duration_product() {
  const uint32_t start = peek().pos.start;
  DurationPtr lhs = parse_duration_sign(true);
  while (!failed() && (at(Token::kMul) || at(Token::kDiv) || at(Token::kMod))) {
    const Token op = next().token;
    DurationExpr node;
    node.kind = op == Token::kMul ? Kind::kMul : op == Token::kDiv ? Kind::kDiv : Kind::kMod;
    node.lhs = std::move(lhs);
    node.rhs = parse_duration_sign(true);
    lhs = make_duration(start, std::move(node));
  }
  return lhs;
}

// A sign binds less than ^: -2^2 is -(2^2).
DurationPtr Parser::parse_duration_sign(bool with_power) {
  if (!at(Token::kAdd) && !at(Token::kSub))
    return with_power ? parse_duration_power() : parse_duration_operand();
  const NestingGuard guard(*this);
  if (failed()) return nullptr;
  const LexItem& sign = next();
  DurationExpr node;
  node.kind = sign.token == Token::kSub ? Kind::kNegate : Kind::kPlus;
  node.lhs = parse_duration_sign(with_power);
  return make_duration(sign.pos.start, std::move(node));
}

DurationPtr Parser::parse_duration_power() {
  const uint32_t start = peek().pos.start;
  DurationPtr base = parse_duration_operand();
  if (failed() || !accept(Token::kPow)) return base;
  const NestingGuard guard(*this);
  if (failed()) return nullptr;
  DurationExpr node;
  node.kind = Kind::kPow;
  node.lhs = std::move(base);
  node.rhs = parse_duration_sign(true);
  return make_duration(start, std::move(node));
}

DurationPtr Parser::parse_duration_operand() {
  const NestingGuard guard(*this);
  if (failed()) return nullptr;
  const uint32_t start = peek().pos.start;
  DurationExpr node;
  if (accept(Token::kLeftParen)) {
    node.kind = Kind::kParen;
    node.lhs = parse_duration_sum();
    if (!failed()) expect(Token::kRightParen, "duration expression", "\")\"");
  } else if (at(Token::kDuration) || at(Token::kNumber)) {
    const ExprPtr number = parse_number();
    if (failed()) return nullptr;
    node.seconds = number->as<NumberLiteral>()->value;
    node.is_duration = number->as<NumberLiteral>()->is_duration;
  } else if (at(Token::kIdentifier) && peek(1).token == Token::kLeftParen) {
    return parse_duration_call();
  } else {
    return fail_unexpected("range or offset", "number or duration");
  }
  return make_duration(start, std::move(node));
}

// step(), range(), min(a, b), max(a, b)
DurationPtr Parser::parse_duration_call() {
  const LexItem& name = next();
  next();  // (
  DurationExpr node;
  if (name.text == "step" || name.text == "range") {
    node.kind = name.text == "step" ? Kind::kStep : Kind::kRange;
  } else if (name.text == "min" || name.text == "max") {
    node.kind = name.text == "min" ? Kind::kMin : Kind::kMax;
    node.lhs = parse_duration_sum();
    if (failed() || !expect(Token::kComma, "duration expression", "\",\"")) return nullptr;
    node.rhs = parse_duration_sum();
  } else {
    return fail(name.pos.start, "unknown function " + quote(name.text) +
                                    " in duration expression, expected step, range, min or max");
  }
  if (failed() || !expect(Token::kRightParen, "duration expression", "\")\"")) return nullptr;
  return make_duration(name.pos.start, std::move(node));
}

}  // namespace tripod::query::promql
