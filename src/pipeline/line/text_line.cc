#include "pipeline/line/text_line.h"

#include "pipeline/line/access_line.h"
#include "pipeline/line/line_head.h"
#include "pipeline/line/logfmt.h"

namespace tripod::pipeline {
namespace {

using model::Attribute;
using model::Value;

bool may_hold_access_line(std::string_view message) {
  return may_be_access_line(message) || message.substr(0, 80).find(" - \"") != message.npos;
}

// What a server's logger wrote: `INFO:werkzeug:127.0.0.1 - - [...] "GET / HTTP/1.1" 200 -`.
void read_access_message(TextLine& line, base::Arena& arena, std::vector<Attribute>& fields) {
  auto access = read_access_line(line.message, arena, fields);
  if (!access) access = read_uvicorn_access(line.message, arena, fields);
  if (!access) return;
  if (access->severity.number > line.severity.number) line.severity = access->severity;
  if (!line.time) line.time = access->time;
}

}  // namespace

bool may_be_text_line(std::string_view line) {
  if (line.size() < 3) return false;
  return may_have_head(line) || begins_as_logfmt(line) || may_be_access_line(line);
}

std::string_view cut_traceback(std::string_view& message) {
  constexpr std::string_view kPython = "\nTraceback (most recent call last):\n";
  size_t at = message.find('\n');
  if (at == message.npos) return {};
  if (const size_t python = message.find(kPython); python != message.npos) at = python;
  else if (message.find("\n\tat ") == message.npos) return {};
  const std::string_view traceback = message.substr(at + 1);
  message = message.substr(0, at);
  return traceback;
}

std::optional<TextLine> read_text_line(std::string_view line, bool may_be_printed, base::Arena& arena, std::vector<Attribute>& fields) {
  if (!may_be_text_line(line)) return std::nullopt;
  TextLine out;
  const std::string_view traceback = cut_traceback(line);
  if (const auto head = may_be_printed && may_have_head(line) ? read_line_head(line, fields) : std::nullopt) {
    out = {head->time, head->severity, head->message, head->json};
    if (may_hold_access_line(out.message)) read_access_message(out, arena, fields);
  } else if (const auto access = may_be_access_line(line) ? read_access_line(line, arena, fields) : std::nullopt) {
    out = {access->time, access->severity, {}, {}};
  } else if (!begins_as_logfmt(line) || !read_logfmt(line, arena, fields)) {
    return std::nullopt;
  }
  if (!traceback.empty()) fields.push_back({"exception.stacktrace", Value::string(traceback)});
  return out;
}

}  // namespace tripod::pipeline
