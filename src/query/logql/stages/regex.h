// Regular expressions of queries: RE2, which is Go's syntax too.
#pragma once

#include <re2/re2.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "query/logql/ast.h"

namespace tripod::query::logql {

using Regex = std::shared_ptr<const re2::RE2>;

// Unanchored. (?<name>…) is read as (?P<name>…). kInvalidArgument: "error parsing regexp: …".
base::Result<Regex> compile_regex(std::string_view pattern);
// Anchored at both ends, '.' matches newline: as matchers have it.
base::Result<Regex> compile_anchored(std::string_view pattern);
// The text of the latter, as the store is asked.
std::string anchored(std::string_view pattern);
// (?<name> as older RE2 wants it.
std::string go_regex(std::string_view pattern);

// Go's Regexp.Expand: appends `form`, in which $1, ${1}, $name, ${name} stand for groups of a match and $$ for $.
void expand_groups(std::string_view form, const re2::RE2& regex, std::span<const re2::StringPiece> groups,
                   std::string& out);

// A matcher that is ready to be asked. Thread-safe.
class LabelMatcher {
 public:
  static base::Result<LabelMatcher> make(const Matcher& matcher);
  const std::string& name() const { return matcher_.name; }
  bool matches(std::string_view value) const;

 private:
  Matcher matcher_;
  Regex regex_;
};

}  // namespace tripod::query::logql
