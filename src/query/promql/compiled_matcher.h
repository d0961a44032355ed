// A label matcher with its regular expression compiled once.
#pragma once

#include <memory>
#include <string_view>

#include "store/metrics/metric_store.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace tripod::query::promql {

// Thread-safe; copies share the expression.
class CompiledMatcher {
 public:
  // `matcher` comes from parse() or parse_selector(), which refuse wrong expressions.
  explicit CompiledMatcher(store::LabelMatcher matcher);

  // A label that is missing has the value "".
  bool matches(std::string_view value) const;
  bool matches(const store::Labels& labels) const;

 private:
  store::LabelMatcher matcher_;
  std::shared_ptr<const re2::RE2> regex_;  // null: compared as it is
};

}  // namespace tripod::query::promql
