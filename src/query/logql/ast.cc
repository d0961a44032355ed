#include "query/logql/ast.h"

#include <array>

namespace tripod::query::logql {

std::string_view op_text(MatchOp op) {
  static constexpr std::array<std::string_view, 4> kTexts = {"=", "!=", "=~", "!~"};
  return kTexts[static_cast<size_t>(op)];
}

std::string_view op_text(LineOp op) {
  static constexpr std::array<std::string_view, 6> kTexts = {"|=", "!=", "|~", "!~", "|>", "!>"};
  return kTexts[static_cast<size_t>(op)];
}

std::string_view op_text(CompareOp op) {
  static constexpr std::array<std::string_view, 6> kTexts = {"==", "!=", "<", "<=", ">", ">="};
  return kTexts[static_cast<size_t>(op)];
}

std::string_view op_text(RangeOp op) {
  static constexpr std::array<std::string_view, 15> kTexts = {
      "rate",           "rate_counter",       "count_over_time",  "bytes_rate",
      "bytes_over_time", "avg_over_time",     "sum_over_time",    "min_over_time",
      "max_over_time",  "stdvar_over_time",   "stddev_over_time", "quantile_over_time",
      "first_over_time", "last_over_time",    "absent_over_time"};
  return kTexts[static_cast<size_t>(op)];
}

std::string_view op_text(VectorOp op) {
  static constexpr std::array<std::string_view, 12> kTexts = {
      "sum",    "avg",  "min",     "max",  "count",     "stddev",
      "stdvar", "topk", "bottomk", "sort", "sort_desc", "approx_topk"};
  return kTexts[static_cast<size_t>(op)];
}

std::string_view op_text(BinaryOp op) {
  static constexpr std::array<std::string_view, 15> kTexts = {
      "+", "-", "*", "/", "%", "^", "==", "!=", "<", "<=", ">", ">=", "and", "or", "unless"};
  return kTexts[static_cast<size_t>(op)];
}

bool is_comparison(BinaryOp op) { return op >= BinaryOp::kEqual && op <= BinaryOp::kGreaterEqual; }
bool is_set_op(BinaryOp op) { return op >= BinaryOp::kAnd; }

std::vector<const Expr*> children(const Expr& expr) {
  if (const auto* vector = expr.as<VectorAggregation>()) return {vector->expr.get()};
  if (const auto* replace = expr.as<LabelReplace>()) return {replace->expr.get()};
  if (const auto* binary = expr.as<Binary>()) return {binary->lhs.get(), binary->rhs.get()};
  return {};
}

std::vector<const LogQuery*> log_queries(const Expr& expr) {
  if (const auto* logs = expr.as<LogQuery>()) return {logs};
  if (const auto* range = expr.as<RangeAggregation>()) return {&range->log};
  std::vector<const LogQuery*> out;
  for (const Expr* child : children(expr)) {
    for (const LogQuery* one : log_queries(*child)) out.push_back(one);
  }
  return out;
}

}  // namespace tripod::query::logql
