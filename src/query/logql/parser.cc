#include "query/logql/parser.h"

#include <algorithm>
#include <cmath>

#include "query/logql/go_text.h"
#include "query/logql/numeric.h"
#include "query/logql/parser_impl.h"
#include "query/logql/stages/regex.h"
#include "query/logql/stages/stage.h"
#include "query/promql/text.h"

namespace tripod::query::logql {

using base::Code;

namespace {

template <class Op>
std::optional<Op> op_named(std::string_view text, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (op_text(static_cast<Op>(i)) == text) return static_cast<Op>(i);
  }
  return std::nullopt;
}

std::optional<RangeOp> range_op(std::string_view text) { return op_named<RangeOp>(text, 15); }
std::optional<VectorOp> vector_op(std::string_view text) { return op_named<VectorOp>(text, 12); }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

std::optional<BinaryOp> binary_op(const LexItem& item) {
  if (item.token == Token::kSymbol || item.token == Token::kIdentifier) return op_named<BinaryOp>(lower(item.text), 15);
  return std::nullopt;
}

int precedence(BinaryOp op) {
  switch (op) {
    case BinaryOp::kOr: return 1;
    case BinaryOp::kAnd:
    case BinaryOp::kUnless: return 2;
    case BinaryOp::kAdd:
    case BinaryOp::kSub: return 4;
    case BinaryOp::kMul:
    case BinaryOp::kDiv:
    case BinaryOp::kMod: return 5;
    case BinaryOp::kPow: return 6;
    default: return 3;
  }
}

// Six decimals, as Go's %f: how Loki's errors show a literal.
std::string six_decimals(double value) {
  std::string out = std::to_string(value);
  return out;
}

bool allows_grouping(RangeOp op) {
  switch (op) {
    case RangeOp::kAvgOverTime:
    case RangeOp::kStddevOverTime:
    case RangeOp::kStdvarOverTime:
    case RangeOp::kQuantileOverTime:
    case RangeOp::kMaxOverTime:
    case RangeOp::kMinOverTime:
    case RangeOp::kFirstOverTime:
    case RangeOp::kLastOverTime: return true;
    default: return false;
  }
}
bool is_of_lines(RangeOp op) {
  return op == RangeOp::kBytesOverTime || op == RangeOp::kBytesRate || op == RangeOp::kCountOverTime ||
         op == RangeOp::kRate || op == RangeOp::kAbsentOverTime;
}
bool takes_unwrap(RangeOp op) {
  return op != RangeOp::kBytesOverTime && op != RangeOp::kBytesRate && op != RangeOp::kCountOverTime;
}

}  // namespace

bool Parser::at_word(std::string_view text, size_t ahead) const {
  return peek(ahead).token == Token::kIdentifier && lower(peek(ahead).text) == text;
}

std::nullptr_t Parser::fail(size_t position, std::string message, Code code) {
  if (!error_) error_ = Error{position, code, std::move(message)};
  return nullptr;
}

std::nullptr_t Parser::unexpected(const std::string& expecting) {
  std::string message = "syntax error: unexpected " + describe(peek());
  if (!expecting.empty()) message += ", expecting " + expecting;
  return fail(peek().position, std::move(message));
}

std::optional<std::string> Parser::expect_string() {
  if (!at(Token::kString)) {
    unexpected("STRING");
    return std::nullopt;
  }
  last_string_ = peek().position;
  return next().string;
}

std::optional<std::string> Parser::expect_name() {
  if (!at(Token::kIdentifier)) {
    unexpected("IDENTIFIER");
    return std::nullopt;
  }
  return std::string(next().text);
}

ExprPtr Parser::parse_query() {
  ExprPtr out = parse_binary(1);
  if (!failed() && !at(Token::kEnd)) return unexpected();
  return failed() ? nullptr : std::move(out);
}

ExprPtr Parser::make(Expr::NodeType node, size_t position) {
  if (failed()) return nullptr;
  auto out = std::make_unique<Expr>();
  out->node = std::move(node);
  for (const Expr* child : children(*out)) out->height = std::max<uint16_t>(out->height, static_cast<uint16_t>(child->height + 1));
  if (out->height > kMaxHeight) return fail(position, "expression is too long (limit " + std::to_string(kMaxHeight) + ")");
  return out;
}

ExprPtr Parser::parse_binary(int least_precedence) {
  const NestingGuard guard(*this);
  if (failed()) return nullptr;
  ExprPtr left = parse_primary();
  while (!failed()) {
    const auto op = binary_op(peek());
    if (!op || precedence(*op) < least_precedence) break;
    const size_t position = next().position;
    Binary binary;
    binary.op = *op;
    parse_modifiers(binary);
    if (failed()) return nullptr;
    binary.lhs = std::move(left);
    binary.rhs = parse_binary(precedence(*op) + (*op == BinaryOp::kPow ? 0 : 1));
    if (failed()) return nullptr;
    left = make_binary(std::move(binary), position);
  }
  return failed() ? nullptr : std::move(left);
}

ExprPtr Parser::make_binary(Binary binary, size_t position) {
  const std::string op(op_text(binary.op));
  for (const auto& [side, name] : {std::pair(binary.lhs.get(), "left"), std::pair(binary.rhs.get(), "right")}) {
    if (side->is_logs()) {
      return fail(position, "unexpected type for " + std::string(name) + " leg of binary operation (" + op + "): log query");
    }
    const auto* literal = side->as<Literal>();
    if (literal != nullptr && is_set_op(binary.op)) {
      return fail(position, "unexpected literal for " + std::string(name) + " leg of logical/set binary operation (" + op + "): " + six_decimals(literal->value));
    }
  }
  const auto *left = binary.lhs->as<Literal>(), *right = binary.rhs->as<Literal>();
  if (left != nullptr && right != nullptr) {
    return make(Literal{scalar_operation(binary.op, left->value, right->value)}, position);
  }
  return make(std::move(binary), position);
}

void Parser::parse_modifiers(Binary& binary) {
  if (accept_word("bool")) {
    if (!is_comparison(binary.op)) {
      fail(peek().position, "bool modifier can only be used on comparison operators");
      return;
    }
    binary.return_bool = true;
  }
  if (!at_word("on") && !at_word("ignoring")) return;
  binary.has_matching = true;
  binary.matching.on = at_word("on");
  next();
  binary.matching.labels = parse_names();
  for (const std::string_view word : {"group_left", "group_right"}) {
    if (failed() || !at_word(word)) continue;
    const size_t position = next().position;
    if (is_set_op(binary.op)) {
      fail(position, "no grouping allowed for " + promql::quote(op_text(binary.op)) + " operation");
      return;
    }
    using Cardinality = VectorMatching::Cardinality;
    binary.matching.cardinality = word == "group_left" ? Cardinality::kManyToOne : Cardinality::kOneToMany;
    if (at_symbol("(")) binary.matching.include = parse_names();
    return;
  }
}

std::vector<std::string> Parser::parse_names() {
  std::vector<std::string> out;
  if (!expect("(")) return out;
  while (!failed() && !accept(")")) {
    auto name = expect_name();
    if (!name) break;
    out.push_back(std::move(*name));
    if (accept(")")) break;
    if (!at_symbol(",")) {
      unexpected(") or ,");
      break;
    }
    next();
  }
  return out;
}

std::optional<Grouping> Parser::parse_grouping() {
  if (!at_word("by") && !at_word("without")) return std::nullopt;
  Grouping out;
  out.without = at_word("without");
  next();
  out.labels = parse_names();
  return out;
}

ExprPtr Parser::parse_literal(double sign) {
  if (!at(Token::kNumber)) return unexpected("NUMBER");
  const LexItem& item = next();
  return make(Literal{sign * item.number}, item.position);
}

ExprPtr Parser::parse_primary() {
  const size_t position = peek().position;
  if (at_symbol("{")) {
    LogQuery log;
    parse_selector(log.matchers);
    while (!failed() && at_stage()) parse_stage(log.stages);
    return make(std::move(log), position);
  }
  if (accept("(")) {
    ExprPtr inner = parse_binary(1);
    if (failed() || !expect(")")) return nullptr;
    // ({app="shop"}) |= "x"
    while (inner->is_logs() && !failed() && at_stage()) parse_stage(inner->as<LogQuery>()->stages);
    return failed() ? nullptr : std::move(inner);
  }
  if (accept("-")) return parse_literal(-1);
  if (accept("+")) return parse_literal(1);
  if (at(Token::kNumber)) return parse_literal(1);
  if (at(Token::kIdentifier)) return parse_word();
  return unexpected();
}

ExprPtr Parser::parse_word() {
  const std::string word = lower(peek().text);
  const bool called = at_symbol("(", 1) || at_word("by", 1) || at_word("without", 1);
  if (!called) return unexpected();
  if (const auto op = range_op(word)) return parse_range_aggregation(*op);
  if (const auto op = vector_op(word)) return parse_vector_aggregation(*op);
  if (word == "label_replace") return parse_label_replace();
  if (word == "vector") return parse_vector_literal();
  if (word == "variants") return fail(peek().position, "unsupported: variants", Code::kUnsupported);
  return unexpected();
}

ExprPtr Parser::parse_vector_literal() {
  const size_t position = next().position;
  if (!expect("(")) return nullptr;
  const double sign = accept("-") ? -1 : 1;
  if (!at(Token::kNumber)) return unexpected("NUMBER");
  const double value = sign * next().number;
  if (!expect(")")) return nullptr;
  return make(VectorLiteral{value}, position);
}

ExprPtr Parser::parse_label_replace() {
  const size_t position = next().position;
  LabelReplace out;
  if (!expect("(")) return nullptr;
  out.expr = parse_binary(1);
  size_t regex_position = 0;
  for (std::string* text : {&out.destination, &out.replacement, &out.source, &out.regex}) {
    if (failed() || !expect(",")) return nullptr;
    regex_position = peek().position;
    auto given = expect_string();
    if (!given) return nullptr;
    *text = std::move(*given);
  }
  if (!expect(")")) return nullptr;
  count_regex(regex_position);
  if (failed()) return nullptr;
  if (out.expr->is_logs()) return fail(position, "label_replace needs a metric query");
  if (const auto regex = compile_anchored(out.regex); !regex) {
    return fail(regex_position, "invalid regex in label_replace: " + regex.error().message);
  }
  if (!promql::is_legacy_label_name(out.destination)) {
    return fail(position, "invalid destination label name in label_replace: " + out.destination);
  }
  return make(std::move(out), position);
}

ExprPtr Parser::parse_vector_aggregation(VectorOp op) {
  const size_t position = next().position;
  VectorAggregation out;
  out.op = op;
  out.grouping = parse_grouping();
  if (failed() || !expect("(")) return nullptr;
  std::optional<double> param;
  if (at(Token::kNumber) && at_symbol(",", 1)) {
    param = next().number;
    next();
  } else if (at_symbol("-") && peek(1).token == Token::kNumber && at_symbol(",", 2)) {
    next();
    param = -next().number;
    next();
  }
  out.expr = parse_binary(1);
  if (failed() || !expect(")")) return nullptr;
  if (!out.grouping) out.grouping = parse_grouping();
  check_vector(out, param, position);
  if (failed()) return nullptr;
  if (param) out.param = static_cast<int64_t>(*param);
  return make(std::move(out), position);
}

void Parser::check_vector(const VectorAggregation& vector, std::optional<double> param, size_t position) {
  const std::string name(op_text(vector.op));
  if (vector.expr->is_logs()) {
    fail(position, "unexpected log query in " + name + ", expecting a metric query");
  } else if (takes_parameter(vector.op)) {
    if (!param) {
      fail(position, "parameter required for operation " + name);
    } else if (*param != std::floor(*param) || *param <= 0 || *param > 1e9) {
      fail(position, "invalid parameter (must be greater than 0) " + name + "(" + promql::format_number(*param));
    }
    if (vector.op == VectorOp::kApproxTopk && vector.grouping) {
      fail(position, "grouping not allowed for approx_topk aggregation");
    }
  } else if (param) {
    fail(position, "unsupported parameter for operation " + name + "(" + promql::format_number(*param) + ",");
  }
  const bool sorts = vector.op == VectorOp::kSort || vector.op == VectorOp::kSortDesc;
  if (sorts && vector.grouping && !vector.grouping->labels.empty()) {
    fail(position, "sort and sort_desc doesn't allow grouping by ");
  }
}

ExprPtr Parser::parse_range_aggregation(RangeOp op) {
  const size_t position = next().position;
  RangeAggregation out;
  out.op = op;
  if (!expect("(")) return nullptr;
  const bool minus = at_symbol("-") && peek(1).token == Token::kNumber;
  if (minus || (at(Token::kNumber) && at_symbol(",", 1))) {
    if (minus) next();
    out.param = minus ? -next().number : next().number;
    if (!expect(",")) return nullptr;
  }
  parse_log_range(out);
  if (failed()) return nullptr;
  if (out.range == 0) return unexpected("RANGE");
  if (!expect(")")) return nullptr;
  constexpr int64_t kMost = 20LL * 365 * 24 * 3600 * 1'000'000'000;  // sums with instants stay in 64 bits
  if (out.range > kMost || out.offset > kMost || out.offset < -kMost) {
    return fail(position, "ranges and offsets are limited to 20y");
  }
  out.grouping = parse_grouping();
  if (!failed()) check_range(out, position);
  return make(std::move(out), position);
}

void Parser::check_range(const RangeAggregation& range, size_t position) {
  const std::string name(op_text(range.op));
  if (range.op == RangeOp::kQuantileOverTime && !range.param) {
    fail(position, "parameter required for operation " + name);
  } else if (range.op != RangeOp::kQuantileOverTime && range.param) {
    fail(position, "parameter " + promql::format_number(*range.param) + " not supported for operation " + name);
  } else if (range.grouping && !allows_grouping(range.op)) {
    fail(position, "grouping not allowed for " + name + " aggregation");
  } else if (range.unwrap && !takes_unwrap(range.op)) {
    fail(position, "invalid aggregation " + name + " with unwrap");
  } else if (!range.unwrap && !is_of_lines(range.op)) {
    fail(position, "invalid aggregation " + name + " without unwrap");
  }
}

// Selector, stages, [range], offset and unwrap in any of the orders Loki takes, parentheses around any
// beginning of them.
void Parser::parse_log_range(RangeAggregation& out) {
  const NestingGuard guard(*this);
  if (failed()) return;
  if (accept("(")) {
    parse_log_range(out);
    if (failed() || !expect(")")) return;
  } else {
    parse_selector(out.log.matchers);
  }
  while (!failed()) {
    if (at(Token::kRange)) {
      if (out.range != 0) {
        unexpected();
        return;
      }
      out.range = next().nanos;
    } else if (at_word("offset") && out.range != 0) {
      next();
      const bool minus = accept("-");
      if (!at(Token::kDuration)) {
        unexpected("DURATION");
        return;
      }
      out.offset = minus ? -next().nanos : next().nanos;
    } else if (at_symbol("|") && at_word("unwrap", 1)) {
      parse_unwrap(out);
    } else if (at_stage()) {
      if (!out.unwrap) {
        parse_stage(out.log.stages);
        continue;
      }
      if (!at_symbol("|") || !at_label_filter(1)) {
        next();
        unexpected();
        return;
      }
      next();
      if (auto filter = parse_label_filter()) out.unwrap->filters.push_back(std::move(*filter));
    } else {
      return;
    }
  }
}

void Parser::parse_unwrap(RangeAggregation& out) {
  next();  // |
  if (out.unwrap) {
    unexpected();
    return;
  }
  next();  // unwrap
  Unwrap unwrap;
  if (at_symbol("(", 1)) {
    if (at_word("bytes")) {
      unwrap.conversion = Unwrap::Conversion::kBytes;
    } else if (at_word("duration") || at_word("duration_seconds")) {
      unwrap.conversion = Unwrap::Conversion::kDuration;
      unwrap.in_seconds = at_word("duration_seconds");
    } else {
      unexpected("bytes or duration or duration_seconds");
      return;
    }
    next();
    next();
    auto name = expect_name();
    if (!name || !expect(")")) return;
    unwrap.label = std::move(*name);
  } else {
    auto name = expect_name();
    if (!name) return;
    unwrap.label = std::move(*name);
  }
  out.unwrap = std::move(unwrap);
}

base::Result<ExprPtr> parse(std::string_view query, size_t* error_position) {
  const auto failure = [&](size_t position, Code code, const std::string& message) {
    if (error_position != nullptr) *error_position = position;
    size_t line = 1, column = 1;
    for (std::string_view before = query.substr(0, position); !before.empty(); ++column) {
      if (take_rune(before) == '\n') {
        ++line;
        column = 0;
      }
    }
    return base::fail(code, "parse error at line " + std::to_string(line) + ", col " + std::to_string(column) + ": " + message);
  };
  if (query.size() > kMaxQueryBytes) {
    return failure(0, Code::kInvalidArgument, "input size too long (" + std::to_string(query.size()) + " > " + std::to_string(kMaxQueryBytes) + ")");
  }
  LexError lexical;
  const auto items = lex(query, lexical);
  if (!lexical.message.empty()) return failure(lexical.position, Code::kInvalidArgument, lexical.message);
  Parser parser(items);
  ExprPtr expr = parser.parse_query();
  if (parser.error()) return failure(parser.error()->position, parser.error()->code, parser.error()->message);
  return expr;
}

base::Result<LogQuery> parse_log_query(std::string_view query) {
  auto expr = parse(query);
  if (!expr) return base::fail(std::move(expr.error()));
  if (!(*expr)->is_logs()) return base::fail(Code::kInvalidArgument, "only log selector is supported");
  return std::move(*(*expr)->as<LogQuery>());
}

base::Result<std::vector<Matcher>> parse_selector(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return std::vector<Matcher>();
  auto expr = parse(text);
  if (!expr) return base::fail(std::move(expr.error()));
  auto* log = (*expr)->as<LogQuery>();
  if (log == nullptr || !log->stages.empty()) return base::fail(Code::kInvalidArgument, "only label matchers is supported");
  return std::move(log->matchers);
}

}  // namespace tripod::query::logql
