// What a policy asks of single spans. Immutable, thread-safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/batch.h"
#include "sampling/trace_facts.h"

namespace tripod::sampling {

class Condition {
 public:
  // `text` says all that it asks: two with one text are one condition.
  explicit Condition(const std::string& text);
  virtual ~Condition() = default;
  ConditionId id() const { return id_; }

  // Asked once per resource and batch.
  virtual bool matches_resource(const model::Resource&) const { return false; }
  virtual bool matches(const model::Span& span, const model::Resource& resource, const model::Scope& scope) const = 0;

 private:
  const ConditionId id_;
};

using ConditionPtr = std::shared_ptr<const Condition>;

// Keys of attributes may be old names of semantic conventions: records have the current ones when they come here.

// Text of a resource's or span's attribute, equal to one of `values`, or where `is_regex` found by one of them (RE2, not anchored).
// kInvalidArgument: an expression that is none.
base::Result<ConditionPtr> string_condition(std::string_view key, const std::vector<std::string>& values, bool is_regex);
// A whole or floating number of a resource or span between the two, which belong to it.
ConditionPtr numeric_condition(std::string_view key, double least, double most);
ConditionPtr boolean_condition(std::string_view key, bool value);
// A member of the span's W3C tracestate.
ConditionPtr trace_state_condition(std::string_view key, const std::vector<std::string>& values);
// A span of that service (empty: any) and route (http.route, else the span's name; * and ? stand for others; empty: any).
ConditionPtr route_condition(std::string_view service, std::string_view route);
// One of the OTTL conditions of a span, or of one of its events. kInvalidArgument, kUnsupported: with what is not taken and where. ottl.h
base::Result<ConditionPtr> ottl_condition(const std::vector<std::string>& spans, const std::vector<std::string>& events);

}  // namespace tripod::sampling
