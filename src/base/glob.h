// Patterns of paths: which files are followed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fs.h"
#include "base/result.h"

namespace tripod::base {

// Whether a name without '/' matches: * (any characters), ? (one), [abc], [a-z], [!a-z]; a
// backslash takes the next character as it is.
bool matches_name(std::string_view pattern, std::string_view name);

// "/var/log/shop/*.log", "/srv/**/app.log" ("**" alone between slashes: any number of folders, none
// too). Names that begin with a dot are met only by patterns that do.
class Glob {
 public:
  // kInvalidArgument: empty, a "[" without "]", or more than two "**".
  static Result<Glob> parse(std::string pattern);

  // Paths of files (not of folders) that match now, in order of their names; at most `most` in all
  // of `out`. Folders that cannot be read have none.
  void expand(Fs& fs, size_t most, std::vector<std::string>& out) const;
  // Whether a path that some glob gave matches; a pattern without '/' is compared with its last
  // part alone.
  bool matches(std::string_view path) const;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  bool absolute_ = false;
  std::vector<std::string> parts_;
};

}  // namespace tripod::base
