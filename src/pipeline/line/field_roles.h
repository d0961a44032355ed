// Which members of a structured log line mean what, whatever library wrote it.
#pragma once

#include <cstdint>
#include <string_view>

namespace tripod::pipeline {

enum class FieldRole : uint8_t {
  kNone,
  kMessage,
  kSeverity,
  kSeverityNumber,  // OpenTelemetry's 1..24
  kTime,
  kStackTrace,
  kTraceId,
  kSpanId,
  kRenamed,  // an attribute that OpenTelemetry may have another name for: see line_names.h
};

struct FieldMeaning {
  FieldRole role = FieldRole::kNone;
  uint8_t rank = 0;  // among the names of one role in one line, the lowest wins
};

// Known names of structlog, Python's logging and its JSON formatters, pino, bunyan, zap, slog,
// Serilog, log4j, ECS and OpenTelemetry's log injection. Case does not matter.
FieldMeaning field_meaning(std::string_view key);

}  // namespace tripod::pipeline
