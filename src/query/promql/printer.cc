#include "query/promql/printer.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "query/promql/duration.h"
#include "query/promql/functions.h"
#include "query/promql/text.h"

namespace tripod::query::promql {
namespace {

std::string label_name(const std::string& name) {
  return is_legacy_label_name(name) ? name : quote(name);
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += separator;
    out += parts[i];
  }
  return out;
}

std::string label_list(const std::vector<std::string>& labels) {
  std::vector<std::string> names;
  for (const std::string& label : labels) names.push_back(label_name(label));
  return "(" + join(names, ", ") + ")";
}

std::string seconds(int64_t ms) {
  const uint64_t magnitude = ms < 0 ? 0 - static_cast<uint64_t>(ms) : static_cast<uint64_t>(ms);
  char fraction[8];
  std::snprintf(fraction, sizeof(fraction), ".%03u", static_cast<unsigned>(magnitude % 1000));
  return (ms < 0 ? "-" : "") + std::to_string(magnitude / 1000) + fraction;
}

std::string shift_text(const TimeShift& shift) {
  std::string out;
  switch (shift.at.kind) {
    case AtModifier::Kind::kNone:
      break;
    case AtModifier::Kind::kTime:
      out = " @ " + seconds(shift.at.time_ms);
      break;
    case AtModifier::Kind::kStart:
      out = " @ start()";
      break;
    case AtModifier::Kind::kEnd:
      out = " @ end()";
      break;
  }
  if (shift.has_offset) out += " offset " + to_string(shift.offset);
  return out;
}

std::string extension_text(Extension extension) {
  switch (extension) {
    case Extension::kNone:
      break;
    case Extension::kAnchored:
      return " anchored";
    case Extension::kSmoothed:
      return " smoothed";
  }
  return "";
}

// Names that would be read as something else where an operand is expected.
bool is_reserved_name(std::string_view name) {
  static constexpr std::string_view kReserved[] = {"atan2",    "bool", "group_left", "group_right",
                                                   "ignoring", "inf",  "nan",        "on"};
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  return std::ranges::find(kReserved, lower) != std::end(kReserved);
}

// Name and matchers, without offset and @.
std::string selector_text(const VectorSelector& selector) {
  const bool plain_name = is_legacy_metric_name(selector.name) && !is_reserved_name(selector.name);
  const size_t written = selector.matchers.size() - (selector.name.empty() ? 0 : 1);
  std::vector<std::string> matchers;
  for (size_t i = 0; i < written; ++i) matchers.push_back(to_string(selector.matchers[i]));
  std::ranges::sort(matchers);
  if (!selector.name.empty() && !plain_name)
    matchers.insert(matchers.begin(), quote(selector.name));
  std::string out = plain_name ? selector.name : "";
  if (!matchers.empty() || !plain_name) out += "{" + join(matchers, ",") + "}";
  return out;
}

std::string number_text(const NumberLiteral& number) {
  // "+Inf" would be read as a sign and a number: +Inf ^ 0 is +(Inf ^ 0).
  if (std::isinf(number.value) && number.value > 0) return "Inf";
  if (!number.is_duration) return format_value_fixed(number.value);
  return format_duration_ms(std::llround(number.value * 1000));
}

std::string matching_text(const Binary& binary) {
  using Cardinality = VectorMatching::Cardinality;
  const VectorMatching& matching = binary.matching;
  const bool grouped = matching.cardinality == Cardinality::kManyToOne ||
                       matching.cardinality == Cardinality::kOneToMany;
  std::string out = binary.return_bool ? " bool" : "";
  if (matching.on || grouped || !matching.labels.empty()) {
    out += (matching.on ? " on " : " ignoring ") + label_list(matching.labels);
  }
  if (grouped) {
    out += matching.cardinality == Cardinality::kManyToOne ? " group_left " : " group_right ";
    out += label_list(matching.include);
  }
  if (matching.fill_left && matching.fill_left == matching.fill_right) {
    out += " fill (" + format_value_fixed(*matching.fill_left) + ")";
  } else {
    if (matching.fill_left) out += " fill_left (" + format_value_fixed(*matching.fill_left) + ")";
    if (matching.fill_right)
      out += " fill_right (" + format_value_fixed(*matching.fill_right) + ")";
  }
  return out;
}

std::string aggregation_head(const Aggregation& aggregation) {
  std::string out(op_text(aggregation.op));
  if (aggregation.without) {
    out += " without " + label_list(aggregation.grouping) + " ";
  } else if (!aggregation.grouping.empty()) {
    out += " by " + label_list(aggregation.grouping) + " ";
  }
  return out;
}

std::string subquery_suffix(const Subquery& subquery) {
  const std::string step = subquery.has_step ? to_string(subquery.step) : "";
  return "[" + to_string(subquery.range) + ":" + step + "]" + shift_text(subquery.shift);
}

struct LinePrinter {
  std::string operator()(const NumberLiteral& node) const { return number_text(node); }
  std::string operator()(const StringLiteral& node) const { return quote(node.value); }
  std::string operator()(const VectorSelector& node) const {
    return selector_text(node) + extension_text(node.extension) + shift_text(node.shift);
  }
  std::string operator()(const MatrixSelector& node) const {
    return selector_text(node.selector) + "[" + to_string(node.range) + "]" +
           extension_text(node.selector.extension) + shift_text(node.selector.shift);
  }
  std::string operator()(const Subquery& node) const {
    return to_string(*node.expr) + subquery_suffix(node);
  }
  std::string operator()(const Call& node) const {
    std::vector<std::string> args;
    for (const ExprPtr& arg : node.args) args.push_back(to_string(*arg));
    return std::string(node.function->name) + "(" + join(args, ", ") + ")";
  }
  std::string operator()(const Aggregation& node) const {
    std::string out = aggregation_head(node) + "(";
    if (node.param != nullptr) out += to_string(*node.param) + ", ";
    return out + to_string(*node.expr) + ")";
  }
  std::string operator()(const Binary& node) const {
    return to_string(*node.lhs) + " " + std::string(op_text(node.op)) + matching_text(node) + " " +
           to_string(*node.rhs);
  }
  std::string operator()(const Unary& node) const {
    return (node.negate ? "-" : "+") + to_string(*node.expr);
  }
  std::string operator()(const Paren& node) const { return "(" + to_string(*node.expr) + ")"; }
};

constexpr size_t kMaxLine = 100;

std::string pretty_at(const Expr& expr, size_t level);

struct PrettyPrinter {
  size_t level;

  std::string indent() const { return std::string(2 * level, ' '); }
  std::string operator()(const Subquery& node) const {
    return pretty_at(*node.expr, level) + subquery_suffix(node);
  }
  std::string operator()(const Call& node) const {
    std::vector<std::string> args;
    for (const ExprPtr& arg : node.args) args.push_back(pretty_at(*arg, level + 1));
    return indent() + std::string(node.function->name) + "(\n" + join(args, ",\n") + "\n" +
           indent() + ")";
  }
  std::string operator()(const Aggregation& node) const {
    std::string out = indent() + aggregation_head(node) + "(\n";
    if (node.param != nullptr) out += pretty_at(*node.param, level + 1) + ",\n";
    return out + pretty_at(*node.expr, level + 1) + "\n" + indent() + ")";
  }
  std::string operator()(const Binary& node) const {
    return pretty_at(*node.lhs, level + 1) + "\n" + indent() + std::string(op_text(node.op)) +
           matching_text(node) + "\n" + pretty_at(*node.rhs, level + 1);
  }
  std::string operator()(const Unary& node) const {
    const std::string child = pretty_at(*node.expr, level);
    return indent() + (node.negate ? "-" : "+") + child.substr(std::min(child.size(), 2 * level));
  }
  std::string operator()(const Paren& node) const {
    return indent() + "(\n" + pretty_at(*node.expr, level + 1) + "\n" + indent() + ")";
  }
  // Leaves do not split, however long.
  std::string operator()(const NumberLiteral& node) const { return indent() + LinePrinter{}(node); }
  std::string operator()(const StringLiteral& node) const { return indent() + LinePrinter{}(node); }
  std::string operator()(const VectorSelector& node) const {
    return indent() + LinePrinter{}(node);
  }
  std::string operator()(const MatrixSelector& node) const {
    return indent() + LinePrinter{}(node);
  }
};

std::string pretty_at(const Expr& expr, size_t level) {
  std::string line = to_string(expr);
  if (line.size() <= kMaxLine) return std::string(2 * level, ' ') + line;
  return std::visit(PrettyPrinter{level}, expr.node);
}

struct Dumper {
  std::string operator()(const NumberLiteral& node) const {
    return (node.is_duration ? "duration " : "number ") + number_text(node);
  }
  std::string operator()(const StringLiteral& node) const { return "string " + quote(node.value); }
  std::string operator()(const VectorSelector& node) const {
    return "selector " + selector_text(node) + extension_text(node.extension) +
           shift_text(node.shift);
  }
  std::string operator()(const MatrixSelector& node) const {
    return "matrix " + to_string(node.range) + " (" + Dumper{}(node.selector) + ")";
  }
  std::string operator()(const Subquery& node) const {
    return "subquery " + subquery_suffix(node) + " " + dump(*node.expr);
  }
  std::string operator()(const Call& node) const {
    std::string out = "call " + std::string(node.function->name);
    for (const ExprPtr& arg : node.args) out += " " + dump(*arg);
    return out;
  }
  std::string operator()(const Aggregation& node) const {
    std::string out = "aggregate " + std::string(op_text(node.op));
    if (node.without || !node.grouping.empty())
      out += (node.without ? " without " : " by ") + label_list(node.grouping);
    if (node.param != nullptr) out += " " + dump(*node.param);
    return out + " " + dump(*node.expr);
  }
  std::string operator()(const Binary& node) const {
    return std::string(op_text(node.op)) + matching_text(node) + " " + dump(*node.lhs) + " " +
           dump(*node.rhs);
  }
  std::string operator()(const Unary& node) const {
    return (node.negate ? "neg " : "pos ") + dump(*node.expr);
  }
  std::string operator()(const Paren& node) const { return "paren " + dump(*node.expr); }
};

}  // namespace

std::string to_string(const store::LabelMatcher& matcher) {
  static constexpr std::string_view kOps[] = {"=", "!=", "=~", "!~"};
  return label_name(matcher.name) + std::string(kOps[static_cast<size_t>(matcher.op)]) +
         quote(matcher.value);
}

std::string to_string(const Expr& expr) { return std::visit(LinePrinter{}, expr.node); }

std::string pretty(const Expr& expr) { return pretty_at(expr, 0); }

std::string dump(const Expr& expr) {
  return "(" + std::visit(Dumper{}, expr.node) + " :" + std::string(type_name(expr.type)) +
         (expr.step_invariant ? " fixed)" : ")");
}

}  // namespace tripod::query::promql
