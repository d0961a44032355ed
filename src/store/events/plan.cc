#include "store/events/plan.h"

#include <charconv>
#include <utility>

#include "store/events/field_text.h"

namespace tripod::store {
namespace {

void append_quoted(std::string& out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += '"';
  for (char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_operand(std::string& out, const FieldValue& operand) {
  if (const auto* text = std::get_if<std::string>(&operand)) {
    append_quoted(out, *text);
  } else if (const auto* json = std::get_if<JsonText>(&operand)) {
    out += "(json ";
    append_quoted(out, json->text);
    out += ')';
  } else if (std::holds_alternative<std::monostate>(operand)) {
    out += "null";
  } else {
    const std::string number = field_text(operand);
    out += number;
    // 1.0 and 1 are different plans: the operand's type must be seen.
    const bool whole = number.find_first_not_of("-0123456789") == std::string::npos;
    if (std::holds_alternative<double>(operand) && whole) out += ".0";
  }
}

std::string_view op_word(Predicate::Op op) {
  switch (op) {
    case Predicate::Op::kTrue: return "true";
    case Predicate::Op::kAnd: return "and";
    case Predicate::Op::kOr: return "or";
    case Predicate::Op::kNot: return "not";
    case Predicate::Op::kEqual: return "=";
    case Predicate::Op::kNotEqual: return "!=";
    case Predicate::Op::kLess: return "<";
    case Predicate::Op::kLessEqual: return "<=";
    case Predicate::Op::kGreater: return ">";
    case Predicate::Op::kGreaterEqual: return ">=";
    case Predicate::Op::kContains: return "contains";
    case Predicate::Op::kWildcard: return "wildcard";
    case Predicate::Op::kRegex: return "regex";
    case Predicate::Op::kExists: return "exists";
  }
  return "unknown";
}

bool has_children(Predicate::Op op) {
  return op == Predicate::Op::kAnd || op == Predicate::Op::kOr || op == Predicate::Op::kNot;
}

void append_predicate(std::string& out, const Predicate& predicate) {
  if (predicate.op == Predicate::Op::kTrue) {
    out += "true";
    return;
  }
  out += '(';
  out += op_word(predicate.op);
  if (has_children(predicate.op)) {
    for (const Predicate& child : predicate.children) {
      out += ' ';
      append_predicate(out, child);
    }
  } else {
    out += ' ';
    append_quoted(out, predicate.key);
    if (predicate.op != Predicate::Op::kExists) {
      out += ' ';
      append_operand(out, predicate.operand);
    }
  }
  out += ')';
}

}  // namespace

std::string_view dataset_name(Dataset dataset) {
  switch (dataset) {
    case Dataset::kLogs: return "logs";
    case Dataset::kSpans: return "spans";
    case Dataset::kErrors: return "errors";
    case Dataset::kLinks: return "links";
    case Dataset::kSessions: return "sessions";
    case Dataset::kSpanWindow: return "span_window";
  }
  return "unknown";
}

Predicate Predicate::all_of(std::vector<Predicate> children) {
  std::erase_if(children, [](const Predicate& child) { return child.op == Op::kTrue; });
  if (children.empty()) return {};
  if (children.size() == 1) return std::move(children.front());
  Predicate out;
  out.op = Op::kAnd;
  out.children = std::move(children);
  return out;
}

Predicate Predicate::any_of(std::vector<Predicate> children) {
  if (children.size() == 1) return std::move(children.front());
  Predicate out;
  out.op = Op::kOr;
  out.children = std::move(children);
  return out;
}

Predicate Predicate::negate(Predicate child) {
  Predicate out;
  out.op = Op::kNot;
  out.children.push_back(std::move(child));
  return out;
}

Predicate Predicate::compare(Op op, std::string key, FieldValue operand) {
  Predicate out;
  out.op = op;
  out.key = std::move(key);
  out.operand = std::move(operand);
  return out;
}

std::string to_string(const Predicate& predicate) {
  std::string out;
  append_predicate(out, predicate);
  return out;
}

}  // namespace tripod::store
