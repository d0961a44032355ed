// Lines of access logs, as OpenTelemetry's attributes of an HTTP request.
// https://httpd.apache.org/docs/2.4/logs.html, https://nginx.org/en/docs/http/ngx_http_log_module.html,
// https://docs.gunicorn.org/en/stable/settings.html#access-log-format
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "model/value.h"
#include "pipeline/line/head_time.h"
#include "pipeline/line/severity.h"

namespace tripod::pipeline {

struct AccessLine {
  std::optional<HeadTime> time;
  Severity severity;  // by status: error from 500 on, warn from 400 on, else info
};

// Common and combined log format (nginx, Apache, gunicorn), with a virtual host before them and more values behind them or
// without: `127.0.0.1 - - [22/Nov/2026:16:39:57 +0000] "GET /a?b HTTP/1.1" 200 1034 "-" "curl/8"`. Of the values behind, a number with
// a point is the duration in seconds (nginx's $request_time, gunicorn's %(L)s), a quoted list of addresses is
// X-Forwarded-For, and pairs are attributes. Also Django's and Python's own servers: `[22/Nov/2026 16:39:57] "GET / HTTP/1.1" 200 1034`.
// Appends attributes to `out`, views of the line or the arena. None, and nothing is appended, for any other line.
std::optional<AccessLine> read_access_line(std::string_view line, base::Arena& arena, std::vector<model::Attribute>& out);

// uvicorn's, behind "INFO:     ": `127.0.0.1:51234 - "GET / HTTP/1.1" 200 OK`.
std::optional<AccessLine> read_uvicorn_access(std::string_view message, base::Arena& arena, std::vector<model::Attribute>& out);

// Whether the line could be one of an access log. Cheap.
bool may_be_access_line(std::string_view line);

}  // namespace tripod::pipeline
