// LogQL expressions as plain values: what the parser makes, the printer shows and the engine runs.
// https://grafana.com/docs/loki/latest/query/
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tripod::query::logql {

enum class MatchOp : uint8_t { kEqual, kNotEqual, kRegex, kNotRegex };
std::string_view op_text(MatchOp op);
inline bool is_negative(MatchOp op) { return op == MatchOp::kNotEqual || op == MatchOp::kNotRegex; }
inline bool is_regex(MatchOp op) { return op == MatchOp::kRegex || op == MatchOp::kNotRegex; }

// Of a selector and of a label filter: name="value". Regular expressions are anchored at both ends.
struct Matcher {
  MatchOp op = MatchOp::kEqual;
  std::string name;
  std::string value;
};

enum class LineOp : uint8_t {
  kContains,     // |=
  kNotContains,  // !=
  kRegex,        // |~
  kNotRegex,     // !~
  kPattern,      // |>
  kNotPattern,   // !>
};
std::string_view op_text(LineOp op);
inline bool is_negative(LineOp op) {
  return op == LineOp::kNotContains || op == LineOp::kNotRegex || op == LineOp::kNotPattern;
}

// |= "a" or "b": one of the terms must be there; negated: none of them may.
struct LineFilter {
  struct Term {
    bool is_ip = false;  // ip("10.0.0.0/8")
    std::string text;
  };
  LineOp op = LineOp::kContains;
  std::vector<Term> terms;
};

// name="expression" behind json and logfmt; a bare name is its own expression.
struct Extraction {
  std::string name;
  std::string expression;
};

struct JsonParser {
  std::vector<Extraction> fields;  // none: every key
};
struct LogfmtParser {
  bool strict = false;
  bool keep_empty = false;
  std::vector<Extraction> fields;  // none: every key
};
struct RegexpParser {
  std::string pattern;
};
struct PatternParser {
  std::string pattern;
};
struct UnpackParser {};
struct Decolorize {};
struct LineFormat {
  std::string text;
};
struct LabelFormat {
  struct Item {
    std::string name;
    bool rename = false;  // value is a label's name, else a template
    std::string value;
  };
  std::vector<Item> items;
};

// A label of drop and keep: by name, or only where the matcher holds.
struct LabelPick {
  std::string name;
  std::optional<Matcher> matcher;
};
struct DropLabels {
  std::vector<LabelPick> picks;
};
struct KeepLabels {
  std::vector<LabelPick> picks;
};

enum class CompareOp : uint8_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };
std::string_view op_text(CompareOp op);

// A tree of comparisons over labels.
struct LabelFilter {
  enum class Kind : uint8_t { kAnd, kOr, kString, kNumber, kDuration, kBytes, kIp };
  Kind kind = Kind::kString;
  std::vector<LabelFilter> children;     // kAnd, kOr: at least two; a chain of one operator is one node
  Matcher matcher;                       // kString; kIp: op is kEqual or kNotEqual
  CompareOp compare = CompareOp::kEqual; // kNumber, kDuration, kBytes, of matcher.name
  double number = 0;                     // kNumber
  int64_t nanos = 0;                     // kDuration
  uint64_t bytes = 0;                    // kBytes
};

using Stage = std::variant<LineFilter, JsonParser, LogfmtParser, RegexpParser, PatternParser,
                           UnpackParser, LabelFilter, LineFormat, LabelFormat, Decolorize,
                           DropLabels, KeepLabels>;

// {app="shop"} |= "x" | json | …
struct LogQuery {
  std::vector<Matcher> matchers;
  std::vector<Stage> stages;
};

struct Unwrap {
  enum class Conversion : uint8_t { kNumber, kDuration, kBytes };
  std::string label;
  Conversion conversion = Conversion::kNumber;
  bool in_seconds = false;  // written duration_seconds(…)
  std::vector<LabelFilter> filters;  // behind it
};

struct Grouping {
  bool without = false;
  std::vector<std::string> labels;
};

enum class RangeOp : uint8_t {
  kRate,
  kRateCounter,
  kCountOverTime,
  kBytesRate,
  kBytesOverTime,
  kAvgOverTime,
  kSumOverTime,
  kMinOverTime,
  kMaxOverTime,
  kStdvarOverTime,
  kStddevOverTime,
  kQuantileOverTime,
  kFirstOverTime,
  kLastOverTime,
  kAbsentOverTime,
};
std::string_view op_text(RangeOp op);

enum class VectorOp : uint8_t {
  kSum,
  kAvg,
  kMin,
  kMax,
  kCount,
  kStddev,
  kStdvar,
  kTopk,
  kBottomk,
  kSort,
  kSortDesc,
  kApproxTopk,
};
std::string_view op_text(VectorOp op);
inline bool takes_parameter(VectorOp op) {
  return op == VectorOp::kTopk || op == VectorOp::kBottomk || op == VectorOp::kApproxTopk;
}

enum class BinaryOp : uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kPow,
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

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

// rate({app="shop"} |= "x" [5m] offset 1h) by (level)
struct RangeAggregation {
  RangeOp op = RangeOp::kRate;
  std::optional<double> param;  // quantile_over_time
  LogQuery log;
  std::optional<Unwrap> unwrap;
  int64_t range = 0;   // nanoseconds
  int64_t offset = 0;  // nanoseconds; negative looks ahead
  std::optional<Grouping> grouping;
};

struct VectorAggregation {
  VectorOp op = VectorOp::kSum;
  int64_t param = 0;  // topk, bottomk, approx_topk
  ExprPtr expr;
  std::optional<Grouping> grouping;
};

struct VectorMatching {
  enum class Cardinality : uint8_t { kOneToOne, kManyToOne, kOneToMany };
  Cardinality cardinality = Cardinality::kOneToOne;
  bool on = false;  // else ignoring
  std::vector<std::string> labels;
  std::vector<std::string> include;  // of group_left or group_right
};

struct Binary {
  BinaryOp op = BinaryOp::kAdd;
  ExprPtr lhs;
  ExprPtr rhs;
  bool return_bool = false;
  bool has_matching = false;  // on, ignoring or group_x was written
  VectorMatching matching;
};

struct LabelReplace {
  ExprPtr expr;
  std::string destination, replacement, source, regex;
};

struct Literal {
  double value = 0;
};
struct VectorLiteral {  // vector(1)
  double value = 0;
};

// Immutable once parse() returned it, and then safe to share between threads.
struct Expr {
  using NodeType = std::variant<LogQuery, RangeAggregation, VectorAggregation, Binary, LabelReplace,
                                Literal, VectorLiteral>;
  NodeType node;
  uint16_t height = 1;  // nodes on the longest way down: bounds every recursion

  template <class T>
  const T* as() const {
    return std::get_if<T>(&node);
  }
  template <class T>
  T* as() {
    return std::get_if<T>(&node);
  }
  bool is_logs() const { return std::holds_alternative<LogQuery>(node); }
};

// Children in order of evaluation.
std::vector<const Expr*> children(const Expr& expr);
// Every log query inside, left to right: their selectors say what the query looks at.
std::vector<const LogQuery*> log_queries(const Expr& expr);

inline constexpr std::string_view kErrorLabel = "__error__";
inline constexpr std::string_view kErrorDetailsLabel = "__error_details__";

}  // namespace tripod::query::logql
