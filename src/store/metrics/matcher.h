// A label matcher made ready to be asked often: regular expression compiled, or seen to be a list
// of plain strings.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/metrics/metric_store.h"

namespace re2 {
class RE2;
}

namespace tripod::store::metrics {

// The strings an anchored regular expression accepts, where it is only an alternation of literals
// ("a|b", "(a|b)", "a\.b").
std::optional<std::vector<std::string>> literal_alternatives(std::string_view regex);

// Immutable after compile(); thread-safe.
class CompiledMatcher {
 public:
  // kInvalidArgument when the regular expression is not one.
  static base::Result<CompiledMatcher> compile(const LabelMatcher& matcher);

  const std::string& name() const { return name_; }
  // Whether the matcher accepts a series whose label has this value; "" stands for a series without
  // the label.
  bool matches(std::string_view value) const;
  bool matches_empty() const { return matches_empty_; }
  // Known to accept every value: =~".*".
  bool matches_everything() const { return everything_; }
  // The only values that the matcher accepts (`accepted` true) or refuses (false), where they can
  // be listed; else nullptr.
  const std::vector<std::string>* literals(bool accepted) const {
    return listed_ && accepted == !negative_ ? &literals_ : nullptr;
  }

 private:
  std::string name_;
  bool negative_ = false;
  bool listed_ = false;  // literals_ says it all
  bool everything_ = false;
  bool matches_empty_ = false;
  std::vector<std::string> literals_;  // sorted, where listed_
  std::shared_ptr<const re2::RE2> regex_;
  std::string range_from_;  // values outside [from, to] cannot match regex_
  std::string range_to_;
  bool ranged_ = false;
};

// Labels are sorted by name.
bool matches_all(std::span<const CompiledMatcher> matchers, std::span<const model::Label> labels);

base::Result<std::vector<CompiledMatcher>> compile_matchers(std::span<const LabelMatcher> matchers);

}  // namespace tripod::store::metrics
