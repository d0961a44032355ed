#include "query/logql/printer.h"

#include <cmath>

#include "query/logql/go_text.h"
#include "query/promql/text.h"

namespace tripod::query::logql {
namespace {

constexpr size_t kMostWidth = 100;

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += between;
    out += parts[i];
  }
  return out;
}

// A duration as a query may say it.
std::string duration(int64_t nanos) {
  if (nanos % 1'000'000 == 0) return promql::format_duration_ms(nanos / 1'000'000);
  return format_go_duration(nanos);
}

// A literal's value; those that only a calculation gives (1 % 0) as one that gives them, since no literal says NaN.
std::string literal_text(double value) {
  if (std::isnan(value)) return "(0 / 0)";
  if (std::isinf(value)) return value < 0 ? "(-10 ^ 999)" : "(10 ^ 999)";
  return promql::format_number(value);
}

std::string matcher_text(const Matcher& one) {
  return one.name + std::string(op_text(one.op)) + promql::quote(one.value);
}

std::string filter_text(const LabelFilter& filter) {
  using Kind = LabelFilter::Kind;
  const std::string name_op = filter.matcher.name + std::string(op_text(filter.compare));
  switch (filter.kind) {
    case Kind::kAnd:
    case Kind::kOr: {
      std::vector<std::string> parts;
      for (const LabelFilter& child : filter.children) parts.push_back(filter_text(child));
      return "(" + joined(parts, filter.kind == Kind::kAnd ? " and " : " or ") + ")";
    }
    case Kind::kString: return matcher_text(filter.matcher);
    case Kind::kIp:
      return filter.matcher.name + std::string(op_text(filter.matcher.op)) + "ip(" + promql::quote(filter.matcher.value) + ")";
    case Kind::kNumber: return name_op + promql::format_number(filter.number);
    case Kind::kDuration: return name_op + duration(filter.nanos);
    default: return name_op + std::to_string(filter.bytes) + "B";
  }
}

std::string picks_text(const std::vector<LabelPick>& picks) {
  std::vector<std::string> out;
  for (const LabelPick& pick : picks) out.push_back(pick.matcher ? matcher_text(*pick.matcher) : pick.name);
  return joined(out, ", ");
}

std::string extractions_text(const std::vector<Extraction>& fields) {
  std::vector<std::string> out;
  for (const Extraction& one : fields) {
    out.push_back(one.name == one.expression ? one.name : one.name + "=" + promql::quote(one.expression));
  }
  return out.empty() ? "" : " " + joined(out, ", ");
}

struct StageText {
  std::string operator()(const LineFilter& filter) const {
    std::vector<std::string> out;
    for (const LineFilter::Term& term : filter.terms) {
      out.push_back(term.is_ip ? "ip(" + promql::quote(term.text) + ")" : promql::quote(term.text));
    }
    return std::string(op_text(filter.op)) + " " + joined(out, " or ");
  }
  std::string operator()(const JsonParser& json) const { return "| json" + extractions_text(json.fields); }
  std::string operator()(const LogfmtParser& logfmt) const {
    return std::string("| logfmt") + (logfmt.strict ? " --strict" : "") +
           (logfmt.keep_empty ? " --keep-empty" : "") + extractions_text(logfmt.fields);
  }
  std::string operator()(const RegexpParser& one) const { return "| regexp " + promql::quote(one.pattern); }
  std::string operator()(const PatternParser& one) const { return "| pattern " + promql::quote(one.pattern); }
  std::string operator()(const UnpackParser&) const { return "| unpack"; }
  std::string operator()(const LabelFilter& filter) const { return "| " + filter_text(filter); }
  std::string operator()(const LineFormat& one) const { return "| line_format " + promql::quote(one.text); }
  std::string operator()(const LabelFormat& format) const {
    std::vector<std::string> out;
    for (const LabelFormat::Item& one : format.items) {
      out.push_back(one.name + "=" + (one.rename ? one.value : promql::quote(one.value)));
    }
    return "| label_format " + joined(out, ", ");
  }
  std::string operator()(const Decolorize&) const { return "| decolorize"; }
  std::string operator()(const DropLabels& one) const { return "| drop " + picks_text(one.picks); }
  std::string operator()(const KeepLabels& one) const { return "| keep " + picks_text(one.picks); }
};

std::string unwrap_text(const Unwrap& unwrap) {
  std::string out = "| unwrap ";
  if (unwrap.conversion == Unwrap::Conversion::kNumber) {
    out += unwrap.label;
  } else {
    const char* name = unwrap.conversion == Unwrap::Conversion::kBytes ? "bytes" : unwrap.in_seconds ? "duration_seconds" : "duration";
    out += std::string(name) + "(" + unwrap.label + ")";
  }
  for (const LabelFilter& filter : unwrap.filters) out += " | " + filter_text(filter);
  return out;
}

std::string grouping_text(const Grouping& grouping) {
  return (grouping.without ? "without (" : "by (") + joined(grouping.labels, ", ") + ")";
}

std::string range_text(const RangeAggregation& range) {
  std::string out = "[" + duration(range.range) + "]";
  if (range.offset != 0) out += " offset " + duration(range.offset);
  return out;
}

std::string matching_text(const Binary& binary) {
  std::string out(op_text(binary.op));
  if (binary.return_bool) out += " bool";
  if (!binary.has_matching) return out;
  const VectorMatching& matching = binary.matching;
  out += (matching.on ? " on (" : " ignoring (") + joined(matching.labels, ", ") + ")";
  if (matching.cardinality == VectorMatching::Cardinality::kOneToOne) return out;
  out += matching.cardinality == VectorMatching::Cardinality::kManyToOne ? " group_left" : " group_right";
  return matching.include.empty() ? out : out + " (" + joined(matching.include, ", ") + ")";
}

std::string head_of(const VectorAggregation& vector) {
  std::string out(op_text(vector.op));
  return vector.grouping ? out + " " + grouping_text(*vector.grouping) + " " : out;
}

// Parentheses where the side is itself a binary operation: the order of evaluation stays as it was read.
std::string side(const Expr& expr) {
  return expr.as<Binary>() != nullptr ? "(" + print(expr) + ")" : print(expr);
}

std::string indented(const std::string& text) {
  std::string out = "  ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

std::string pretty(const Expr& expr);

std::string pretty_log(const LogQuery& log) {
  std::string out = print(log.matchers);
  for (const Stage& stage : log.stages) out += "\n  " + std::visit(StageText(), stage);
  return out;
}

std::string pretty_range(const RangeAggregation& range) {
  std::string inner = pretty_log(range.log);
  if (range.unwrap) inner += "\n  " + unwrap_text(*range.unwrap);
  inner += " " + range_text(range);
  std::string out = std::string(op_text(range.op)) + "(\n";
  if (range.param) out += "  " + promql::format_number(*range.param) + ",\n";
  out += indented(inner) + "\n)";
  return range.grouping ? out + " " + grouping_text(*range.grouping) : out;
}

std::string pretty(const Expr& expr) {
  if (std::string line = print(expr); line.size() <= kMostWidth) return line;
  if (const auto* log = expr.as<LogQuery>()) return pretty_log(*log);
  if (const auto* range = expr.as<RangeAggregation>()) return pretty_range(*range);
  if (const auto* vector = expr.as<VectorAggregation>()) {
    std::string out = head_of(*vector) + "(\n";
    if (takes_parameter(vector->op)) out += "  " + std::to_string(vector->param) + ",\n";
    return out + indented(pretty(*vector->expr)) + "\n)";
  }
  if (const auto* binary = expr.as<Binary>()) {
    const auto leg = [](const Expr& one) {
      return one.as<Binary>() != nullptr ? "(\n" + indented(pretty(one)) + "\n)" : indented(pretty(one));
    };
    return leg(*binary->lhs) + "\n" + matching_text(*binary) + "\n" + leg(*binary->rhs);
  }
  if (const auto* replace = expr.as<LabelReplace>()) {
    std::string out = "label_replace(\n" + indented(pretty(*replace->expr));
    for (const std::string* text : {&replace->destination, &replace->replacement, &replace->source, &replace->regex}) {
      out += ",\n  " + promql::quote(*text);
    }
    return out + "\n)";
  }
  return print(expr);
}

}  // namespace

std::string print(const std::vector<Matcher>& matchers) {
  std::vector<std::string> out;
  for (const Matcher& one : matchers) out.push_back(matcher_text(one));
  return "{" + joined(out, ", ") + "}";
}

std::string print(const LogQuery& log) {
  std::string out = print(log.matchers);
  for (const Stage& stage : log.stages) out += " " + std::visit(StageText(), stage);
  return out;
}

std::string print(const Expr& expr) {
  if (const auto* log = expr.as<LogQuery>()) return print(*log);
  if (const auto* range = expr.as<RangeAggregation>()) {
    std::string out = std::string(op_text(range->op)) + "(";
    if (range->param) out += promql::format_number(*range->param) + ", ";
    out += print(range->log);
    if (range->unwrap) out += " " + unwrap_text(*range->unwrap);
    out += " " + range_text(*range) + ")";
    return range->grouping ? out + " " + grouping_text(*range->grouping) : out;
  }
  if (const auto* vector = expr.as<VectorAggregation>()) {
    const std::string param = takes_parameter(vector->op) ? std::to_string(vector->param) + ", " : "";
    return head_of(*vector) + "(" + param + print(*vector->expr) + ")";
  }
  if (const auto* binary = expr.as<Binary>()) {
    return side(*binary->lhs) + " " + matching_text(*binary) + " " + side(*binary->rhs);
  }
  if (const auto* replace = expr.as<LabelReplace>()) {
    return "label_replace(" + print(*replace->expr) + ", " + promql::quote(replace->destination) + ", " +
           promql::quote(replace->replacement) + ", " + promql::quote(replace->source) + ", " +
           promql::quote(replace->regex) + ")";
  }
  if (const auto* vector = expr.as<VectorLiteral>()) return "vector(" + promql::format_number(vector->value) + ")";
  return literal_text(expr.as<Literal>()->value);
}

std::string pretty_print(const Expr& expr) { return pretty(expr); }

}  // namespace tripod::query::logql
