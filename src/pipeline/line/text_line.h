// One line of text that is no JSON, in any of the formats we know -> what it says.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "model/value.h"
#include "pipeline/line/head_time.h"
#include "pipeline/line/severity.h"

namespace tripod::pipeline {

struct TextLine {
  std::optional<HeadTime> time;
  Severity severity;
  std::string_view message;  // without its head; empty: the line itself (of an access log), or what a field says (logfmt)
  std::string_view json;     // an object that belongs to the line's fields; else empty
};

// Tries access logs (access_line.h), heads of logging libraries (line_head.h) and logfmt (logfmt.h). A traceback behind the line
// (a record of several lines) becomes the field exception.stacktrace. Fields are appended to `fields` and view the line, the
// arena or static text. None, and nothing is appended, for plain text. Heads are read only where the line `may_be_printed`.
std::optional<TextLine> read_text_line(std::string_view line, bool may_be_printed, base::Arena& arena, std::vector<model::Attribute>& fields);

// False for most plain text, by a look at its first word.
bool may_be_text_line(std::string_view line);

// Cuts a Python or Java traceback off the end of a message of several lines, and answers it; empty where there is none.
std::string_view cut_traceback(std::string_view& message);

}  // namespace tripod::pipeline
