// Lines of "key=value" pairs. https://brandur.org/logfmt, https://pkg.go.dev/github.com/go-logfmt/logfmt
#pragma once

#include <string_view>
#include <vector>

#include "base/arena.h"
#include "model/value.h"

namespace tripod::pipeline {

// A line is logfmt when all of it is pairs, two at least, between blanks: a sentence with "a=b" in it has words that are no
// pairs. A key begins with a letter, '_' or '@', and holds these, digits, '.', '-' and '/'. A value is "quoted", with Go's
// and JSON's escapes, or 'quoted', as Python's repr() does, or has neither blanks nor double quotes.
// Appends the pairs to `out`: true, false and decimal numbers without quotes as such, all else as text. Views are of `text`
// or of the arena. False, and nothing is appended, for any other line.
bool read_logfmt(std::string_view text, base::Arena& arena, std::vector<model::Attribute>& out);

// Whether the line begins as a pair does. Cheap.
bool begins_as_logfmt(std::string_view text);

}  // namespace tripod::pipeline
