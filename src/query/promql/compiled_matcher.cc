#include "query/promql/compiled_matcher.h"

#include <re2/re2.h>

#include "query/promql/labels.h"

namespace tripod::query::promql {

using Op = store::LabelMatcher::Op;

CompiledMatcher::CompiledMatcher(store::LabelMatcher matcher) : matcher_(std::move(matcher)) {
  if (matcher_.op != Op::kRegex && matcher_.op != Op::kNotRegex) return;
  RE2::Options options;
  options.set_dot_nl(true);
  regex_ = std::make_shared<const RE2>(matcher_.value, options);
}

bool CompiledMatcher::matches(std::string_view value) const {
  const bool equal = regex_ != nullptr
                         ? RE2::FullMatch(re2::StringPiece(value.data(), value.size()), *regex_)
                         : value == matcher_.value;
  return equal == (matcher_.op == Op::kEqual || matcher_.op == Op::kRegex);
}

bool CompiledMatcher::matches(const store::Labels& labels) const {
  return matches(get_label(labels, matcher_.name));
}

}  // namespace tripod::query::promql
