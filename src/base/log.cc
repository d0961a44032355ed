#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/time_text.h"

namespace tripod::base {
namespace {

std::string_view level_name(Logger::Level level) {
  switch (level) {
    case Logger::Level::kDebug:
      return "debug";
    case Logger::Level::kInfo:
      return "info";
    case Logger::Level::kWarn:
      return "warn";
    case Logger::Level::kError:
      return "error";
  }
  return "error";
}

void write_value(JsonWriter& json, const LogField& field) {
  json.key(field.key);
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    json.string(*text);
  } else if (const auto* integer = std::get_if<int64_t>(&field.value)) {
    json.int64(*integer);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    json.float64(*real);
  } else {
    json.boolean(std::get<bool>(field.value));
  }
}

class StderrLogger final : public Logger {
 public:
  explicit StderrLogger(Level least)
      : least_(least), out_("tripod", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    out_.set_pattern("%v");
    out_.set_level(spdlog::level::trace);
    out_.flush_on(spdlog::level::trace);
    // A standard error that is gone must not end the program, and there is nowhere left to say so.
    out_.set_error_handler([](const std::string&) {});
  }

  void log(Level level, std::string_view event, std::initializer_list<LogField> fields) override {
    if (level < least_) return;
    std::string line;
    JsonWriter json(line);
    json.begin_object();
    json.field("time", format_rfc3339(clock_.now()));
    json.field("level", level_name(level));
    json.field("event", event);
    for (const LogField& field : fields) write_value(json, field);
    json.end_object();
    out_.log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  }

 private:
  const Level least_;
  const SystemClock clock_;
  spdlog::logger out_;
};

class NullLogger final : public Logger {
 public:
  void log(Level, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace

std::unique_ptr<Logger> make_stderr_logger(Logger::Level least) {
  return std::make_unique<StderrLogger>(least);
}

std::unique_ptr<Logger> make_null_logger() { return std::make_unique<NullLogger>(); }

}  // namespace tripod::base
