// Conditions in a part of OTTL, the OpenTelemetry Transformation Language, over one span or one of its events.
// https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/pkg/ottl; what is taken of it: docs/sampling.md
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "model/batch.h"

namespace tripod::sampling {

enum class OttlContext : uint8_t { kSpan, kSpanEvent };

// What a condition looks at. `event` is null in the context of spans.
struct OttlRecord {
  const model::Span& span;
  const model::Resource& resource;
  const model::Scope& scope;
  const model::SpanEvent* event = nullptr;
};

// Immutable, thread-safe.
class OttlExpression {
 public:
  virtual ~OttlExpression() = default;
  // What cannot be computed (text plus number, division by zero) makes the whole condition false.
  virtual bool holds(const OttlRecord& record) const = 0;
};

inline constexpr size_t kMostOttlBytes = 16 << 10;

// kInvalidArgument: not in the language, with the column (1 is the first); kUnsupported: a path, function or enum that is not taken, by its
// name.
base::Result<std::shared_ptr<const OttlExpression>> parse_ottl(std::string_view text, OttlContext context);

}  // namespace tripod::sampling
