#include "query/promql/ast.h"

#include <array>

namespace tripod::query::promql {

std::string_view type_name(ValueType type) {
  switch (type) {
    case ValueType::kNone:
      return "none";
    case ValueType::kScalar:
      return "scalar";
    case ValueType::kVector:
      return "vector";
    case ValueType::kMatrix:
      return "matrix";
    case ValueType::kString:
      return "string";
  }
  return "none";
}

std::string_view documented_type(ValueType type) {
  switch (type) {
    case ValueType::kVector:
      return "instant vector";
    case ValueType::kMatrix:
      return "range vector";
    default:
      return type_name(type);
  }
}

std::string_view op_text(BinaryOp op) {
  static constexpr std::array<std::string_view, 16> kText = {
      "+",  "-", "*",  "/", "%",  "^",   "atan2", "==",
      "!=", "<", "<=", ">", ">=", "and", "or",    "unless"};
  return kText[static_cast<size_t>(op)];
}

bool is_comparison(BinaryOp op) { return op >= BinaryOp::kEqual && op <= BinaryOp::kGreaterEqual; }

bool is_set_op(BinaryOp op) { return op >= BinaryOp::kAnd; }

std::string_view op_text(AggregateOp op) {
  static constexpr std::array<std::string_view, 14> kText = {
      "sum",    "avg",  "min",     "max",      "count",        "group",  "stddev",
      "stdvar", "topk", "bottomk", "quantile", "count_values", "limitk", "limit_ratio"};
  return kText[static_cast<size_t>(op)];
}

bool takes_parameter(AggregateOp op) { return op >= AggregateOp::kTopk; }

const Expr& strip_parens(const Expr& expr) {
  const Expr* at = &expr;
  while (const auto* paren = at->as<Paren>()) at = paren->expr.get();
  return *at;
}

namespace {

// One walk for const and mutable trees.
template <class E>
std::vector<E*> children_of(E& expr) {
  std::vector<E*> out;
  auto add = [&](auto& child) {
    if (child != nullptr) out.push_back(child.get());
  };
  if (auto* subquery = expr.template as<Subquery>()) {
    add(subquery->expr);
  } else if (auto* call = expr.template as<Call>()) {
    for (auto& arg : call->args) add(arg);
  } else if (auto* aggregation = expr.template as<Aggregation>()) {
    add(aggregation->param);
    add(aggregation->expr);
  } else if (auto* binary = expr.template as<Binary>()) {
    add(binary->lhs);
    add(binary->rhs);
  } else if (auto* unary = expr.template as<Unary>()) {
    add(unary->expr);
  } else if (auto* paren = expr.template as<Paren>()) {
    add(paren->expr);
  }
  return out;
}

}  // namespace

std::vector<const Expr*> children(const Expr& expr) { return children_of(expr); }
std::vector<Expr*> children(Expr& expr) { return children_of(expr); }

}  // namespace tripod::query::promql
