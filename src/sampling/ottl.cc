#include "sampling/ottl.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include <fmt/format.h>
#include <re2/re2.h>

#include "sampling/condition.h"
#include "sampling/ottl_tree.h"

namespace tripod::sampling {

using base::Result;
using model::Value;
using model::ValueType;
using Kind = OttlNode::Kind;
using Operator = OttlNode::Operator;

namespace {

constexpr std::array<std::string_view, 6> kKindTexts = {"Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"};

bool is_number(const Value& value) { return value.type() == ValueType::kInt64 || value.type() == ValueType::kFloat64; }
double number(const Value& value) { return value.type() == ValueType::kInt64 ? static_cast<double>(value.as_int64()) : value.as_float64(); }

template <class T>
bool ordered(Operator op, const T& a, const T& b) {
  switch (op) {
    case Operator::kEqual: return a == b;
    case Operator::kNotEqual: return a != b;
    case Operator::kLess: return a < b;
    case Operator::kLessOrEqual: return a <= b;
    case Operator::kGreater: return a > b;
    default: return a >= b;
  }
}

// Of different types only "is not" is true.
bool compare(Operator op, const Value& a, const Value& b) {
  if (a.type() == ValueType::kInt64 && b.type() == ValueType::kInt64) return ordered(op, a.as_int64(), b.as_int64());
  if (is_number(a) && is_number(b)) return ordered(op, number(a), number(b));
  if (a.type() != b.type()) return op == Operator::kNotEqual;
  if (a.is_null()) return op == Operator::kEqual || op == Operator::kLessOrEqual || op == Operator::kGreaterOrEqual;
  if (a.type() == ValueType::kBool) return ordered(op, a.as_bool(), b.as_bool());
  return ordered(op, a.text(), b.text());
}

std::optional<Value> whole_math(Operator op, int64_t a, int64_t b) {
  int64_t out = 0;
  if (op == Operator::kDivide) {
    if (b == 0 || (b == -1 && a == INT64_MIN)) return std::nullopt;
    return Value::int64(a / b);
  }
  const bool overflows = op == Operator::kAdd        ? __builtin_add_overflow(a, b, &out)
                         : op == Operator::kSubtract ? __builtin_sub_overflow(a, b, &out)
                                                     : __builtin_mul_overflow(a, b, &out);
  if (overflows) return std::nullopt;
  return Value::int64(out);
}

std::optional<Value> math(Operator op, const Value& a, const Value& b) {
  if (!is_number(a) || !is_number(b)) return std::nullopt;
  if (a.type() == ValueType::kInt64 && b.type() == ValueType::kInt64) return whole_math(op, a.as_int64(), b.as_int64());
  const double x = number(a), y = number(b);
  if (op == Operator::kDivide && y == 0) return std::nullopt;
  if (op == Operator::kAdd) return Value::float64(x + y);
  if (op == Operator::kSubtract) return Value::float64(x - y);
  return Value::float64(op == Operator::kMultiply ? x * y : x / y);
}

Value attribute(std::span<const model::Attribute> attributes, std::string_view key) {
  const model::Attribute* found = model::find_attribute(attributes, key);
  return found == nullptr ? Value() : found->value;
}

Value trace_state_member(std::string_view state, std::string_view key) {
  while (!state.empty()) {
    const size_t end = std::min(state.find(','), state.size());
    std::string_view member = state.substr(0, end);
    state.remove_prefix(std::min(end + 1, state.size()));
    member.remove_prefix(std::min(member.find_first_not_of(" \t"), member.size()));
    if (!member.starts_with(key) || member.size() <= key.size() || member[key.size()] != '=') continue;
    member.remove_prefix(key.size() + 1);
    return Value::string(member.substr(0, member.find_last_not_of(" \t") + 1));
  }
  return Value::string("");
}

// Evaluates one condition on one record. Texts that are made live as long as it.
class Evaluator {
 public:
  explicit Evaluator(const OttlRecord& record) : record_(record) {}

  // nullopt: it cannot be computed.
  std::optional<bool> truth(const OttlNode& node);

 private:
  std::optional<Value> value(const OttlNode& node);
  Value at(const OttlNode& node);
  Value id_text(std::string hex) { return Value::string(ids_[used_ids_++ % ids_.size()] = std::move(hex)); }
  std::optional<bool> text_test(const OttlNode& node);

  const OttlRecord& record_;
  std::array<std::string, 8> ids_;  // more than one comparison has
  size_t used_ids_ = 0;
};

Value Evaluator::at(const OttlNode& node) {
  const model::Span& span = record_.span;
  switch (node.path) {
    case OttlPath::kAttribute: return attribute(span.attributes, node.text);
    case OttlPath::kResourceAttribute: return attribute(record_.resource.attributes, node.text);
    case OttlPath::kName: return Value::string(span.name);
    case OttlPath::kKind: return Value::int64(static_cast<int64_t>(span.kind));
    case OttlPath::kKindText: return Value::string(kKindTexts[static_cast<size_t>(span.kind)]);
    case OttlPath::kStatusCode: return Value::int64(static_cast<int64_t>(span.status_code));
    case OttlPath::kStatusMessage: return Value::string(span.status_message);
    case OttlPath::kTraceState: return Value::string(span.trace_state);
    case OttlPath::kTraceStateMember: return trace_state_member(span.trace_state, node.text);
    case OttlPath::kStart: return Value::int64(span.start_time);
    case OttlPath::kEnd: return Value::int64(span.end_time);
    case OttlPath::kTraceId: return id_text(span.trace_id.hex());
    case OttlPath::kSpanId: return id_text(span.span_id.hex());
    case OttlPath::kParentSpanId: return id_text(span.parent_span_id.empty() ? "" : span.parent_span_id.hex());
    case OttlPath::kScopeName: return Value::string(record_.scope.name);
    case OttlPath::kScopeVersion: return Value::string(record_.scope.version);
    case OttlPath::kEventName: return Value::string(record_.event->name);
    case OttlPath::kEventAttribute: return attribute(record_.event->attributes, node.text);
    case OttlPath::kEventTime: return Value::int64(record_.event->time);
  }
  return {};
}

std::optional<Value> Evaluator::value(const OttlNode& node) {
  if (node.kind == Kind::kLiteral) return node.literal;
  if (node.kind == Kind::kPath) return at(node);
  if (node.kind == Kind::kMath) {
    const auto a = value(*node.children[0]), b = value(*node.children[1]);
    if (!a || !b) return std::nullopt;
    return math(node.op, *a, *b);
  }
  const auto is_true = truth(node);
  if (!is_true) return std::nullopt;
  return Value::boolean(*is_true);
}

std::optional<bool> Evaluator::text_test(const OttlNode& node) {
  const auto subject = value(*node.children[0]);
  if (!subject) return std::nullopt;
  if (node.kind == Kind::kIsType) return subject->type() == node.type;
  if (!subject->is_string()) {
    if (node.kind != Kind::kIsMatch || !is_number(*subject)) return false;
    // A number is matched by its text.
    const std::string text = subject->type() == ValueType::kInt64 ? std::to_string(subject->as_int64()) : fmt::format("{}", subject->as_float64());
    return RE2::PartialMatch(text, *node.expression);
  }
  const std::string_view text = subject->text();
  if (node.kind == Kind::kHasPrefix) return text.starts_with(node.text);
  if (node.kind == Kind::kHasSuffix) return text.ends_with(node.text);
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *node.expression);
}

std::optional<bool> Evaluator::truth(const OttlNode& node) {
  switch (node.kind) {
    case Kind::kOr:
    case Kind::kAnd:
      for (const OttlNodePtr& child : node.children) {
        const auto one = truth(*child);
        if (!one) return std::nullopt;
        if (*one == (node.kind == Kind::kOr)) return *one;
      }
      return node.kind == Kind::kAnd;
    case Kind::kNot: {
      const auto one = truth(*node.children[0]);
      return one ? std::optional(!*one) : std::nullopt;
    }
    case Kind::kCompare: {
      const auto a = value(*node.children[0]), b = value(*node.children[1]);
      return a && b ? std::optional(compare(node.op, *a, *b)) : std::nullopt;
    }
    case Kind::kIsRootSpan: return record_.span.parent_span_id.empty();
    case Kind::kIsMatch:
    case Kind::kHasPrefix:
    case Kind::kHasSuffix:
    case Kind::kIsType: return text_test(node);
    case Kind::kLiteral: return node.literal.as_bool();
    case Kind::kPath:
    case Kind::kMath: return std::nullopt;
  }
  return std::nullopt;
}

class Tree final : public OttlExpression {
 public:
  explicit Tree(OttlNodePtr root) : root_(std::move(root)) {}
  bool holds(const OttlRecord& record) const override { return Evaluator(record).truth(*root_).value_or(false); }

 private:
  const OttlNodePtr root_;
};

class OttlCondition final : public Condition {
 public:
  using Expressions = std::vector<std::shared_ptr<const OttlExpression>>;
  OttlCondition(const std::string& text, Expressions spans, Expressions events) : Condition(text), spans_(std::move(spans)), events_(std::move(events)) {}

  bool matches(const model::Span& span, const model::Resource& resource, const model::Scope& scope) const override {
    const OttlRecord record{span, resource, scope};
    if (std::ranges::any_of(spans_, [&](const auto& one) { return one->holds(record); })) return true;
    if (events_.empty()) return false;
    return std::ranges::any_of(span.events, [&](const model::SpanEvent& event) {
      const OttlRecord of_event{span, resource, scope, &event};
      return std::ranges::any_of(events_, [&](const auto& one) { return one->holds(of_event); });
    });
  }

 private:
  const Expressions spans_, events_;
};

Result<OttlCondition::Expressions> parse_all(const std::vector<std::string>& texts, OttlContext context, std::string& all) {
  OttlCondition::Expressions out;
  for (const std::string& text : texts) {
    auto parsed = parse_ottl(text, context);
    if (!parsed) return base::fail(parsed.error().code, fmt::format("\"{}\": {}", text.substr(0, 200), parsed.error().message));
    out.push_back(std::move(*parsed));
    all += fmt::format(" {}{}:{}", context == OttlContext::kSpan ? "span" : "event", text.size(), text);
  }
  return out;
}

}  // namespace

std::shared_ptr<const OttlExpression> make_ottl_expression(OttlNodePtr root) { return std::make_shared<const Tree>(std::move(root)); }

Result<ConditionPtr> ottl_condition(const std::vector<std::string>& spans, const std::vector<std::string>& events) {
  std::string text = "ottl";
  auto of_spans = parse_all(spans, OttlContext::kSpan, text);
  if (!of_spans) return base::fail(std::move(of_spans.error()));
  auto of_events = parse_all(events, OttlContext::kSpanEvent, text);
  if (!of_events) return base::fail(std::move(of_events.error()));
  return std::make_shared<const OttlCondition>(text, std::move(*of_spans), std::move(*of_events));
}

}  // namespace tripod::sampling
