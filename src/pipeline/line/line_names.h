// Members of structured lines that OpenTelemetry has a name for, where the library that wrote the line is known by them.
#pragma once

#include <string_view>

namespace tripod::pipeline {

// Made of all keys of a line. A name alone says little (a `hostname` may be any), so most count only in company:
//   pino, bunyan   pid + hostname                       -> process.pid, host.name
//                  err.type, err.message (+ err.stack)  -> exception.type, exception.message
//   logging        lineno + pathname, funcName          -> code.line.number, code.file.path, code.function.name
// zap's and go-kit's caller, "shop/views.go:42", is two: see code_place().
class LineNames {
 public:
  void add(std::string_view key) {
    pid_ = pid_ || key == "pid";
    hostname_ = hostname_ || key == "hostname";
    stack_ = stack_ || key == "err.stack";
    line_ = line_ || key == "lineno";
  }
  // The key itself where there is no other name.
  std::string_view of(std::string_view key) const {
    if (pid_ && hostname_) {
      if (key == "pid") return "process.pid";
      if (key == "hostname") return "host.name";
    }
    if (stack_) {
      if (key == "err.type") return "exception.type";
      if (key == "err.message") return "exception.message";
    }
    if (line_) {
      if (key == "lineno") return "code.line.number";
      if (key == "pathname") return "code.file.path";
      if (key == "funcName" || key == "func_name") return "code.function.name";
    }
    return key;
  }

 private:
  bool pid_ = false, hostname_ = false, stack_ = false, line_ = false;
};

inline constexpr std::string_view kCallerKey = "caller";

}  // namespace tripod::pipeline
