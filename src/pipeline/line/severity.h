// Words and numbers for severity, of every logging library we know, to OpenTelemetry's scale.
// https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
#pragma once

#include <cstdint>
#include <string_view>

#include "model/batch.h"

namespace tripod::pipeline {

struct Severity {
  uint8_t number = 0;     // 1..24; 0: not a severity we know
  std::string_view text;  // trace|debug|info|warn|error|fatal (static), empty when number is 0
  explicit operator bool() const { return number != 0; }
};

// Python's and syslog's names, Java's, .NET's, single letters ("W"), "INFO2", and numbers as text;
// any case.
Severity severity_from_text(std::string_view text);
// 0..7 are syslog's (RFC 5424), 10..69 pino's and bunyan's (30 is info).
Severity severity_from_number(int64_t number);
// OpenTelemetry's own number, 1..24.
Severity severity_from_otel(int64_t number);

// Number from text where there is none, then the text of the scale. An unknown text without a
// number stays as sent.
void normalise_severity(model::LogRecord& record);

}  // namespace tripod::pipeline
