// PromQL expressions as a tree of plain values: what the parser makes, the checker judges, the
// printer shows and the evaluator runs.
// https://prometheus.io/docs/prometheus/latest/querying/basics/
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "store/metrics/metric_store.h"

namespace tripod::query::promql {

enum class ValueType : uint8_t { kNone, kScalar, kVector, kMatrix, kString };
// "scalar", "vector", "matrix", "string": the API's resultType.
std::string_view type_name(ValueType type);
// "scalar", "instant vector", "range vector", "string": the words of the documentation and of
// errors.
std::string_view documented_type(ValueType type);

// Bytes [start, end) of the query text.
struct PosRange {
  uint32_t start = 0;
  uint32_t end = 0;
};

enum class BinaryOp : uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kPow,
  kAtan2,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kAnd,
  kOr,
  kUnless,
};
std::string_view op_text(BinaryOp op);
bool is_comparison(BinaryOp op);
bool is_set_op(BinaryOp op);

enum class AggregateOp : uint8_t {
  kSum,
  kAvg,
  kMin,
  kMax,
  kCount,
  kGroup,
  kStddev,
  kStdvar,
  kTopk,
  kBottomk,
  kQuantile,
  kCountValues,
  kLimitk,
  kLimitRatio,
};
std::string_view op_text(AggregateOp op);
// topk, bottomk, quantile, count_values, limitk and limit_ratio take a parameter before the vector.
bool takes_parameter(AggregateOp op);

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;
struct FunctionSignature;  // functions.h

struct NumberLiteral {
  double value = 0;
  bool is_duration = false;  // written as a duration ("5m"): shown as one
};

struct StringLiteral {
  std::string value;
};

// The @ modifier: a fixed instant, or the start or end of the whole query.
struct AtModifier {
  enum class Kind : uint8_t { kNone, kTime, kStart, kEnd };
  Kind kind = Kind::kNone;
  int64_t time_ms = 0;  // kTime
};

// A duration that is more than a literal: "5m * 2", "max(step(), 1m)". Seconds.
struct DurationExpr;
using DurationPtr = std::shared_ptr<const DurationExpr>;
struct DurationExpr {
  enum class Kind : uint8_t {
    kLiteral,
    kStep,   // of the whole query; 0 for an instant query
    kRange,  // its end less its start
    kPlus,
    kNegate,
    kParen,
    kAdd,
    kSub,
    kMul,
    kDiv,
    kMod,
    kPow,
    kMin,
    kMax,
  };
  Kind kind = Kind::kLiteral;
  double seconds = 0;        // kLiteral
  bool is_duration = false;  // kLiteral: written as "5m", not as "300"
  uint16_t height = 1;       // nodes on the longest way down
  PosRange pos;
  DurationPtr lhs;  // of a sign or of parentheses the only operand
  DurationPtr rhs;
};

// A duration as it is known when parsed, and, where it was not written as a literal, what it was
// written as.
struct Duration {
  int64_t ms = 0;    // what `expr` gives for an instant query, where it depends on the query
  DurationPtr expr;  // null: a literal
  bool depends_on_query = false;  // step() or range() is in it
};

// offset and @ of a selector or subquery; they may come in either order.
struct TimeShift {
  AtModifier at;
  Duration offset;
  bool has_offset = false;
};

// How the ends of a range, or an instant between two samples, are seen.
// https://prometheus.io/docs/prometheus/latest/feature_flags/#extended-range-selectors
enum class Extension : uint8_t { kNone, kAnchored, kSmoothed };

struct VectorSelector {
  std::string name;  // written before the braces or as a quoted string inside; may be empty
  std::vector<store::LabelMatcher> matchers;  // in the order written, the name's last
  TimeShift shift;
  Extension extension = Extension::kNone;
  bool only_labels = false;  // second argument of info(): not selected itself, may match anything
};

struct MatrixSelector {
  VectorSelector selector;
  Duration range;
};

struct Subquery {
  ExprPtr expr;
  Duration range;
  Duration step;
  bool has_step = false;  // else the engine's default
  TimeShift shift;
};

struct Call {
  const FunctionSignature* function = nullptr;  // static storage
  std::vector<ExprPtr> args;
};

struct Aggregation {
  AggregateOp op = AggregateOp::kSum;
  ExprPtr param;  // null where the operator takes none
  ExprPtr expr;
  std::vector<std::string> grouping;
  bool without = false;
};

struct VectorMatching {
  enum class Cardinality : uint8_t { kOneToOne, kManyToOne, kOneToMany, kManyToMany };
  Cardinality cardinality = Cardinality::kOneToOne;
  bool on = false;                   // else ignoring
  std::vector<std::string> labels;   // of on or ignoring
  std::vector<std::string> include;  // of group_left or group_right
  // Values for a side without a match: fill_left, fill_right, or both of them by fill.
  std::optional<double> fill_left;
  std::optional<double> fill_right;

  bool fills() const { return fill_left.has_value() || fill_right.has_value(); }
};

struct Binary {
  BinaryOp op = BinaryOp::kAdd;
  ExprPtr lhs;
  ExprPtr rhs;
  bool return_bool = false;
  bool has_matching = false;  // on, ignoring or group_x was written
  VectorMatching matching;
};

struct Unary {
  bool negate = false;
  ExprPtr expr;
};

struct Paren {
  ExprPtr expr;
};

// One node. Movable only; immutable once parse() returned it, and then safe to share between
// threads.
struct Expr {
  using Node = std::variant<NumberLiteral, StringLiteral, VectorSelector, MatrixSelector, Subquery,
                            Call, Aggregation, Binary, Unary, Paren>;
  Node node;
  PosRange pos;
  ValueType type = ValueType::kNone;  // set by the checker
  bool step_invariant =
      false;  // set by the checker: the same value at every step (only @ and literals inside)
  uint16_t height = 1;  // nodes on the longest way down, itself included: bounds every recursion

  template <class T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
  template <class T>
  T* as() {
    return std::get_if<T>(&node);
  }
};

// The expression inside any parentheses.
const Expr& strip_parens(const Expr& expr);
// Child expressions in evaluation order (a parameter before its vector).
std::vector<const Expr*> children(const Expr& expr);
std::vector<Expr*> children(Expr& expr);

}  // namespace tripod::query::promql
