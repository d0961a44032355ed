#include "query/promql/checker.h"

#include <algorithm>

#include "query/promql/functions.h"
#include "query/promql/matcher_regex.h"
#include "query/promql/text.h"

namespace tripod::query::promql {
namespace {

using MaybeError = std::optional<CheckError>;

MaybeError error(const Expr& expr, std::string message) {
  return CheckError{expr.pos, std::move(message)};
}

MaybeError expect_type(const Expr& expr, ValueType wanted, const std::string& context) {
  if (expr.type == wanted) return std::nullopt;
  return error(expr, "expected type " + std::string(documented_type(wanted)) + " in " + context +
                         ", got " + std::string(documented_type(expr.type)));
}

bool matches_empty(const store::LabelMatcher& matcher) {
  using Op = store::LabelMatcher::Op;
  switch (matcher.op) {
    case Op::kEqual:
      return matcher.value.empty();
    case Op::kNotEqual:
      return !matcher.value.empty();
    case Op::kRegex:
      return regex_matches_empty(matcher.value);
    case Op::kNotRegex:
      return !regex_matches_empty(matcher.value);
  }
  return true;
}

MaybeError check_selector(const Expr& expr, const VectorSelector& selector) {
  const std::string* name = selector.name.empty() ? nullptr : &selector.name;
  const size_t written = selector.matchers.size() - (name != nullptr ? 1 : 0);
  for (size_t i = 0; i < written; ++i) {
    const store::LabelMatcher& matcher = selector.matchers[i];
    if (matcher.name != "__name__") continue;
    if (name != nullptr) {
      return error(expr, "metric name must not be set twice: " + quote(*name) + " or " +
                             quote(matcher.value));
    }
    name = &matcher.value;
  }
  if (!selector.only_labels && std::ranges::all_of(selector.matchers, matches_empty)) {
    return error(expr, "vector selector must contain at least one non-empty matcher");
  }
  return std::nullopt;
}

MaybeError check_call(Expr& expr, const Call& call) {
  const FunctionSignature& function = *call.function;
  const std::string name = quote(function.name);
  const int wanted = function.arg_count;
  const int got = static_cast<int>(call.args.size());
  const auto count_error = [&](const char* how, int number) {
    return error(expr, "expected " + std::string(how) + std::to_string(number) +
                           " argument(s) in call to " + name + ", got " + std::to_string(got));
  };
  if (function.variadic == 0 && got != wanted) return count_error("", wanted);
  if (function.variadic != 0 && got < wanted - 1) return count_error("at least ", wanted - 1);
  if (function.variadic > 0 && got > wanted - 1 + function.variadic) {
    return count_error("at most ", wanted - 1 + function.variadic);
  }
  if (function.id == Function::kInfo && got > 1) {
    const auto* labels = call.args[1]->as<VectorSelector>();
    if (labels == nullptr || !labels->name.empty()) {
      return error(*call.args[1], "expected label selectors only, got vector selector instead");
    }
  }
  bool invariant = function.at_safe && got > 0;
  for (size_t i = 0; i < call.args.size(); ++i) {
    const size_t declared = std::min(i, static_cast<size_t>(function.arg_count) - 1);
    if (auto problem =
            expect_type(*call.args[i], function.arg_types[declared], "call to function " + name)) {
      return problem;
    }
    invariant = invariant && call.args[i]->step_invariant;
  }
  expr.type = function.result;
  // Without arguments: what is the same for the whole query.
  expr.step_invariant = invariant || (function.at_safe && got == 0);
  return std::nullopt;
}

MaybeError check_aggregation(Expr& expr, const Aggregation& aggregation) {
  if (auto problem = expect_type(*aggregation.expr, ValueType::kVector, "aggregation expression"))
    return problem;
  if (aggregation.param != nullptr) {
    const ValueType wanted =
        aggregation.op == AggregateOp::kCountValues ? ValueType::kString : ValueType::kScalar;
    if (auto problem = expect_type(*aggregation.param, wanted, "aggregation parameter"))
      return problem;
  }
  expr.type = ValueType::kVector;
  expr.step_invariant = aggregation.expr->step_invariant &&
                        (aggregation.param == nullptr || aggregation.param->step_invariant);
  return std::nullopt;
}

MaybeError check_matching(const Expr& expr, Binary& binary) {
  using Cardinality = VectorMatching::Cardinality;
  VectorMatching& matching = binary.matching;
  if (is_set_op(binary.op)) {
    if (matching.cardinality != Cardinality::kOneToOne) {
      return error(expr, "no grouping allowed for " + quote(op_text(binary.op)) + " operation");
    }
    if (matching.fills())
      return error(expr, "filling in missing series not allowed for set operators");
    matching.cardinality = Cardinality::kManyToMany;
  }
  if (!matching.on) return std::nullopt;
  for (const std::string& label : matching.labels) {
    if (std::ranges::find(matching.include, label) != matching.include.end()) {
      return error(expr,
                   "label " + quote(label) + " must not occur in ON and GROUP clause at once");
    }
  }
  return std::nullopt;
}

MaybeError check_scalar_matching(const Expr& expr, const VectorMatching& matching) {
  if (!matching.labels.empty())
    return error(expr, "vector matching only allowed between instant vectors");
  if (matching.fills())
    return error(expr, "filling in missing series only allowed between instant vectors");
  return std::nullopt;
}

MaybeError check_binary(Expr& expr, Binary& binary) {
  const ValueType left = binary.lhs->type;
  const ValueType right = binary.rhs->type;
  if (binary.return_bool && !is_comparison(binary.op)) {
    return error(expr, "bool modifier can only be used on comparison operators");
  }
  const bool scalars = left == ValueType::kScalar && right == ValueType::kScalar;
  if (is_comparison(binary.op) && !binary.return_bool && scalars) {
    return error(expr, "comparisons between scalars must use BOOL modifier");
  }
  for (const Expr* side : {binary.lhs.get(), binary.rhs.get()}) {
    if (side->type != ValueType::kScalar && side->type != ValueType::kVector) {
      return error(*side, "binary expression must contain only scalar and instant vector types");
    }
  }
  const bool vectors = left == ValueType::kVector && right == ValueType::kVector;
  if (!vectors) {
    if (auto problem = check_scalar_matching(expr, binary.matching)) return problem;
  }
  if (!vectors && is_set_op(binary.op)) {
    return error(expr, "set operator " + quote(op_text(binary.op)) +
                           " not allowed in binary scalar expression");
  }
  if (vectors) {
    if (auto problem = check_matching(expr, binary)) return problem;
  }
  expr.type = scalars ? ValueType::kScalar : ValueType::kVector;
  expr.step_invariant = binary.lhs->step_invariant && binary.rhs->step_invariant;
  return std::nullopt;
}

MaybeError check_node(Expr& expr) {
  const auto fixed = [](const TimeShift& shift) {
    return shift.at.kind != AtModifier::Kind::kNone;
  };
  if (expr.as<NumberLiteral>() != nullptr || expr.as<StringLiteral>() != nullptr) {
    expr.type = expr.as<NumberLiteral>() != nullptr ? ValueType::kScalar : ValueType::kString;
    expr.step_invariant = true;
  } else if (auto* selector = expr.as<VectorSelector>()) {
    expr.type = ValueType::kVector;
    expr.step_invariant = fixed(selector->shift);
    return check_selector(expr, *selector);
  } else if (auto* matrix = expr.as<MatrixSelector>()) {
    expr.type = ValueType::kMatrix;
    expr.step_invariant = fixed(matrix->selector.shift);
    return check_selector(expr, matrix->selector);
  } else if (auto* subquery = expr.as<Subquery>()) {
    if (subquery->expr->type != ValueType::kVector) {
      return error(expr, "subquery is only allowed on instant vector, got " +
                             std::string(type_name(subquery->expr->type)) + " instead");
    }
    expr.type = ValueType::kMatrix;
    expr.step_invariant = fixed(subquery->shift);
  } else if (auto* call = expr.as<Call>()) {
    return check_call(expr, *call);
  } else if (auto* aggregation = expr.as<Aggregation>()) {
    return check_aggregation(expr, *aggregation);
  } else if (auto* binary = expr.as<Binary>()) {
    return check_binary(expr, *binary);
  } else if (auto* unary = expr.as<Unary>()) {
    expr.type = unary->expr->type;
    expr.step_invariant = unary->expr->step_invariant;
    if (expr.type != ValueType::kScalar && expr.type != ValueType::kVector) {
      return error(
          expr,
          "unary expression only allowed on expressions of type scalar or instant vector, got " +
              quote(documented_type(expr.type)));
    }
  } else if (auto* paren = expr.as<Paren>()) {
    expr.type = paren->expr->type;
    expr.step_invariant = paren->expr->step_invariant;
  }
  return std::nullopt;
}

}  // namespace

std::optional<CheckError> check(Expr& expr) {
  for (Expr* child : children(expr)) {
    if (auto problem = check(*child)) return problem;
  }
  return check_node(expr);
}

}  // namespace tripod::query::promql
