// What the program says about itself: one JSON object per line on standard error.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace tripod::base {

// A field of a log line. The views are read before log() returns.
struct LogField {
  std::string_view key;
  std::variant<std::string_view, int64_t, double, bool> value;
};

// Thread-safe. Never give it a secret: lines are written as they are.
class Logger {
 public:
  enum class Level : unsigned char { kDebug, kInfo, kWarn, kError };
  virtual ~Logger() = default;
  virtual void log(Level level, std::string_view event, std::initializer_list<LogField> fields) = 0;

  void debug(std::string_view event, std::initializer_list<LogField> fields = {}) {
    log(Level::kDebug, event, fields);
  }
  void info(std::string_view event, std::initializer_list<LogField> fields = {}) {
    log(Level::kInfo, event, fields);
  }
  void warn(std::string_view event, std::initializer_list<LogField> fields = {}) {
    log(Level::kWarn, event, fields);
  }
  void error(std::string_view event, std::initializer_list<LogField> fields = {}) {
    log(Level::kError, event, fields);
  }
};

// Writes {"time":"…Z","level":"info","event":"…",…} lines to standard error through spdlog.
std::unique_ptr<Logger> make_stderr_logger(Logger::Level least);
// Drops everything: for tests and tools.
std::unique_ptr<Logger> make_null_logger();

}  // namespace tripod::base
