// What Celery's default formats put before a message.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/clock.h"
#include "pipeline/line/severity.h"

namespace tripod::pipeline {

// "[2026-11-22 16:39:57,135: WARNING/ForkPoolWorker-1] "
struct CeleryPrefix {
  size_t length = 0;         // with the blank behind it; 0: there is none
  base::UnixNanos time = 0;  // the worker's local time, taken for UTC
  Severity severity;
  std::string_view process;  // "ForkPoolWorker-1"
  explicit operator bool() const { return length != 0; }
};

CeleryPrefix read_celery_prefix(std::string_view line);

}  // namespace tripod::pipeline
