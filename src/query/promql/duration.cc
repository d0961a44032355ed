#include "query/promql/duration.h"

#include <cmath>

#include "query/promql/numeric.h"
#include "query/promql/text.h"

namespace tripod::query::promql {

using base::Code;
using base::fail;
using base::Result;
using Kind = DurationExpr::Kind;

namespace {

Result<double> seconds_of(const DurationExpr& expr, const DurationContext& context) {
  double l = 0;
  double r = 0;
  if (expr.lhs != nullptr) {
    const auto value = seconds_of(*expr.lhs, context);
    if (!value) return value;
    l = *value;
  }
  if (expr.rhs != nullptr) {
    const auto value = seconds_of(*expr.rhs, context);
    if (!value) return value;
    r = *value;
  }
  switch (expr.kind) {
    case Kind::kLiteral:
      return expr.seconds;
    case Kind::kStep:
      return static_cast<double>(context.step_ms) / 1000;
    case Kind::kRange:
      return static_cast<double>(context.range_ms) / 1000;
    case Kind::kPlus:
    case Kind::kParen:
      return l;
    case Kind::kNegate:
      return -l;
    case Kind::kAdd:
      return l + r;
    case Kind::kSub:
      return l - r;
    case Kind::kMul:
      return l * r;
    case Kind::kDiv:
      if (r == 0) return fail(Code::kInvalidArgument, "division by zero");
      return l / r;
    case Kind::kMod:
      if (r == 0) return fail(Code::kInvalidArgument, "modulo by zero");
      return std::fmod(l, r);
    case Kind::kPow:
      return std::pow(l, r);
    case Kind::kMin:
      return lesser_of(l, r);
    case Kind::kMax:
      return greater_of(l, r);
  }
  return 0.0;
}

std::string sign_of(Kind kind) {
  switch (kind) {
    case Kind::kAdd:
      return " + ";
    case Kind::kSub:
      return " - ";
    case Kind::kMul:
      return " * ";
    case Kind::kDiv:
      return " / ";
    case Kind::kMod:
      return " % ";
    default:
      return " ^ ";
  }
}

}  // namespace

bool is_literal(const DurationExpr& expr) { return expr.kind == Kind::kLiteral; }

bool is_signed_literal(const DurationExpr& expr) {
  const DurationExpr* at = &expr;
  while (at->kind == Kind::kPlus || at->kind == Kind::kNegate) at = at->lhs.get();
  return is_literal(*at);
}

bool depends_on_query(const DurationExpr& expr) {
  if (expr.kind == Kind::kStep || expr.kind == Kind::kRange) return true;
  return (expr.lhs != nullptr && depends_on_query(*expr.lhs)) ||
         (expr.rhs != nullptr && depends_on_query(*expr.rhs));
}

Result<int64_t> evaluate(const DurationExpr& expr, const DurationContext& context, bool positive) {
  const auto seconds = seconds_of(expr, context);
  if (!seconds) return fail(seconds.error());
  const double ms = std::round(*seconds * 1000);
  if (positive && ms <= 0) return fail(Code::kInvalidArgument, "duration must be greater than 0");
  if (!(std::fabs(ms) < kMaxDurationMs))
    return fail(Code::kInvalidArgument, "duration is out of range");
  return static_cast<int64_t>(ms);
}

Result<int64_t> evaluate(const Duration& duration, const DurationContext& context, bool positive) {
  if (!duration.depends_on_query) return duration.ms;
  return evaluate(*duration.expr, context, positive);
}

std::string to_string(const DurationExpr& expr) {
  switch (expr.kind) {
    case Kind::kLiteral:
      return expr.is_duration ? format_duration_ms(std::llround(expr.seconds * 1000))
                              : format_value_fixed(expr.seconds);
    case Kind::kStep:
      return "step()";
    case Kind::kRange:
      return "range()";
    case Kind::kPlus:
      return "+" + to_string(*expr.lhs);
    case Kind::kNegate:
      return "-" + to_string(*expr.lhs);
    case Kind::kParen:
      return "(" + to_string(*expr.lhs) + ")";
    case Kind::kMin:
    case Kind::kMax:
      return (expr.kind == Kind::kMin ? "min(" : "max(") + to_string(*expr.lhs) + ", " +
             to_string(*expr.rhs) + ")";
    default:
      return to_string(*expr.lhs) + sign_of(expr.kind) + to_string(*expr.rhs);
  }
}

std::string to_string(const Duration& duration) {
  return duration.expr != nullptr ? to_string(*duration.expr) : format_duration_ms(duration.ms);
}

}  // namespace tripod::query::promql
