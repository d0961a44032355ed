#include "query/promql/parser.h"

#include <algorithm>

#include "query/promql/checker.h"
#include "query/promql/functions.h"
#include "query/promql/parser_impl.h"
#include "query/promql/text.h"

namespace tripod::query::promql {
namespace {

using base::Code;

struct OpInfo {
  BinaryOp op;
  int precedence;
};

std::optional<OpInfo> binary_op(const LexItem& item) {
  switch (item.token) {
    case Token::kAdd:
      return OpInfo{BinaryOp::kAdd, 4};
    case Token::kSub:
      return OpInfo{BinaryOp::kSub, 4};
    case Token::kMul:
      return OpInfo{BinaryOp::kMul, 5};
    case Token::kDiv:
      return OpInfo{BinaryOp::kDiv, 5};
    case Token::kMod:
      return OpInfo{BinaryOp::kMod, 5};
    case Token::kPow:
      return OpInfo{BinaryOp::kPow, 6};
    case Token::kEqual:
      return OpInfo{BinaryOp::kEqual, 3};
    case Token::kNotEqual:
      return OpInfo{BinaryOp::kNotEqual, 3};
    case Token::kLess:
      return OpInfo{BinaryOp::kLess, 3};
    case Token::kLessEqual:
      return OpInfo{BinaryOp::kLessEqual, 3};
    case Token::kGreater:
      return OpInfo{BinaryOp::kGreater, 3};
    case Token::kGreaterEqual:
      return OpInfo{BinaryOp::kGreaterEqual, 3};
    case Token::kIdentifier:
      break;
    default:
      return std::nullopt;
  }
  switch (item.keyword) {
    case Keyword::kAnd:
      return OpInfo{BinaryOp::kAnd, 2};
    case Keyword::kUnless:
      return OpInfo{BinaryOp::kUnless, 2};
    case Keyword::kOr:
      return OpInfo{BinaryOp::kOr, 1};
    case Keyword::kAtan2:
      return OpInfo{BinaryOp::kAtan2, 5};
    default:
      return std::nullopt;
  }
}

constexpr int kUnaryPrecedence = 5;
constexpr int kPowPrecedence = 6;

// Words that cannot be a metric's name without quotes.
bool is_reserved(Keyword keyword) {
  switch (keyword) {
    case Keyword::kOn:
    case Keyword::kIgnoring:
    case Keyword::kGroupLeft:
    case Keyword::kGroupRight:
    case Keyword::kAtan2:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::nullptr_t Parser::fail(size_t position, std::string message, Code code) {
  if (!error_) error_ = Error{position, code, std::move(message)};
  return nullptr;
}

std::nullptr_t Parser::fail_unexpected(const char* context, const char* expected) {
  std::string message;
  if (at(Token::kRightParen) && *context == '\0') {
    message = "unexpected right parenthesis ')'";
  } else {
    message = "unexpected " + describe(peek());
    if (*context != '\0') message += std::string(" in ") + context;
  }
  if (*expected != '\0') message += std::string(", expected ") + expected;
  return fail(peek().pos.start, std::move(message));
}

bool Parser::expect(Token token, const char* context, const char* what) {
  if (accept(token)) return true;
  fail_unexpected(context, what);
  return false;
}

ExprPtr Parser::finish(uint32_t start, Expr::Node node) {
  if (failed()) return nullptr;
  auto expr = std::make_unique<Expr>();
  expr->node = std::move(node);
  expr->pos = {start, at_ > 0 ? items_[at_ - 1].pos.end : start};
  for (const Expr* child : children(std::as_const(*expr))) {
    expr->height = std::max<uint16_t>(expr->height, static_cast<uint16_t>(child->height + 1));
  }
  if (expr->height > kMaxHeight) {
    return fail(start, "expression has too many levels of operators (limit " +
                           std::to_string(kMaxHeight) + ")");
  }
  return expr;
}

ExprPtr Parser::parse_query() {
  if (at(Token::kEnd)) return fail(peek().pos.start, "no expression found in input");
  ExprPtr expr = parse_expr();
  if (failed()) return nullptr;
  if (!at(Token::kEnd)) return fail_unexpected("", "");
  return expr;
}

ExprPtr Parser::parse_binary(int least_precedence) {
  ExprPtr lhs = parse_unary();
  while (!failed()) {
    const auto info = binary_op(peek());
    if (!info || info->precedence < least_precedence) break;
    next();
    Binary binary;
    binary.op = info->op;
    parse_binary_modifiers(binary);
    if (failed()) return nullptr;
    binary.lhs = std::move(lhs);
    if (info->precedence == kPowPrecedence) {
      const NestingGuard guard(*this);  // right-associative: a ^ b ^ c recurses
      if (failed()) return nullptr;
      binary.rhs = parse_binary(kPowPrecedence);
    } else {
      binary.rhs = parse_binary(info->precedence + 1);
    }
    if (failed()) return nullptr;
    const uint32_t start = binary.lhs->pos.start;
    lhs = make(start, std::move(binary));
  }
  return failed() ? nullptr : std::move(lhs);
}

void Parser::parse_binary_modifiers(Binary& binary) {
  if (at(Keyword::kBool)) {
    next();
    binary.return_bool = true;
  }
  if (at(Keyword::kOn) || at(Keyword::kIgnoring)) {
    binary.has_matching = true;
    binary.matching.on = next().keyword == Keyword::kOn;
    binary.matching.labels = parse_label_list("grouping opts");
    if (failed()) return;
    if (at(Keyword::kGroupLeft) || at(Keyword::kGroupRight)) {
      using Cardinality = VectorMatching::Cardinality;
      binary.matching.cardinality =
          next().keyword == Keyword::kGroupLeft ? Cardinality::kManyToOne : Cardinality::kOneToMany;
      if (at(Token::kLeftParen)) binary.matching.include = parse_label_list("grouping opts");
    }
  }
  parse_fill_modifiers(binary.matching);
}

// fill(v), or fill_left(v) and fill_right(v) in any order, each once. Without a parenthesis behind
// it the word is a metric's name.
void Parser::parse_fill_modifiers(VectorMatching& matching) {
  while (!failed() && peek(1).token == Token::kLeftParen) {
    const Keyword which = peek().token == Token::kIdentifier ? peek().keyword : Keyword::kNone;
    if (which != Keyword::kFill && which != Keyword::kFillLeft && which != Keyword::kFillRight)
      return;
    const LexItem& word = next();
    const auto value = parse_fill_value();
    if (!value) return;
    const bool left = which != Keyword::kFillRight;
    const bool right = which != Keyword::kFillLeft;
    if ((left && matching.fill_left) || (right && matching.fill_right)) {
      fail(word.pos.start, "fill modifiers may not be set multiple times");
      return;
    }
    if (left) matching.fill_left = value;
    if (right) matching.fill_right = value;
  }
}

std::optional<double> Parser::parse_fill_value() {
  constexpr const char* kContext = "fill modifier";
  if (!expect(Token::kLeftParen, kContext, "\"(\"")) return std::nullopt;
  double sign = 1;
  while (at(Token::kAdd) || at(Token::kSub)) sign *= next().token == Token::kSub ? -1 : 1;
  if (!at(Token::kNumber) && !at(Token::kDuration) && !at(Keyword::kInf) && !at(Keyword::kNan)) {
    fail_unexpected(kContext, "number");
    return std::nullopt;
  }
  const ExprPtr number = parse_number();
  if (failed() || !expect(Token::kRightParen, kContext, "\")\"")) return std::nullopt;
  return sign * number->as<NumberLiteral>()->value;
}

ExprPtr Parser::parse_unary() {
  if (!at(Token::kAdd) && !at(Token::kSub)) return parse_postfix(parse_primary());
  const NestingGuard guard(*this);
  if (failed()) return nullptr;
  const LexItem& sign = next();
  const bool negate = sign.token == Token::kSub;
  ExprPtr operand = parse_binary(kUnaryPrecedence + 1);
  if (failed()) return nullptr;
  if (auto* number = operand->as<NumberLiteral>()) {
    if (negate) number->value = -number->value;
    operand->pos.start = sign.pos.start;
    return operand;
  }
  return make(sign.pos.start, Unary{negate, std::move(operand)});
}

ExprPtr Parser::parse_primary() {
  if (failed()) return nullptr;
  switch (peek().token) {
    case Token::kLeftParen:
      return parse_paren();
    case Token::kNumber:
    case Token::kDuration:
      return parse_number();
    case Token::kString:
      return parse_string();
    case Token::kLeftBrace:
      return parse_selector(nullptr);
    case Token::kMetricIdentifier:
      return parse_selector(&next());
    case Token::kIdentifier:
      return parse_word();
    default:
      return fail_unexpected("", "");
  }
}

ExprPtr Parser::parse_word() {
  const LexItem& word = peek();
  if (word.keyword == Keyword::kInf || word.keyword == Keyword::kNan) return parse_number();
  const bool call = peek(1).token == Token::kLeftParen;
  const bool grouped = peek(1).keyword == Keyword::kBy || peek(1).keyword == Keyword::kWithout;
  if (word.keyword == Keyword::kAggregate && (call || grouped)) return parse_aggregation(next());
  if (call) return parse_call(next());
  if (is_reserved(word.keyword)) return fail_unexpected("", "");
  return parse_selector(&next());
}

ExprPtr Parser::parse_number() {
  const LexItem& item = next();
  if (item.token == Token::kDuration) {
    const auto ms = parse_duration_ms(item.text);
    return make(item.pos.start, NumberLiteral{static_cast<double>(ms.value_or(0)) / 1000, true});
  }
  const auto value = promql::parse_number(item.text);
  if (!value)
    return fail(item.pos.start,
                "error parsing number: " + quote(item.text) + ": value out of range");
  return make(item.pos.start, NumberLiteral{*value, false});
}

ExprPtr Parser::parse_string() {
  const LexItem& item = next();
  auto text = unquote(item.text);
  if (!text) return fail(item.pos.start, std::move(text.error().message));
  return make(item.pos.start, StringLiteral{std::move(*text)});
}

ExprPtr Parser::parse_paren() {
  const NestingGuard guard(*this);
  if (failed()) return nullptr;
  const LexItem& open = next();
  ExprPtr inner = parse_expr();
  if (failed()) return nullptr;
  if (at(Token::kEnd)) return fail(peek().pos.start, "unclosed left parenthesis");
  if (!accept(Token::kRightParen)) return fail_unexpected("paren expression", "\")\"");
  return make(open.pos.start, Paren{std::move(inner)});
}

bool Parser::parse_arguments(std::vector<ExprPtr>& out) {
  const NestingGuard guard(*this);
  if (failed() || !expect(Token::kLeftParen, "call", "\"(\"")) return false;
  if (accept(Token::kRightParen)) return true;
  while (true) {
    ExprPtr arg = parse_expr();
    if (failed()) return false;
    out.push_back(std::move(arg));
    if (accept(Token::kRightParen)) return true;
    if (at(Token::kEnd)) return fail(peek().pos.start, "unclosed left parenthesis") != nullptr;
    if (!expect(Token::kComma, "call", "\",\" or \")\"")) return false;
    if (at(Token::kRightParen)) {
      return fail(peek().pos.start, "trailing commas not allowed in function call args") != nullptr;
    }
  }
}

ExprPtr Parser::parse_call(const LexItem& name) {
  const FunctionSignature* function = find_function(name.text);
  if (function == nullptr) {
    return fail(name.pos.start, "unknown function with name " + quote(name.text));
  }
  Call call;
  call.function = function;
  if (!parse_arguments(call.args)) return nullptr;
  if (function->id == Function::kInfo && call.args.size() > 1) {
    if (auto* labels = call.args[1]->as<VectorSelector>()) labels->only_labels = true;
  }
  return make(name.pos.start, std::move(call));
}

bool Parser::parse_grouping(Aggregation& aggregation) {
  aggregation.without = next().keyword == Keyword::kWithout;
  aggregation.grouping = parse_label_list("grouping opts");
  return !failed();
}

ExprPtr Parser::parse_aggregation(const LexItem& name) {
  Aggregation aggregation;
  aggregation.op = name.aggregate;
  const bool before = at(Keyword::kBy) || at(Keyword::kWithout);
  if (before && !parse_grouping(aggregation)) return nullptr;
  if (!at(Token::kLeftParen)) return fail_unexpected("aggregation", "\"(\"");
  std::vector<ExprPtr> args;
  if (!parse_arguments(args)) return nullptr;
  if (!before && (at(Keyword::kBy) || at(Keyword::kWithout)) && !parse_grouping(aggregation))
    return nullptr;
  if (args.empty()) return fail(name.pos.start, "no arguments for aggregate expression provided");
  const size_t wanted = takes_parameter(aggregation.op) ? 2 : 1;
  if (args.size() != wanted) {
    return fail(name.pos.start,
                "wrong number of arguments for aggregate expression provided, expected " +
                    std::to_string(wanted) + ", got " + std::to_string(args.size()));
  }
  if (wanted == 2) aggregation.param = std::move(args.front());
  aggregation.expr = std::move(args.back());
  return make(name.pos.start, std::move(aggregation));
}

std::vector<std::string> Parser::parse_label_list(const char* context) {
  std::vector<std::string> out;
  if (!expect(Token::kLeftParen, context, "\"(\"")) return out;
  while (!accept(Token::kRightParen)) {
    if (at(Token::kString)) {
      auto text = unquote(peek().text);
      if (!text || text->empty()) {
        fail(peek().pos.start,
             text ? "label name must not be empty" : std::move(text.error().message));
        return out;
      }
      out.push_back(std::move(*text));
    } else if (at(Token::kIdentifier)) {
      out.emplace_back(peek().text);
    } else {
      fail_unexpected(context, "label");
      return out;
    }
    next();
    if (accept(Token::kRightParen)) break;
    if (!expect(Token::kComma, context, "\",\" or \")\"")) return out;
  }
  return out;
}

base::Result<ExprPtr> parse(std::string_view query, size_t* error_position) {
  const auto failure = [&](size_t position, const std::string& message, Code code) {
    if (error_position != nullptr) *error_position = position;
    return base::fail(code, place(query, position) + ": parse error: " + message);
  };
  if (query.size() > kMaxQueryBytes) {
    return failure(0, "query is longer than " + std::to_string(kMaxQueryBytes) + " bytes",
                   Code::kInvalidArgument);
  }
  LexError lex_error;
  const std::vector<LexItem> items = lex(query, lex_error);
  if (!lex_error.message.empty())
    return failure(lex_error.position, lex_error.message, Code::kInvalidArgument);
  Parser parser(items);
  ExprPtr expr = parser.parse_query();
  if (parser.error())
    return failure(parser.error()->position, parser.error()->message, parser.error()->code);
  if (auto problem = check(*expr))
    return failure(problem->pos.start, problem->message, Code::kInvalidArgument);
  return expr;
}

base::Result<std::vector<store::LabelMatcher>> parse_selector(std::string_view text) {
  auto expr = parse(text);
  if (!expr) return base::fail(std::move(expr.error()));
  auto* selector = (*expr)->as<VectorSelector>();
  if (selector == nullptr || selector->shift.has_offset ||
      selector->extension != Extension::kNone ||
      selector->shift.at.kind != AtModifier::Kind::kNone) {
    return base::fail(Code::kInvalidArgument,
                      "expected a series selector such as up{job=\"x\"}, got " + quote(text));
  }
  return std::move(selector->matchers);
}

}  // namespace tripod::query::promql
