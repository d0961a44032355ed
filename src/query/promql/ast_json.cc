// The tree of an expression in the shape of Prometheus's /api/v1/parse_query.
#include <cmath>

#include "query/promql/duration.h"
#include "query/promql/functions.h"
#include "query/promql/printer.h"
#include "query/promql/text.h"

namespace tripod::query::promql {
namespace {

using base::JsonWriter;

void write_names(JsonWriter& w, std::string_view key, const std::vector<std::string>& names) {
  w.key(key).begin_array();
  for (const std::string& name : names) w.string(name);
  w.end_array();
}

void write_matchers(JsonWriter& w, const std::vector<store::LabelMatcher>& matchers) {
  static constexpr std::string_view kOps[] = {"=", "!=", "=~", "!~"};
  w.key("matchers").begin_array();
  for (const store::LabelMatcher& matcher : matchers) {
    w.begin_object().field("name", matcher.name).field("value", matcher.value);
    w.field("type", kOps[static_cast<size_t>(matcher.op)]).end_object();
  }
  w.end_array();
}

void write_shift(JsonWriter& w, const TimeShift& shift) {
  w.field("offset", shift.offset.ms).key("timestamp");
  if (shift.at.kind == AtModifier::Kind::kTime) {
    w.int64(shift.at.time_ms);
  } else {
    w.null();
  }
  w.key("startOrEnd");
  if (shift.at.kind == AtModifier::Kind::kStart) {
    w.string("start");
  } else if (shift.at.kind == AtModifier::Kind::kEnd) {
    w.string("end");
  } else {
    w.null();
  }
}

void write_selector(JsonWriter& w, const VectorSelector& selector) {
  w.field("name", selector.name);
  write_shift(w, selector.shift);
  write_matchers(w, selector.matchers);
  w.field("anchored", selector.extension == Extension::kAnchored);
  w.field("smoothed", selector.extension == Extension::kSmoothed);
}

std::string_view cardinality_name(VectorMatching::Cardinality cardinality) {
  switch (cardinality) {
    case VectorMatching::Cardinality::kOneToOne:
      return "one-to-one";
    case VectorMatching::Cardinality::kManyToOne:
      return "many-to-one";
    case VectorMatching::Cardinality::kOneToMany:
      return "one-to-many";
    case VectorMatching::Cardinality::kManyToMany:
      return "many-to-many";
  }
  return "one-to-one";
}

void write_fill(JsonWriter& w, std::string_view side, const std::optional<double>& value) {
  w.key(side);
  if (value && std::isfinite(*value)) {
    w.float64(*value);
  } else if (value) {
    w.string(format_value(*value));
  } else {
    w.null();
  }
}

void write_matching(JsonWriter& w, const VectorMatching& matching) {
  w.key("matching").begin_object().field("card", cardinality_name(matching.cardinality));
  write_names(w, "labels", matching.labels);
  w.field("on", matching.on);
  write_names(w, "include", matching.include);
  w.key("fillValues").begin_object();
  write_fill(w, "lhs", matching.fill_left);
  write_fill(w, "rhs", matching.fill_right);
  w.end_object().end_object();
}

void write_function(JsonWriter& w, const FunctionSignature& function) {
  w.key("func").begin_object().field("name", function.name).key("argTypes").begin_array();
  for (size_t i = 0; i < function.arg_count; ++i) w.string(type_name(function.arg_types[i]));
  w.end_array().field("variadic", static_cast<int>(function.variadic));
  w.field("returnType", type_name(function.result)).end_object();
}

struct NodeWriter {
  JsonWriter& w;

  void child(std::string_view key, const ExprPtr& expr) const {
    w.key(key);
    if (expr != nullptr) {
      write_tree(*expr, w);
    } else {
      w.null();
    }
  }

  void operator()(const NumberLiteral& node) const {
    w.field("type", "numberLiteral").field("val", format_value_fixed(node.value));
  }
  void operator()(const StringLiteral& node) const {
    w.field("type", "stringLiteral").field("val", node.value);
  }
  void operator()(const VectorSelector& node) const {
    w.field("type", "vectorSelector");
    write_selector(w, node);
  }
  void operator()(const MatrixSelector& node) const {
    w.field("type", "matrixSelector").field("range", node.range.ms);
    write_selector(w, node.selector);
  }
  void operator()(const Subquery& node) const {
    w.field("type", "subquery");
    child("expr", node.expr);
    w.field("range", node.range.ms).field("step", node.step.ms);
    write_shift(w, node.shift);
  }
  void operator()(const Call& node) const {
    w.field("type", "call");
    write_function(w, *node.function);
    w.key("args").begin_array();
    for (const ExprPtr& arg : node.args) write_tree(*arg, w);
    w.end_array();
  }
  void operator()(const Aggregation& node) const {
    w.field("type", "aggregation").field("op", op_text(node.op));
    child("expr", node.expr);
    child("param", node.param);
    write_names(w, "grouping", node.grouping);
    w.field("without", node.without);
  }
  void operator()(const Binary& node) const {
    w.field("type", "binaryExpr").field("op", op_text(node.op));
    child("lhs", node.lhs);
    child("rhs", node.rhs);
    const bool vectors =
        node.lhs->type == ValueType::kVector && node.rhs->type == ValueType::kVector;
    if (vectors) {
      write_matching(w, node.matching);
    } else {
      w.key("matching").null();
    }
    w.field("bool", node.return_bool);
  }
  void operator()(const Unary& node) const {
    w.field("type", "unaryExpr").field("op", node.negate ? "-" : "+");
    child("expr", node.expr);
  }
  void operator()(const Paren& node) const {
    w.field("type", "parenExpr");
    child("expr", node.expr);
  }
};

}  // namespace

void write_tree(const Expr& expr, JsonWriter& json) {
  json.begin_object();
  std::visit(NodeWriter{json}, expr.node);
  json.end_object();
}

}  // namespace tripod::query::promql
