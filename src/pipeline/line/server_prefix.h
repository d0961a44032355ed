// What Celery's and gunicorn's default formats put before a message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pipeline/line/head_time.h"
#include "pipeline/line/severity.h"

namespace tripod::pipeline {

// Celery: "[2026-11-22 16:39:57,135: WARNING/ForkPoolWorker-1] "
// gunicorn: "[2026-11-22 16:39:57 +0000] [31216] [CRITICAL] "
struct ServerPrefix {
  size_t length = 0;         // with the blank behind it; 0: there is none
  HeadTime time;  // Celery's is the worker's local time
  Severity severity;
  std::string_view process;  // Celery: "ForkPoolWorker-1"
  int64_t pid = 0;           // gunicorn; 0: not named
  explicit operator bool() const { return length != 0; }
};

ServerPrefix read_server_prefix(std::string_view line);

}  // namespace tripod::pipeline
