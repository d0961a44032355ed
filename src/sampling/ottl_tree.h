// A parsed OTTL condition. Internal to ottl*.cc.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/value.h"
#include "sampling/ottl.h"

namespace re2 {
class RE2;
}

namespace tripod::sampling {

enum class OttlPath : uint8_t {
  kAttribute,
  kResourceAttribute,
  kName,
  kKind,
  kKindText,
  kStatusCode,
  kStatusMessage,
  kTraceState,
  kTraceStateMember,
  kStart,
  kEnd,
  kTraceId,
  kSpanId,
  kParentSpanId,
  kScopeName,
  kScopeVersion,
  kEventName,
  kEventAttribute,
  kEventTime,
};

struct OttlNode {
  enum class Kind : uint8_t { kOr, kAnd, kNot, kCompare, kLiteral, kPath, kMath, kIsMatch, kIsRootSpan, kHasPrefix, kHasSuffix, kIsType };
  enum class Operator : uint8_t { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual, kAdd, kSubtract, kMultiply, kDivide };

  Kind kind = Kind::kLiteral;
  Operator op = Operator::kEqual;
  OttlPath path = OttlPath::kName;
  std::string text;      // a literal's, a path's key
  model::Value literal;  // text points to `text`
  model::ValueType type = model::ValueType::kNull;  // kIsType
  std::shared_ptr<const re2::RE2> expression;       // kIsMatch
  std::vector<std::unique_ptr<OttlNode>> children;

  bool is_boolean() const;  // by its form: may stand where a condition is wanted
};

using OttlNodePtr = std::unique_ptr<OttlNode>;

std::shared_ptr<const OttlExpression> make_ottl_expression(OttlNodePtr root);

}  // namespace tripod::sampling
