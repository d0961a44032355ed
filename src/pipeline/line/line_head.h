// What logging libraries put before a message in their text formats: time, level, logger, process, place in the code.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "model/value.h"
#include "pipeline/line/head_time.h"
#include "pipeline/line/severity.h"

namespace tripod::pipeline {

struct LineHead {
  std::optional<HeadTime> time;
  Severity severity;
  std::string_view message;
  std::string_view json;  // zap's console form: an object behind the message; else empty
};

// Reads the formats of
//   logging.basicConfig        ERROR:shop.views:order 7 failed
//   logging, with a time       2026-11-22 16:39:57,135 ERROR shop.views [31216] order 7 failed
//                              2026-11-22 16:39:57,135 - shop.views - ERROR - order 7 failed
//                              2026-11-22 16:39:57,135 [ERROR] shop.views: order 7 failed
//   Django ("verbose")         ERROR 2026-11-22 16:39:57,135 views 31216 140229 order 7 failed
//   Flask                      [2026-11-22 16:39:57,135] ERROR in views: order 7 failed
//   OpenTelemetry for logging  2026-11-22 16:39:57,135 ERROR [shop.views] [views.py:42] [trace_id=… span_id=… …] - order 7 failed
//   loguru                     2026-11-22 16:39:57.135 | ERROR    | shop.views:checkout:42 - order 7 failed
//   uvicorn, Alembic           ERROR:    order 7 failed; ERROR [shop.views] order 7 failed
//   nginx's error log          2026/11/22 16:39:57 [error] 31216#0: *7 connect() failed
//   zap's console form         2026-11-22T16:39:57.135Z⇥ERROR⇥shop/views.go:42⇥order failed⇥{"order": 7}
// A level has to be there: in capitals, or in brackets. A word behind it is the logger where something parts it from the message,
// or where it is dotted as modules are. Attributes (logger, process.pid, thread.id, code.*, trace_id, span_id) are
// appended to `out` and view the line. None, and nothing is appended, for any other line.
std::optional<LineHead> read_line_head(std::string_view line, std::vector<model::Attribute>& out);

// Whether the line begins as one of these. Cheap.
bool may_have_head(std::string_view line);

// "shop/views.go:42" -> the path and the number behind its last colon; nothing is set where the text is anything else.
struct CodePlace {
  std::string_view path;
  int64_t line = 0;
};
std::optional<CodePlace> code_place(std::string_view text);

}  // namespace tripod::pipeline
